/** What the start of a session says about its content: whether it is live, and how long it is. */

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { PlayerEvent } from "../protocol/event.ts";

export interface Content {
  /** Live content: a standing playhead says nothing there, and a running one no more. */
  readonly isLive: boolean;
  /** Undefined where it is unknown, and for live content. */
  readonly lengthMs: number | undefined;
  /** A playhead beyond this is over a minute behind the end of the content. */
  readonly beyondMs: number;
}

const LIVE_TYPES: ReadonlySet<string> = new Set(["live", "linear", "radio"]);
/** The reference's length for content whose length is unknown. */
const UNKNOWN_LENGTH_MS = DAY_MS;
const PLAUSIBLE_LENGTH_MS = 48 * HOUR_MS;

/** What a `sessionStart` says about the content. */
export function contentOf({ params }: Pick<PlayerEvent, "params">): Content {
  const type = params?.["media.contentType"];
  const lengthMs = saidLengthMs(params);
  const isEndless = lengthMs === undefined || lengthMs >= UNKNOWN_LENGTH_MS;
  const isLive = isEndless || (typeof type === "string" && LIVE_TYPES.has(type.toLowerCase()));
  if (isLive || lengthMs === undefined) return { isLive, lengthMs: undefined, beyondMs: Number.POSITIVE_INFINITY };
  return { isLive, lengthMs, beyondMs: lengthMs + MINUTE_MS };
}

/** The flags that the length of the content deserves. */
export function lengthFlagsOf({ params }: Pick<PlayerEvent, "params">): ("length-unknown" | "length-implausible")[] {
  const lengthMs = saidLengthMs(params) ?? 0;
  if (lengthMs > PLAUSIBLE_LENGTH_MS) return ["length-unknown", "length-implausible"];
  return lengthMs >= UNKNOWN_LENGTH_MS ? ["length-unknown"] : [];
}

function saidLengthMs(params: PlayerEvent["params"]): number | undefined {
  const length = params?.["media.length"];
  return typeof length === "number" && length > 0 ? length * SECOND_MS : undefined;
}
