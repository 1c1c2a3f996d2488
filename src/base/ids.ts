/** Session ids: 64 hex characters, ordered by creation time, unguessable. */

const RANDOM_BYTES = 26;
const POOL_IDS = 128;
const SID = /^[0-9a-f]{64}$/;

const RANDOM_CHARS = 2 * RANDOM_BYTES;
const random = Buffer.alloc(RANDOM_BYTES * POOL_IDS);
/** The random part of the next ids: read and written out at once, since each call into the engine costs as much. */
let pool = "";
let used = 0;

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
    pool = crypto.getRandomValues(random).toString("hex");
    used = 0;
  }
  const from = used;
  used += RANDOM_CHARS;
  return nowMs.toString(16).padStart(12, "0") + pool.slice(from, used);
}

/** Tells whether a path segment has the form of a session id. */
export function isSid(text: string): boolean {
  return SID.test(text);
}
