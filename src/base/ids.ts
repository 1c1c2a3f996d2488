/** Session ids: 64 hex characters, ordered by creation time, unguessable. */

const RANDOM_BYTES = 26;
const POOL_IDS = 128;
const SID = /^[0-9a-f]{64}$/;

const pool = new Uint8Array(RANDOM_BYTES * POOL_IDS);
let used = pool.length;

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
    crypto.getRandomValues(pool);
    used = 0;
  }
  const random = Buffer.from(pool.buffer, used, RANDOM_BYTES).toString("hex");
  used += RANDOM_BYTES;
  return nowMs.toString(16).padStart(12, "0") + random;
}

/** Tells whether a path segment has the form of a session id. */
export function isSid(text: string): boolean {
  return SID.test(text);
}
