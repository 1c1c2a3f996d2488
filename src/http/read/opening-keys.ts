/**
 * By what a start is known when it is asked for again: docs/protocol.md, "A start that is asked for again".
 *
 * SDKs repeat a start whose answer they miss, with the same body, and can't name an `Idempotency-Key`.
 */

import { DAY_MS } from "../../base/units.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { namesViewer } from "../../protocol/personal.ts";
import type { OpeningKey } from "../../store/opening.ts";

export type OpeningPath = "sessions" | "downloaded";

/** A valid opening as it was asked for. */
interface AskedOpening {
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
  if (key !== undefined) return { rule: "key", key, request: hashOf(path, body) };
  if (!namesViewer(start.params)) return undefined;
  if (isWhole) return { rule: "array", key: hashOf(path, body) };
  // An old one may be an example, or a test that sends the same again.
  return Math.abs(nowMs - start.tsMs) <= DAY_MS ? { rule: "body", key: quickHashOf(body) } : undefined;
}

/** The key of a start of Media Edge, by the id that its client repeats it under. */
export function edgeKeyOf(configId: string, id: string): OpeningKey {
  return { rule: "edge", key: hashOf("edge", `${configId}\n${id}`) };
}

/** The key of downloaded content of Media Edge; undefined where it names no viewer, as {@link openingKeyOf}. */
export function edgeArrayKeyOf(configId: string, session: object, start: PlayerEvent): OpeningKey | undefined {
  return namesViewer(start.params)
    ? { rule: "array", key: hashOf("edge", `${configId}\n${JSON.stringify(session)}`) }
    : undefined;
}

/** What the store knows of a client's own key; undefined where it can't be one. */
export function hashOfClientKey(key: string): string | undefined {
  return CLIENT_KEY.test(key) ? hashOf("key", key) : undefined;
}

/** @param of in front of a line break, which no key has: hashes of keys and of bodies are never equal */
function hashOf(of: OpeningPath | "key" | "edge", content: string | Uint8Array): string {
  const hasher = new Bun.CryptoHasher("sha256").update(`${of}\n`).update(content);
  return hasher.digest("base64url").slice(0, HASH_CHARS);
}

/**
 * 64 bits for what each start of an SDK pays for, at a tenth of the time. It need not withstand forgers: to match a
 * body's hash they must know the body, which they could send as it is.
 */
function quickHashOf(body: Uint8Array): string {
  return Bun.hash(body).toString(36);
}
