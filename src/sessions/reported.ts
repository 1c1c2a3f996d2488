/** How a value that a player reports is read, wherever it is read. */

import type { Parameters, PlayerEvent, StateList } from "../protocol/event.ts";

/** The states that have numbers even where they never became active. */
export const STANDARD_STATES = ["fullScreen", "mute", "closedCaptioning", "pictureInPicture", "inFocus"] as const;
/** The distinct player states of a session that count. */
export const STATES_MAX = 10;

/** A number of quality: what no counter can hold is no report. */
export function reportedNumber(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

/** The reference's states by their names in lower case; clients write them in many ways. */
const STANDARD_NAMES: ReadonlyMap<string, string> = new Map([
  ...STANDARD_STATES.map((name) => [name.toLowerCase(), name] as const),
  ["closecaption", "closedCaptioning"],
]);

/** The names of the states that a `statesUpdate` begins or ends. */
export function stateNamesIn(params: Parameters = {}, key: "statesStart" | "statesEnd"): string[] {
  const states = params[key];
  return Array.isArray(states) ? (states as StateList).flatMap((state) => stateNameOf(state) ?? []) : [];
}

/** A player state that an event ends or starts. */
export interface StateTurn {
  readonly name: string;
  readonly isStart: boolean;
}

/** The player states that an event ends and starts, in this order. */
export function stateTurnsOf({ type, params }: PlayerEvent): StateTurn[] {
  if (type === "statesUpdate") {
    return [
      ...stateNamesIn(params, "statesEnd").map((name) => ({ name, isStart: false })),
      ...stateNamesIn(params, "statesStart").map((name) => ({ name, isStart: true })),
    ];
  }
  const name = type === "stateStart" || type === "stateEnd" ? stateNameOf(params) : undefined;
  return name === undefined ? [] : [{ name, isStart: type === "stateStart" }];
}

/** The name of a player state. */
export function stateNameOf(params: Parameters = {}): string | undefined {
  const name = params["media.state.name"];
  if (typeof name !== "string") return undefined;
  return STANDARD_NAMES.get(name.toLowerCase()) ?? name;
}
