/** Time, handed in: only the composition root asks the machine what time it is. */

export interface Clock {
  /** The calendar: milliseconds since the epoch, UTC. It may jump; only stored instants use it. */
  nowMs(): number;
  /** A stopwatch: milliseconds since some fixed moment. It never goes back; every timeout uses it. */
  elapsedMs(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
};
