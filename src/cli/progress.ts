/** A progress bar on a terminal. A pipe gets none. */

import { counted } from "../base/counted.ts";
import type { Terminal } from "./command.ts";

/** Clears a terminal's line, and goes to its beginning. */
export const CLEAR_LINE = "\r\u001b[K";
/** Clears what an earlier, longer text left behind this one. */
export const CLEAR_REST = "\u001b[K";
const WIDTH = 30;
const PERCENT = 100;

export interface ProgressBar {
  update(done: number, total: number): void;
  /** Removes the bar. */
  end(): void;
}

/** Draws a bar on standard error. */
export function createProgress(label: string, terminal: Terminal): ProgressBar {
  if (!terminal.errIsTerminal) return { update: () => {}, end: () => {} };
  let drawn = -1;
  return {
    update: (done, total) => {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const percent = Math.floor(share * PERCENT);
      // Fast work would spend its time drawing.
      if (percent === drawn) return;
      drawn = percent;
      const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "·");
      const counts = `${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
      terminal.err(`\r${label} ${bar} ${percent} %  ${counts}${CLEAR_REST}`);
    },
    end: () => terminal.err(CLEAR_LINE),
  };
}

/** Says, if there were any, how many damaged sessions the work left out. */
export function tellDamaged(damaged: number, terminal: Terminal): void {
  if (damaged > 0) terminal.err(`Left out ${counted(damaged, "damaged session")}: run playhead check.\n`);
}
