/** Session ids: 64 hex characters, ordered by creation time, unguessable. */

import { assert } from "./assert.ts";

const RANDOM_BYTES = 26;
/** The place of a mark: the store's index has the ends of an id, and 144 random bits stay. */
const MARK_AT = 16;
const MARK_END = 32;
const MARK = /^[0-9a-f]{16}$/;
const POOL_IDS = 128;
const SID = /^[0-9a-f]{64}$/;

const PREFIX_CHARS = 12;
const RANDOM_CHARS = 2 * RANDOM_BYTES;

const bytes = Buffer.alloc(RANDOM_BYTES * POOL_IDS);
/** Random bits of the next ids, in hex. */
let pool = "";
let used = 0;
let prefix = "";
let prefixMs = Number.NaN;

/**
 * Makes a session id: a 48-bit big-endian millisecond prefix, then 208 random bits.
 *
 * The prefix makes each insert land at the end of its index; with random ids the durable rate falls to a third.
 *
 * @param nowMs milliseconds since the epoch
 * @param mark 16 hex characters, in place of 64 random bits, for {@link hasMark} to find
 * @see docs/protocol.md, "Location"
 */
export function newSid(nowMs: number, mark?: string): string {
  if (used === pool.length) {
    pool = crypto.getRandomValues(bytes).toString("hex");
    used = 0;
  }
  if (nowMs !== prefixMs) {
    prefix = nowMs.toString(16).padStart(PREFIX_CHARS, "0");
    prefixMs = nowMs;
  }
  const random = pool.slice(used, used + RANDOM_CHARS);
  used += RANDOM_CHARS;
  const sid = prefix + random;
  if (mark === undefined) return sid;
  assert(MARK.test(mark), "a mark is 16 hex characters");
  return sid.slice(0, MARK_AT) + mark + sid.slice(MARK_END);
}

/** The instant that begins an id, in milliseconds since the epoch. */
export function instantOf(sid: string): number {
  return Number.parseInt(sid.slice(0, PREFIX_CHARS), 16);
}

/** Tells whether an id has a mark, or one that begins so. Random characters stand there in an id that has none. */
export function hasMark(sid: string, beginning: string): boolean {
  return sid.startsWith(beginning, MARK_AT);
}

/** Tells whether a path segment has the form of a session id. */
export function isSid(text: string): boolean {
  return SID.test(text);
}
