/** How a value that a player reports is read, wherever it is read. */

import type { Parameters } from "../protocol/event.ts";

/** A number of quality: what no counter can hold is no report. */
export function reportedNumber(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** The name of a player state; clients write the first of the standard ones in two ways. */
export function stateNameOf(params: Parameters = {}): string | undefined {
  const name = params["media.state.name"];
  if (typeof name !== "string") return undefined;
  return name === "fullscreen" ? "fullScreen" : name;
}
