/** Percentiles that are counted rather than sorted, as of millions of sessions, are the same to the last digit. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { planOf } from "../../src/reports/compile/plan.ts";
import { isRanked, rankedIn } from "../../src/reports/compile/ranked.ts";
import { compile, readFound } from "../../src/reports/compile/report.ts";
import { runStatement, Values } from "../../src/reports/compile/statement.ts";
import { parseReport } from "../../src/reports/query/parse.ts";
import { Random } from "../support/random.ts";
import { type Facts, RANGE, type Scene, scene } from "./facts/scene.ts";

const PERCENTS = [50, 90, 95, 99];
const WIDE = 2 ** 45;

const random = new Random(24);
const integer = (below: number) => Math.floor(random.next() * below);
const times = (count: number, of: (at: number) => number | null) => Array.from({ length: count }, (_, at) => of(at));

const DISTRIBUTIONS: Readonly<Record<string, readonly (number | null)[]>> = {
  "none at all": [],
  "nothing but nulls": [null, null],
  one: [7],
  "two, and a null": [0, null, 2 ** 31 - 1],
  "ties alone": times(500, () => 42_000),
  "a hundred and one, evenly": times(101, (at) => at * 1000),
  "many, evenly, with nulls": times(5000, () => (random.chance(0.1) ? null : integer(3_600_000))),
  "many that differ by little": times(5000, () => 1000 + integer(300)),
  "two crowds far apart": times(2001, (at) => (at % 2 === 0 ? integer(10) : 80_000_000 + integer(10))),
  "mostly ties": times(3000, () => (random.chance(0.8) ? 5000 : integer(1_000_000))),
  "by orders of magnitude": times(4000, () => Math.floor(2 ** (random.next() * 31))),
  "beyond 32 bits": times(999, () => integer(WIDE)),
};

/** What §4 says: a percentile lies between the two values beside its rank. */
function percentileOf(values: readonly (number | null)[], percent: number): number | null {
  const sorted = values.filter((each) => each !== null).toSorted((a, b) => a - b);
  const rank = (sorted.length - 1) * percent;
  const low = sorted[Math.floor(rank / 100)];
  const high = sorted[Math.ceil(rank / 100)];
  return low === undefined || high === undefined ? null : low + ((high - low) * (rank % 100)) / 100;
}

describe("percentiles by rank", () => {
  test.each(Object.entries(DISTRIBUTIONS))("of %s", async (_, values) => {
    const connection = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
    await connection.run("CREATE TABLE t (time BIGINT)");
    const appender = await connection.createAppender("t");
    for (const value of values) {
      if (value === null) appender.appendNull();
      else appender.appendBigInt(BigInt(value));
      appender.endRow();
    }
    appender.closeSync();
    const aggregates = PERCENTS.map((percent) => {
      const key = String(percent);
      const of = "time::BIGINT";
      return { key, sql: "", from: "sessions", columns: [], addsUp: "never", ranked: { of, percent } } as const;
    });
    const { tables, totals } = rankedIn("t", aggregates, "n");
    const names = PERCENTS.map((percent) => `n${percent}`);
    const sql = `WITH ${tables.join(", ")} SELECT ${names} FROM ${totals.join(", ")}`;
    const rows = await runStatement(connection, new Values().statement(sql));
    connection.closeSync();
    expect(rows).toEqual([PERCENTS.map((percent) => percentileOf(values, percent))]);
  });
});

describe("a report of so many sessions that they are counted", () => {
  const SESSIONS = 400;
  let stored: Scene;
  let facts: Facts;

  beforeAll(async () => {
    stored = scene();
    await stored.fill(SESSIONS);
    facts = await stored.open();
    await facts.follow();
  });

  afterAll(async () => {
    await facts[Symbol.asyncDispose]();
    await stored[Symbol.asyncDispose]();
  });

  const TIMES = "contentTimeSpent:p50,contentTimeSpent:p99,timeToStart:p95,mediaStarts,bufferEvents:p90";
  const METRICS = `${TIMES},uniqueViewers,newViewers,returningViewers,mediaStarts/uniqueViewers`;
  test.each(
    Object.entries({
      "over all": {},
      "by title": { dimension: "media.name" },
      "by two dimensions": { dimension: "media.name,media.channel" },
      "by day": { granularity: "day", timezone: "Europe/Berlin" },
      "by a list": { dimension: "media.genre" },
      "of ads": { dimension: "media.ad.name" },
      "with filters": { dimension: "media.name", filter: ["media.contentType==VOD", "contentTimeSpent>60"] },
      "of nothing": { filter: ["media.name==none"] },
      "beside the period before": { dimension: "media.channel", compare: "previous" },
      "without mending": { dimension: "media.name", mended: false },
    }),
  )("has the same answer %s", async (_, asked) => {
    const query = parseReport({ metrics: METRICS, from: RANGE.fromMs + 10 * 86_400_000, to: RANGE.toMs, ...asked }, 0);
    const [sorted, counted, wide] = [{}, { isLarge: true }, { isLarge: true, isWide: true }].map((extent) => {
      return planOf(query, extent);
    });
    if (!sorted || !counted || !wide) throw new Error("There are three plans");
    const found = async (plan: typeof sorted) => {
      return readFound(plan, await runStatement(facts.database.connection, compile(plan)));
    };
    expect(counted.aggregates.some(isRanked)).toBe(true);
    expect(await found(counted)).toEqual(await found(sorted));
    expect(await found(wide)).toEqual(await found(sorted));
  });
});
