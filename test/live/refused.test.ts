/** What is kept of refused requests: the latest few. */

import { expect, test } from "bun:test";
import { MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import { RecentRefused } from "../../src/live/refused.ts";
import { ManualClock } from "../support/clock.ts";

function refusedOf(path: string) {
  return { method: "POST", path, status: 400, code: "invalid-body", message: "", errors: [] };
}

test("the latest twenty are kept, for ten minutes", () => {
  const clock = new ManualClock();
  const refused = new RecentRefused(clock);
  const paths = () => refused.list().map(({ rejection }) => rejection.path);
  for (let at = 0; at < 22; at += 1) {
    refused.note(refusedOf(`/${at}`));
    clock.pass(SECOND_MS);
  }
  expect(paths()).toEqual(Array.from({ length: 20 }, (_, at) => `/${at + 2}`));
  clock.pass(9 * MINUTE_MS + 57.5 * SECOND_MS);
  expect(paths()).toEqual(["/20", "/21"]);
  clock.pass(10 * MINUTE_MS);
  expect(paths()).toEqual([]);
});

test("what is forgotten is in no list", () => {
  const refused = new RecentRefused(new ManualClock());
  refused.note(refusedOf("/a"));
  refused.forget();
  expect(refused.list()).toEqual([]);
});
