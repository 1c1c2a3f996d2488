/** For how long a repeated start is recognised: docs/protocol.md, "A repeated start". */

import { DAY_MS, MINUTE_MS } from "../base/units.ts";
import type { OpeningRule } from "../store/opening.ts";

/** How long a rule remembers a start. */
export const KNOWN_MS: Readonly<Record<OpeningRule, number>> = {
  key: DAY_MS,
  array: DAY_MS,
  body: MINUTE_MS,
  edge: 10 * MINUTE_MS,
};
/** An SDK waits before it repeats a start; a load generator, or a test that wants two sessions, doesn't. */
export const QUIET_MS = 300;
