/** The tracker's only look at a clock: epoch milliseconds that no change of the calendar moves within a page. */

/** Milliseconds since the epoch. */
export function nowMs(): number {
  return Math.round(performance.timeOrigin + performance.now());
}
