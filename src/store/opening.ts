/** What a store keeps about openings, so that a repeated start opens no second session. */

import { keyedHash } from "../base/keyed-hash.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import type { EventText } from "./event-text.ts";

/**
 * How a repeated start is recognised: by a key that its client names, by what its body says, by the body of downloaded
 * content, or by the id of a Media Edge start.
 */
export const OPENING_RULES = ["key", "body", "array", "edge"] as const;
export type OpeningRule = (typeof OPENING_RULES)[number];

/** 64 bits. */
const SEED_DIGITS = 16;

/** Recognises a repeated start by hashes, which reveal nothing about the start. */
export interface OpeningKey {
  readonly rule: OpeningRule;
  readonly key: string;
  /** The hash of path and body, if the key doesn't cover them. */
  readonly request?: string;
}

/** The key of a start by what its body says, which its stored row says as well. */
export type KeyOfBody = (
  start: Pick<PlayerEvent, "tsMs" | "playheadMs">,
  text: Pick<EventText, "payload" | "flags">,
) => OpeningKey;

/**
 * Makes the keys of starts by their bodies: 64 bits each, since each start of an SDK pays for it.
 *
 * The seed is a secret of the store, equal on all nodes and after a restart. Without it, a client could choose a body
 * that hashes like another's, and be given the session of that one.
 */
export function keysOfBodies(hashKey: Uint8Array): KeyOfBody {
  const seed = BigInt(`0x${keyedHash(hashKey, "start", "").slice(0, SEED_DIGITS)}`);
  return ({ tsMs, playheadMs }, { payload, flags }) => {
    // Joined with something, the payload would be copied; nearly no start has flags.
    const said = flags === null ? payload : flags + payload;
    // Digits of a power of two are written out five times as fast.
    return { rule: "body", key: `${Bun.hash(said ?? "", seed).toString(32)}:${tsMs}:${playheadMs}` };
  };
}

/** The opening that first used a key. */
export interface KnownOpening extends Pick<OpeningKey, "request"> {
  readonly sid: string;
  /** Milliseconds since the epoch by the server's clock. */
  readonly atMs: number;
}

/** An opening by body, for the intake to restore after a restart. */
export interface RecentOpening extends Pick<OpeningKey, "key"> {
  /** The store's number of the session. */
  readonly session: number;
  readonly atMs: number;
}

/** The latest openings by body. */
export interface RecentOpeningsQuery {
  readonly sinceMs: number;
  readonly limit: number;
}

/** Openings by a rule from outside `fromMs` to `toMs`. */
export interface OldOpeningsQuery {
  readonly rule: OpeningRule;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}
