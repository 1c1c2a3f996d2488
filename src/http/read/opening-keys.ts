/**
 * Makes the keys by which repeated starts are known: docs/protocol.md, "A repeated start".
 *
 * SDKs that miss an answer repeat the start with the same body, and can't name an `Idempotency-Key`.
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
}

/** A key stands in for the session's id, so it must not be guessable: any other counts as none. */
const CLIENT_KEY = /^[\w.:-]{16,100}$/;
/** 132 bits. */
const HASH_CHARS = 22;

/** The key of a live start, or `body` for what it says; undefined where each start opens a session. */
export function startKeyOf(asked: AskedOpening, nowMs: number): OpeningKey | "body" | undefined {
  const named = namedKeyOf(asked);
  if (named) return named;
  const { params, tsMs } = asked.start;
  // An old one may be an example, or a test that sends the same again.
  return namesViewer(params) && Math.abs(nowMs - tsMs) <= DAY_MS ? "body" : undefined;
}

/** The key of downloaded content, which is sent whole; undefined as above. */
export function arrayKeyOf(asked: AskedOpening): OpeningKey | undefined {
  const { path, body, start } = asked;
  return namedKeyOf(asked) ?? (namesViewer(start.params) ? { rule: "array", key: hashOf(path, body) } : undefined);
}

function namedKeyOf({ path, headers, body }: AskedOpening): OpeningKey | undefined {
  const named = headers.get("Idempotency-Key");
  const key = named === null ? undefined : hashOfClientKey(named);
  return key === undefined ? undefined : { rule: "key", key, request: hashOf(path, body) };
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
