/** Keyed hashes: known values, since what is stored with them must stay comparable. */

import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { KEYED_HASH_DIGITS, keyedHash } from "../../src/base/keyed-hash.ts";

const KEY = new Uint8Array(32).fill(7);

test("a hash is HMAC-SHA-256 over purpose, NUL and UTF-8 text, cut to its digits", () => {
  for (const text of ["", "viewer-1", "Ünï çödé 🎬", "x".repeat(10_000)]) {
    const whole = createHmac("sha256", KEY).update("viewer").update(new Uint8Array(1)).update(text).digest("hex");
    expect(keyedHash(KEY, "viewer", text)).toBe(whole.slice(0, KEYED_HASH_DIGITS));
  }
});

test("a hash never changes from version to version", () => {
  expect(keyedHash(KEY, "viewer", "viewer-1")).toBe("12c0d353be3f4929e4e50a38a8433450");
});

test("one text has another hash for each purpose and each key", () => {
  const other = new Uint8Array(32).fill(8);
  const hashes = (["viewer", "sid", "personal"] as const).flatMap((purpose) =>
    [KEY, other].map((key) => keyedHash(key, purpose, "a")),
  );
  expect(new Set(hashes).size).toBe(6);
});
