/**
 * By what a start is known when it is asked for again: docs/protocol.md, "A start that is asked for again".
 *
 * SDKs repeat a start whose answer they miss, with the same body, and can't name an `Idempotency-Key`.
 */

import { DAY_MS } from "../base/units.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { namesViewer } from "../protocol/personal.ts";
import type { OpeningKey, OpeningRule } from "../store/opening.ts";

export type OpeningPath = "sessions" | "downloaded";

/** A valid opening as it was asked for. */
export interface AskedOpening {
  readonly path: OpeningPath;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly start: PlayerEvent;
  /** Whether it is downloaded content, which is sent whole. */
  readonly isWhole: boolean;
  readonly nowMs: number;
}

/** A key stands in for the session's id, so it must not be guessable: any other counts as none. */
const CLIENT_KEY = /^[\w.:-]{16,100}$/;
/** 132 bits. */
const HASH_CHARS = 22;

/** The key of an opening; undefined where each opening is a new one. */
export function openingKeyOf({ path, headers, body, start, isWhole, nowMs }: AskedOpening): OpeningKey | undefined {
  const named = headers.get("Idempotency-Key");
  const key = named === null ? undefined : hashOfClientKey(named);
  const rule = key === undefined ? bodyRuleOf(start, isWhole, nowMs) : "key";
  if (rule === undefined) return undefined;
  const request = hashOf(path, body);
  return { rule, key: key ?? request, request };
}

/** What the store knows of a client's own key; undefined where it can't be one. */
export function hashOfClientKey(key: string): string | undefined {
  return CLIENT_KEY.test(key) ? hashOf("key", key) : undefined;
}

/** A body says which viewing it is only where it names a viewer; a live one, only while its `ts` is of today. */
function bodyRuleOf({ params, tsMs }: PlayerEvent, isWhole: boolean, nowMs: number): OpeningRule | undefined {
  if (!namesViewer(params)) return undefined;
  if (isWhole) return "array";
  return Math.abs(nowMs - tsMs) <= DAY_MS ? "body" : undefined;
}

/** @param of in front of a line break, which no key has: hashes of keys and of bodies are never equal */
function hashOf(of: OpeningPath | "key", content: string | Uint8Array): string {
  const hasher = new Bun.CryptoHasher("sha256").update(`${of}\n`).update(content);
  return hasher.digest("base64url").slice(0, HASH_CHARS);
}
