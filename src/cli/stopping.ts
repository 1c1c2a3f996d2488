/** Work that a signal can interrupt. */

import type { Terminal } from "./command.ts";
import { createProgress, type ProgressBar } from "./progress.ts";

/**
 * Runs work with a signal that aborts when the process is asked to end.
 *
 * @returns the work's exit code, or 1 if it was interrupted
 */
export async function stoppable(terminal: Terminal, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stopping = new AbortController();
  void terminal.stopped.then(() => stopping.abort());
  try {
    return await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    terminal.err("Interrupted; no partial output was kept.\n");
    return 1;
  }
}

/** As {@link stoppable}, for work with a progress bar, which is gone before anything else is written. */
export function stoppableWithBar(
  label: string,
  terminal: Terminal,
  work: (signal: AbortSignal, progress: ProgressBar) => Promise<number>,
): Promise<number> {
  const progress = createProgress(label, terminal);
  return stoppable(terminal, (signal) => work(signal, progress).finally(() => progress.end()));
}

/** Returns a question for work that stops by itself between two steps: whether the process is asked to end. */
export function stopFlag({ stopped }: Terminal): () => boolean {
  let isStopped = false;
  void stopped.then(() => {
    isStopped = true;
  });
  return () => isStopped;
}

/** Writes until stopped. An unread pipe can block for ever, and must not prevent exit. */
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
