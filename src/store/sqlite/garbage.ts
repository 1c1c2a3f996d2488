/** Collecting what was read and dropped: within one turn the engine lets some hundred megabytes of it come together. */

import { MIB } from "../../base/units.ts";

/** Text to read before it is collected. */
const CHARS_MAX = 32 * MIB;

/** Makes a counter of text that is garbage once its row has been looked at. */
export function garbage(): (text: string) => void {
  let chars = 0;
  return ({ length }) => {
    chars += length;
    if (chars < CHARS_MAX) return;
    chars = 0;
    Bun.gc(true);
  };
}
