/** Work that a signal ends in its middle. */

import type { Terminal } from "./command.ts";

/**
 * Does some work with a signal that aborts when the process is asked to end.
 *
 * @returns the exit code: that of the work, or 1 with a word about it when it was interrupted
 */
export async function stoppable(terminal: Terminal, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stopping = new AbortController();
  void terminal.stopped.then(() => stopping.abort());
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    terminal.err("Interrupted; nothing is left of it.\n");
    return 1;
  }
}

/** Writes to a terminal, which may never take it: a pipe that nobody reads is no reason to stay. */
export function writeUnlessStopped(terminal: Terminal, signal: AbortSignal): (bytes: Uint8Array) => Promise<boolean> {
  return (bytes) =>
    new Promise((resolve, reject) => {
      const stop = () => resolve(false);
      signal.addEventListener("abort", stop, { once: true });
      terminal
        .write(bytes)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener("abort", stop));
    });
}
