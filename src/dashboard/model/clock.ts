/** The browser's clock, which only this file of the page reads. */

/** Milliseconds since the epoch. */
export function nowMs(): number {
  return Date.now();
}

/** A stopwatch that never goes back, in milliseconds. */
export function elapsedMs(): number {
  return performance.now();
}
