/** The browser's clock: the one file of the page that asks it. */

/** Milliseconds since the epoch. */
export function nowMs(): number {
  return Date.now();
}

/** A stopwatch that never goes back, in milliseconds. */
export function elapsedMs(): number {
  return performance.now();
}
