/** What the start of a session says about its content: whether it is live, and how long it is. */

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { EventType, PlayerEvent } from "../protocol/event.ts";
import type { ParameterKey } from "../protocol/parameters.ts";

export interface Content {
  /** Live content: a standing playhead says nothing there, and a running one no more. */
  readonly isLive: boolean;
  /** Undefined where it is unknown, and for live content. */
  readonly lengthMs: number | undefined;
  /** A playhead beyond this is over a minute behind the end of the content. */
  readonly beyondMs: number;
}

/** The values of `media.contentType` that mean live content, in lower case. */
export const LIVE_TYPES: readonly string[] = ["live", "linear", "radio"];
/** The reference's length for content whose length is unknown. */
const UNKNOWN_LENGTH_MS = DAY_MS;
/** A greater length may be in milliseconds: of an ad from 4 s on, of other content from some minutes on. */
const LENGTHS: Readonly<Partial<Record<EventType, { readonly key: ParameterKey; readonly plausibleMs: number }>>> = {
  sessionStart: { key: "media.length", plausibleMs: 48 * HOUR_MS },
  adStart: { key: "media.ad.length", plausibleMs: HOUR_MS },
  chapterStart: { key: "media.chapter.length", plausibleMs: 48 * HOUR_MS },
};

const MS_PER_PERCENT_SECOND = 10;
/** A share that is reached exactly must not be missed by the last bit of a product: 8.002 s × 50 % is over 4001 ms. */
const EXACTLY = 1 - 1e-12;

/** Answers for most events; made once, since each event of a fold asks. */
const NO_FLAGS: never[] = [];

type LengthEvent = Pick<PlayerEvent, "type" | "params">;

/** What a `sessionStart` says about the content. */
export function contentOf({ params }: Pick<PlayerEvent, "params">): Content {
  const lengthMs = saidLengthMs(params);
  const isEndless = lengthMs === undefined || lengthMs >= UNKNOWN_LENGTH_MS;
  const isLive = isEndless || isOfLiveType(params);
  if (isLive || lengthMs === undefined) return { isLive, lengthMs: undefined, beyondMs: Number.POSITIVE_INFINITY };
  return { isLive, lengthMs, beyondMs: lengthMs + MINUTE_MS };
}

/** Whether the content's type says that it is live. */
export function isOfLiveType(params: PlayerEvent["params"]): boolean {
  const type = params?.["media.contentType"];
  return typeof type === "string" && LIVE_TYPES.includes(type.toLowerCase());
}

/** Whether a playhead is at this share of a length in seconds, or behind it. */
export function reachesShare(playheadMs: number, length: number, percent: number): boolean {
  return playheadMs >= length * percent * MS_PER_PERCENT_SECOND * EXACTLY;
}

/** The flags that the length of content, an ad or a chapter deserves. */
export function lengthFlagsOf({ type, params }: LengthEvent): ("length-unknown" | "length-implausible")[] {
  const row = LENGTHS[type];
  if (!row) return NO_FLAGS;
  const lengthMs = (lengthIn(params, row.key) ?? 0) * SECOND_MS;
  const isUnknown = type === "sessionStart" && lengthMs >= UNKNOWN_LENGTH_MS;
  const isImplausible = lengthMs > row.plausibleMs;
  return [
    ...(isUnknown ? (["length-unknown"] as const) : []),
    ...(isImplausible ? (["length-implausible"] as const) : []),
  ];
}

function saidLengthMs(params: PlayerEvent["params"]): number | undefined {
  const length = lengthIn(params, "media.length");
  return length === undefined ? undefined : length * SECOND_MS;
}

/** The length that an ad's start declares, in seconds; undefined where it is unknown. */
export function adLengthIn(params: PlayerEvent["params"]): number | undefined {
  return lengthIn(params, "media.ad.length");
}

function lengthIn(params: PlayerEvent["params"], key: ParameterKey): number | undefined {
  const length = params?.[key];
  return typeof length === "number" && length > 0 ? length : undefined;
}
