/** Hashes that only a holder of the store's key can make: equal for equal texts, and no way back to them. */

/** What a text stands for: for another purpose it hashes to something else, so the two can't be matched. */
type HashPurpose = "viewer" | "sid" | "personal" | "start";

/** Hex digits of a hash: 128 bits, so that a billion viewers have two of one hash once in 10^21 stores. */
export const KEYED_HASH_DIGITS = 32;

/** HMAC-SHA-256 of a purpose and a text, cut to {@link KEYED_HASH_DIGITS}. */
export function keyedHash(key: Uint8Array, purpose: HashPurpose, text: string): string {
  // No purpose contains the character between the two, so no other pair gives the same bytes.
  const whole = new Bun.CryptoHasher("sha256", key).update(`${purpose}\0${text}`).digest("hex");
  return whole.slice(0, KEYED_HASH_DIGITS);
}
