/** The definitions that a server's settings choose. */

import { didYouMean } from "../base/did-you-mean.ts";
import { AppError } from "../base/errors.ts";
import type { BitrateUnit } from "../protocol/bitrate-unit.ts";
import type { Definitions } from "../sessions/definitions.ts";
import { MENDINGS, type MendingRule } from "../sessions/ledger.ts";

/** The values of the settings. */
interface Chosen {
  readonly mendingOff: readonly string[];
  readonly bitrateUnit: BitrateUnit;
}

/** @throws AppError `invalid-config` when a setting names an unknown rule */
export function definitionsOf({ mendingOff, bitrateUnit }: Chosen): Definitions {
  const unknown = mendingOff.find((name) => !(name in MENDINGS));
  if (unknown !== undefined) {
    const rules = Object.keys(MENDINGS);
    const hint = didYouMean(unknown, rules) || `; it takes ${rules.join(", ")}`;
    throw new AppError("invalid-config", `PLAYHEAD_MENDING_OFF must be rules that mend: ${unknown} is none${hint}`);
  }
  return { mendingOff: new Set(mendingOff as readonly MendingRule[]), bitrateUnit };
}
