/** The playhead of the wire, in seconds, as the server stores it. */

import { SECOND_MS } from "../base/units.ts";
import { flag } from "./flags.ts";

/** @returns milliseconds within what an integer holds @param flags takes what is kept though odd */
export function playheadMsOf(playhead: number, flags: string[]): number {
  if (playhead < 0) {
    flags.push(flag("playhead-negative"));
    return 0;
  }
  const ms = Math.round(playhead * SECOND_MS);
  if (ms <= Number.MAX_SAFE_INTEGER) return ms;
  flags.push(flag("playhead-clamped"));
  return Number.MAX_SAFE_INTEGER;
}
