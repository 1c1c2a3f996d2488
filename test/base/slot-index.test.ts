/** The index of slots against a plain map, with hashes that meet. */

import { expect, test } from "bun:test";
import { SlotIndex } from "../../src/base/slot-index.ts";
import { SEED } from "../support/effort.ts";
import { Random } from "../support/random.ts";

const STEPS = 40_000;
const SLOTS_MAX = 5000;

/** Many slots share a hash, and hashes that differ share a place: at the start of the table, in it and at its end. */
function hashOf(slot: number): number {
  const within = slot % 7 === 0 ? slot : (slot % 600) * 3;
  return (within * 2 ** (slot % 3 === 0 ? 20 : 0) - (slot % 2)) >>> 0;
}

test("finds what was added and not removed, whatever the hashes", () => {
  const random = new Random(SEED);
  const index = new SlotIndex();
  const there = new Set<number>();
  const find = (slot: number) => index.find(hashOf(slot), (each) => each === slot);
  for (let step = 0; step < STEPS; step += 1) {
    const slot = random.between(0, SLOTS_MAX);
    // First it grows, then it shrinks.
    if (there.has(slot) && random.chance(step < STEPS / 2 ? 0.3 : 0.9)) {
      index.remove(hashOf(slot), slot);
      there.delete(slot);
    } else if (!there.has(slot) && random.chance(0.7)) {
      index.add(hashOf(slot), slot);
      there.add(slot);
    }
    expect(find(slot), `seed ${SEED}, step ${step}`).toBe(there.has(slot) ? slot : undefined);
  }
  expect(index.size).toBe(there.size);
  for (let slot = 0; slot <= SLOTS_MAX; slot += 1) {
    expect(find(slot), `seed ${SEED}`).toBe(there.has(slot) ? slot : undefined);
  }
});

test("removes nothing that isn't there", () => {
  const index = new SlotIndex();
  index.add(1, 0);
  index.remove(1, 5);
  index.remove(2, 0);
  expect([index.size, index.find(1, (slot) => slot === 0)]).toEqual([1, 0]);
});
