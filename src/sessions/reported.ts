/** How a value that a player reports is read, wherever it is read. */

import type { Parameters } from "../protocol/event.ts";
import { STANDARD_STATES } from "./metrics/states.ts";

/** A number of quality: what no counter can hold is no report. */
export function reportedNumber(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** The reference's states by their names in lower case; clients write them in many ways. */
const STANDARD_NAMES: ReadonlyMap<string, string> = new Map([
  ...STANDARD_STATES.map((name) => [name.toLowerCase(), name] as const),
  ["closecaption", "closedCaptioning"],
]);

/** The name of a player state. */
export function stateNameOf(params: Parameters = {}): string | undefined {
  const name = params["media.state.name"];
  if (typeof name !== "string") return undefined;
  return STANDARD_NAMES.get(name.toLowerCase()) ?? name;
}
