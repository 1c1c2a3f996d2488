/** Session ids: 64 hex characters, ordered by creation time, unguessable. */

const RANDOM_BYTES = 26;
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
 * @see docs/protocol.md, "Location"
 */
export function newSid(nowMs: number): string {
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
  return prefix + random;
}

/** Tells whether a path segment has the form of a session id. */
export function isSid(text: string): boolean {
  return SID.test(text);
}
