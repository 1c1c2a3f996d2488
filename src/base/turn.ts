/** Yielding: long work in one thread lets the event loop run now and then. */

/** Resolves after the event loop has served its sockets and timers. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
