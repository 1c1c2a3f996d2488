/** How fast events arrive: reports leave a core to many of them, and memory is given back after a load. */

import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { freshReports } from "../../src/app/fresh-reports.ts";
import { Pace } from "../../src/app/pace.ts";
import type { SentReportJob } from "../../src/reports/desk.ts";
import { parseKeys } from "../../src/reports/query/parse.ts";
import { ManualClock } from "../support/clock.ts";
import { scene } from "./facts/scene.ts";

const SECOND_MS = 1000;

/** Events that arrive, and how fast they do as the server sees it. */
function arrivals() {
  const clock = new ManualClock();
  let count = 1_000_000;
  const pace = new Pace(() => count, clock);
  const pass = (events: number, ms = SECOND_MS) => {
    clock.pass(ms);
    count += events;
    return pace.look();
  };
  return { pace, pass };
}

describe("the pace of events", () => {
  test("is that of the last second, whatever was before", () => {
    const { pace, pass } = arrivals();
    const seen = [0, 1000, 49, 50, 0].map((events) => {
      pass(events);
      return pace.isBrisk;
    });
    expect(seen).toEqual([false, true, false, true, false]);
  });

  test("is per second, however late the look", () => {
    const { pace, pass } = arrivals();
    pass(400, 10 * SECOND_MS);
    expect(pace.isBrisk).toBe(false);
    // A clock that stands still says nothing about the pace.
    pass(100, 0);
    expect(pace.isBrisk).toBe(false);
    pass(0);
    expect(pace.isBrisk).toBe(true);
  });

  test("goes to the reports worker with each question", async () => {
    const { pace, pass } = arrivals();
    const sent: SentReportJob[] = [];
    const ask = async (job: SentReportJob) => {
      sent.push(job);
      return {};
    };
    const reports = freshReports(ask, { catchUp: async () => 0, pace });
    for (const events of [0, 1000, 0]) {
      pass(events);
      await reports.ask({ kind: "keys", query: parseKeys({}, 0) });
    }
    expect(sent.map((job) => "isBesideEvents" in job && job.isBesideEvents)).toEqual([false, true, false]);
  });
});

describe("a load is over", () => {
  const overAfter = (...events: readonly number[]) => {
    const { pass } = arrivals();
    return events.map((more) => pass(more));
  };

  test("in the first quiet second after it, once", () => {
    expect(overAfter(6_000, 6_000, 10, 0, 9_000, 0, 1_000, 0)).toEqual([
      ...[false, false, true, false],
      ...[false, false, false, true],
    ]);
  });

  test("never where little has come since the start, whatever came before it", () => {
    expect(overAfter(10, 4_990, 0)).toEqual([false, false, false]);
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
