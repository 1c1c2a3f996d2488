/** The keys of starts by what their bodies say. */

import { expect, test } from "bun:test";
import { keysOfBodies } from "../../src/store/opening.ts";

const START = { tsMs: 1_700_000_000_000, playheadMs: 0 };
const TEXT = { payload: "a\tb", flags: null };

test("a start's key by its body needs the store's secret, so that clients can't choose bodies with equal keys", () => {
  const secrets = [1, 1, 2].map((byte) => new Uint8Array(32).fill(byte));
  const [first, same, other] = secrets.map((secret) => keysOfBodies(secret)(START, TEXT).key);
  expect(same).toBe(first as string);
  expect(other).not.toBe(first);
});
