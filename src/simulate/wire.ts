/** What a made-up viewer's player sends: bodies in the protocol's own words. */

import { MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { EventType, Parameters, QoeData } from "../protocol/event.ts";

/** The body of one request. */
export interface WireEvent {
  readonly eventType: EventType;
  readonly playerTime: { readonly playhead: number; readonly ts: number };
  readonly params?: Parameters;
  readonly qoeData?: QoeData;
  readonly customMetadata?: Readonly<Record<string, string>>;
}

/** An event's members, apart from its type and time. */
export type WireMembers = Pick<WireEvent, "params" | "qoeData" | "customMetadata">;

/** One viewer's session, from the first request to the last. */
export interface SimulatedSession {
  /** Its number in the simulation, from 0. */
  readonly index: number;
  /** The `sessionStart` first, then the events in order of their `ts`. The last is `sessionEnd`, or silence follows. */
  readonly bodies: readonly WireEvent[];
  /** How long a request takes from the player to the server. */
  readonly latencyMs: number;
}

/** How often a player sends pings. */
export interface Pings {
  readonly contentMs: number;
  readonly adMs: number;
  /** Every Nth ping carries quality data. */
  readonly perReport: number;
}

/** As the reference asks for, and with quality data as often as a real player was recorded to send it. */
export const PLAYER_PINGS: Pings = { contentMs: 10 * SECOND_MS, adMs: SECOND_MS, perReport: 5 };
/** Enough for the same times to come out, with a fifth of the events. */
export const SPARSE_PINGS: Pings = { contentMs: MINUTE_MS, adMs: 20_000, perReport: 15 };
