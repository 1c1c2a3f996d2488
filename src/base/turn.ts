/** Long work in one thread: whoever does it gives the loop its turn now and then. */

/** Resolves after the loop has looked at its sockets and timers. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
