/** What a made-up viewer's player sends: bodies in the protocol's own words. */

import type { EventType, Parameters, Scalar } from "../protocol/event.ts";

/** The body of one request. */
export interface WireEvent {
  readonly eventType: EventType;
  readonly playerTime: { readonly playhead: number; readonly ts: number };
  readonly params?: Parameters;
  readonly qoeData?: Readonly<Record<string, Scalar>>;
  readonly customMetadata?: Readonly<Record<string, string>>;
}

/** An event's members, apart from its type and time. */
export type Members = Pick<WireEvent, "params" | "qoeData" | "customMetadata">;

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

/** As the reference asks, with quality data as often as in a recording of a real player. */
export const PLAYER_PINGS: Pings = { contentMs: 10_000, adMs: 1000, perReport: 5 };
/** Gives the same times with a fifth of the events. */
export const SPARSE_PINGS: Pings = { contentMs: 60_000, adMs: 20_000, perReport: 15 };
