/** Reports leave a core to events while many of them arrive. */

import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { Pace } from "../../src/reports/pace.ts";
import { ManualClock } from "../support/clock.ts";
import { scene } from "./facts/scene.ts";

const SECOND_MS = 1000;

/** @returns whether each second's events are many, as seen at its end */
function briskAt(events: readonly number[]): boolean[] {
  const clock = new ManualClock();
  let count = 1_000_000;
  const pace = new Pace(() => count, clock);
  return events.map((more) => {
    clock.pass(SECOND_MS);
    count += more;
    pace.look();
    return pace.isBrisk;
  });
}

describe("the pace of events", () => {
  test("is that of the last second, whatever was before", () => {
    expect(briskAt([0, 1000, 49, 50, 0])).toEqual([false, true, false, true, false]);
  });

  test("is per second, however late the look", () => {
    const clock = new ManualClock();
    let count = 0;
    const pace = new Pace(() => count, clock);
    clock.pass(10 * SECOND_MS);
    count = 400;
    pace.look();
    expect(pace.isBrisk).toBe(false);
    count = 500;
    // A clock that stands still says nothing about the pace.
    pace.look();
    expect(pace.isBrisk).toBe(false);
    clock.pass(SECOND_MS);
    pace.look();
    expect(pace.isBrisk).toBe(true);
  });
});

describe("the report engine", () => {
  test("has fewer threads beside events, and all of them afterwards", async () => {
    await using it = scene();
    await using facts = await it.open();
    const threads = async () => (await facts.read("SELECT current_setting('threads')::INTEGER"))[0]?.[0];
    const all = await threads();
    await facts.database.makeRoom(true);
    expect(await threads()).toBe(availableParallelism() > 2 ? 2 : 1);
    await facts.database.makeRoom(false);
    expect(await threads()).toBe(all);
  });

  test("lets a statement change nothing but that", async () => {
    await using it = scene();
    await using facts = await it.open();
    for (const setting of [
      "memory_limit = '8GB'",
      "allowed_configs = ['memory_limit']",
      "lock_configuration = false",
    ]) {
      await expect(facts.read(`SET ${setting}`)).rejects.toThrow("locked");
    }
    await expect(facts.read("SET enable_external_access = true")).rejects.toThrow();
  });
});
