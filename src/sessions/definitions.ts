/** The definitions that a fold goes by: their version, and what a server may choose of them. */

import type { MendingRule } from "./ledger.ts";

/** The version of the definitions: it changes with every change that can change a number. */
export const DEFINITIONS_VERSION = 2;

const BITRATE_UNITS = ["auto", "bps", "kbps"] as const;
export type BitrateUnit = (typeof BITRATE_UNITS)[number];

export interface Definitions {
  /** Rules that only flag. */
  readonly mendingOff: ReadonlySet<MendingRule>;
  /** What players report bitrates in. */
  readonly bitrateUnit: BitrateUnit;
}

export const DEFAULT_DEFINITIONS: Definitions = { mendingOff: new Set(), bitrateUnit: "auto" };
