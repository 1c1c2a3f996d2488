/** What an event is once it has left the wire: units in names, alias resolved, nulls gone. */

import type { BITS_PER_KILOBIT } from "../base/units.ts";
import type { Derived } from "./derived.ts";
import type { ParameterKey } from "./parameters.ts";

export const EVENT_TYPES = [
  "sessionStart",
  "sessionComplete",
  "sessionEnd",
  "play",
  "ping",
  "pauseStart",
  "bufferStart",
  "bitrateChange",
  "error",
  "adBreakStart",
  "adBreakComplete",
  "adStart",
  "adComplete",
  "adSkip",
  "chapterStart",
  "chapterComplete",
  "chapterSkip",
  "stateStart",
  "stateEnd",
  "statesUpdate",
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export type Scalar = string | number | boolean;

/** The value of `visitor.customerIDs`, the only parameter that is an object. */
export type CustomerIds = Readonly<Record<string, Readonly<Record<string, Scalar>>>>;

/** The value of `statesStart` and `statesEnd`, the only parameters that are arrays: a player state each. */
export type StateList = readonly Readonly<Partial<Record<ParameterKey, Scalar>>>[];

/** By the catalogue's keys, so that a misspelt one doesn't compile. Undocumented keys are kept too, without a type. */
export type Parameters = Readonly<Partial<Record<ParameterKey, Scalar | CustomerIds | StateList>>>;

/** `qoeData`: like {@link Parameters}, and flat. */
export type QoeData = Readonly<Partial<Record<ParameterKey, Scalar>>>;

/**
 * Stands for XDM that is rebuilt from its event: what the bitrate was multiplied by, all that the event doesn't tell
 * of it.
 */
export type UsualXdm = 1 | typeof BITS_PER_KILOBIT;

export interface PlayerEvent {
  readonly type: EventType;
  /** Milliseconds since the epoch by the player's clock; an integer within ±(2^53 − 1). */
  readonly tsMs: number;
  /** Position in the content; a non-negative integer. */
  readonly playheadMs: number;
  readonly params?: Parameters;
  readonly qoeData?: QoeData;
  readonly customMetadata?: Readonly<Record<string, string>>;
  /** Members that no event has in the reference, kept because `standard` refuses no data. */
  readonly unknownMembers?: Readonly<Record<string, Scalar>>;
  /** The id that the client gave the event, the same when it sends it again; only Media Edge has one. */
  readonly requestId?: string;
  /** Its XDM, without whose it is, where that says more than is stored anyway. */
  readonly xdm?: Readonly<Record<string, unknown>> | UsualXdm;
  /** What the server knows of the session beside what the player says; only a start has some. */
  readonly derived?: Derived;
  /** What validation noticed, as `rule` or `rule:key`; the rules are in `flags.ts`. */
  readonly flags: readonly string[];
}
