/** The queue by due time. */

import { expect, test } from "bun:test";
import fc from "fast-check";
import { DueQueue } from "../../src/simulate/due-queue.ts";

test("a queue gives back its items by due time, even if others are added in between", () => {
  const moves = fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant("take" as const)), { maxLength: 200 });
  fc.assert(
    fc.property(moves, (list) => {
      const queue = new DueQueue<{ dueMs: number }>();
      const expected: number[] = [];
      for (const move of list) {
        if (move === "take") {
          expect(queue.peek()?.dueMs).toBe(expected[0] as number);
          expect(queue.take()?.dueMs).toBe(expected.shift() as number);
        } else {
          queue.add({ dueMs: move });
          expected.push(move);
          expected.sort((a, b) => a - b);
        }
        expect(queue.size).toBe(expected.length);
        expect(
          queue
            .all()
            .map(({ dueMs }) => dueMs)
            .toSorted((a, b) => a - b),
        ).toEqual(expected);
      }
    }),
  );
});
