/** Time, handed in: only the composition root asks the machine what time it is. */

export interface Clock {
  /** The calendar: milliseconds since the epoch, UTC. It may jump; only what dates something uses it. */
  nowMs(): number;
  /** A stopwatch: milliseconds since some fixed moment. It never goes back; every timeout and arrival uses it. */
  elapsedMs(): number;
}

/** A line of instants that begins at the calendar and never jumps. */
export function steadyLine(clock: Clock): () => number {
  const anchorMs = clock.nowMs() - clock.elapsedMs();
  return () => Math.round(anchorMs + clock.elapsedMs());
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  elapsedMs: () => performance.now(),
};
