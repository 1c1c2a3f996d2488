/**
 * Rereads an operator's file when it changes, without a restart.
 *
 * It looks every few seconds, since tools replace files in different ways: in place, by renaming, by a symbolic link
 * further up. While the new file can't be used, the old one stays in force.
 */

import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";

export interface WatchedFile extends Disposable {
  /** Looks every few seconds from now on. */
  start(): void;
  /** Looks now. */
  look(): void;
}

interface WatchedFileOptions {
  /** What the file is, for the log. */
  readonly what: string;
  readonly file: string;
  /** Reads the file again if it has changed, and tells whether it did. @throws Error if it can't be used */
  readonly reread: () => boolean;
  readonly log: Log;
}

/** A new certificate comes days before the old one expires. */
const LOOK_EVERY_MS = 10 * SECOND_MS;

export function watchFile({ what, file, reread, log }: WatchedFileOptions): WatchedFile {
  let logged = "";
  let timer: ReturnType<typeof setInterval> | undefined;

  function look(): void {
    try {
      if (!reread()) return;
      logged = "";
      log.info(`Replaced the ${what}`, { file });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // The same fault is met at each look.
      if (message !== logged) log.error(`Cannot replace the ${what}; the old one stays`, { error: message });
      logged = message;
    }
  }

  return {
    look,
    start() {
      timer = setInterval(look, LOOK_EVERY_MS);
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
