/** The definitions that a fold goes by: their version, and what a server may choose of them. */

import type { BitrateUnit } from "../protocol/bitrate-unit.ts";
import type { MendingRule } from "./ledger.ts";

/** The version of the definitions: it changes with every change that can change a number. */
export const DEFINITIONS_VERSION = 2;

export interface Definitions {
  /** Rules that only flag. */
  readonly mendingOff: ReadonlySet<MendingRule>;
  /** What players report bitrates in. */
  readonly bitrateUnit: BitrateUnit;
}

export const DEFAULT_DEFINITIONS: Definitions = { mendingOff: new Set(), bitrateUnit: "auto" };

/** What a server chose of its definitions, as results say it; undefined where it chose nothing. */
export function choicesOf({ mendingOff, bitrateUnit }: Definitions): DefinitionChoices | undefined {
  if (mendingOff.size === 0 && bitrateUnit === DEFAULT_DEFINITIONS.bitrateUnit) return undefined;
  return { mendingOff: [...mendingOff].toSorted(), bitrateUnit };
}

export interface DefinitionChoices {
  readonly mendingOff: readonly MendingRule[];
  readonly bitrateUnit: BitrateUnit;
}
