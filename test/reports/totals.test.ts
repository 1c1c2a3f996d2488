/** Compares every number of a report without a breakdown with the results in SQLite: the facts lose none of them. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { foldClosed } from "../../src/ingest/settle.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { REPORT_METRICS } from "../../src/reports/catalogue/metrics.ts";
import { METRICS_MAX } from "../../src/reports/query/schema.ts";
import { RULES, type Rule } from "../../src/sessions/ledger.ts";
import type { TalliedLedger } from "../../src/store/tallied-ledger.ts";
import { written } from "../../src/store/written.ts";
import { SESSION } from "../sessions/arbitrary.ts";
import { newHead } from "../store/writes.ts";
import { SEED } from "../support/effort.ts";
import { tempDir } from "../support/temp-dir.ts";
import { openFilledStore, settle, storeViewings, viewingsIn } from "./filled-store.ts";
import { quantile, stateMetricIds } from "./oracle/metrics.ts";
import { openDesk, type TestDesk } from "./report-desk.ts";

const BELIEVABLE = 2000;
const NASTY = 500;
const RANGE = { fromMs: Date.UTC(2026, 2, 14), toMs: Date.UTC(2026, 3, 8) };
const STATES = ["theatre", "night.mode", "custom.3"];
const PERCENTILES = ["p50", "p90", "p95", "p99"] as const;

const directory = tempDir();
const databasePath = join(directory.path, "playhead.db");
let desk: TestDesk;
/** The stored metrics of every closed session. */
let stored: Record<string, number | null>[];
let told: Readonly<Record<string, unknown>>;
let sessions: { total: number; open: number };

const COLUMNS = [
  ...REPORT_METRICS.flatMap(({ id, aggregations }) => aggregations.map((each) => `${id}:${each}`)),
  ...stateMetricIds(STATES).map((id) => `${id}:sum`),
];

beforeAll(async () => {
  const store = openFilledStore(databasePath);
  const viewings = viewingsIn(RANGE, { count: BELIEVABLE, seed: SEED });
  await storeViewings(store, viewings);
  const nasty = fc.sample(SESSION, { seed: SEED, numRuns: NASTY });
  await store.append(
    nasty.map(([first, ...rest]) => {
      return {
        head: newHead(RANGE.fromMs),
        start: written(first as PlayerEvent, RANGE.fromMs),
        events: rest.map((event) => written(event, RANGE.fromMs)),
        close: { reason: "session-end", closedAtMs: RANGE.fromMs, endTsMs: 0 },
      };
    }),
  );
  await settle(store);
  desk = await openDesk(store, join(directory.path, "reports.duckdb"));
  using reader = new Database(databasePath, { readonly: true });
  stored = reader
    .query<{ metrics: string; ledger: string; events: number }, []>(
      "SELECT metrics, ledger, events FROM results JOIN closes USING (session)",
    )
    .all()
    .map(({ metrics, ledger, events }) => ({ ...JSON.parse(metrics), ...countedIn(JSON.parse(ledger)), events }));
  const answers = [];
  for (let at = 0; at < COLUMNS.length; at += METRICS_MAX) {
    const metrics = COLUMNS.slice(at, at + METRICS_MAX);
    answers.push(await desk.report({ metrics, from: RANGE.fromMs, to: RANGE.toMs, open: "exclude" }));
  }
  told = Object.assign({}, ...answers.map(({ totals }) => totals));
  sessions = answers[0]?.sessions ?? { total: 0, open: 0 };
});

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

function countedIn({ rules, flagged }: TalliedLedger): Record<string, number> {
  const isIgnored = ([rule]: [string, number]) => RULES[rule as Rule].verdict === "ignored";
  const ignored = (Object.entries(rules) as [string, number][]).filter(isIgnored);
  return { ignoredEvents: ignored.reduce((sum, [, events]) => sum + events, 0), flaggedEvents: flagged };
}

/** A metric of every session that has it. A player state that a session never entered lasted 0 s. */
function numbersOf(id: string): number[] {
  const isState = /(Count|StreamsImpacted|TotalDuration)$/.test(id);
  return stored
    .map((metrics) => metrics[id] ?? (isState && !(id in metrics) ? 0 : null))
    .filter((each) => each !== null);
}

function sumOf(id: string): number {
  return numbersOf(id).reduce((sum, value) => sum + value, 0);
}

function expectSame(column: string, expected: number | null): void {
  const number = told[column];
  if (expected === null || typeof number !== "number") expect([column, number]).toEqual([column, expected]);
  else expect([column, Math.abs(number - expected) <= 1e-9 * Math.max(1, Math.abs(expected))]).toEqual([column, true]);
}

/** All player states together have no stored number per session, but a table of their own. */
const BY_TABLE: Readonly<Record<string, string>> = {
  stateCount: "SELECT sum(count) FROM states",
  stateStreamsImpacted: "SELECT count(DISTINCT session) FROM states",
  stateTotalDuration: "SELECT sum(duration) / 1000.0 FROM states",
};
const ofPlaying = REPORT_METRICS.flatMap(({ id, counts }) => (counts === "playing" ? [id] : []));
const isStored = (id: string) => !(id in BY_TABLE || ofPlaying.includes(id));

describe("the facts", () => {
  test("cover all closed sessions", () => {
    const closed = stored.length;
    expect(closed).toBeGreaterThan(BELIEVABLE * 0.8 + NASTY - 1);
    expect(sessions).toEqual({ total: closed, open: 0 });
  });

  test("have as many rows of each kind as SQLite", async () => {
    using reader = new Database(databasePath, { readonly: true });
    const dimensions = { ads: "media.ad.id", ad_breaks: "media.ad.podSecond", chapters: "media.chapter.index" };
    const metrics = { ads: "adStarts", ad_breaks: "adBreaks", chapters: "chapterStarts" } as const;
    for (const table of ["ads", "ad_breaks", "chapters"] as const) {
      const count = reader.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n;
      const query = { metrics: metrics[table], dimension: dimensions[table], open: "exclude" };
      const { totals } = await desk.report({ ...query, from: RANGE.fromMs, to: RANGE.toMs });
      expect([table, totals[metrics[table]]]).toEqual([table, count as number]);
    }
  });
});

describe("the total", () => {
  for (const column of COLUMNS.filter((each) => each.endsWith(":sum") && isStored(each.slice(0, -4)))) {
    test(`${column} is the sum over SQLite's sessions`, () => {
      const id = column.slice(0, -4);
      expectSame(column, sumOf(id));
    });
  }

  test("of every metric is above 0, so that the sums are worth comparing, unless no player sent any", () => {
    const never = ["closedCaptioning", "pictureInPicture"];
    const zero = COLUMNS.filter((column) => column.endsWith(":sum") && told[column] === 0);
    expect(zero.filter((column) => !never.some((state) => column.startsWith(state)))).toEqual([]);
  });

  for (const [id, sql] of Object.entries(BY_TABLE)) {
    test(`${id} is that of SQLite's table of states`, () => {
      using reader = new Database(databasePath, { readonly: true });
      expectSame(`${id}:sum`, reader.query<never, []>(sql).values()[0]?.[0] as unknown as number);
    });
  }

  test("of each rate is one sum divided by another", () => {
    const share = (of: string, by: readonly string[]) => sumOf(of) / by.reduce((sum, id) => sum + sumOf(id), 0);
    expectSame("completionRate:rate", share("contentCompletes", ["contentStarts"]));
    expectSame("adCompletionRate:rate", share("adCompletes", ["adStarts"]));
    expectSame("exitsBeforeStart:rate", share("dropsBeforeStart", ["mediaStarts"]));
    expectSame("rebufferingRatio:rate", share("rebufferingDuration", ["rebufferingDuration", "contentTimeSpent"]));
    expectSame("rebufferFrequency:rate", 60 * share("rebufferEvents", ["contentTimeSpent"]));
    expectSame("averagePlaybackSpeed:rate", share("watchedLength", ["watchingTime"]));
    const started = sumOf("contentStarts") + sumOf("playbackFailures");
    expectSame("playbackSuccessScore:rate", (sumOf("contentStarts") - sumOf("midstreamFailures") / 2) / started);
    // These are of the sessions that have both of their numbers.
    expect(told["averagePercentWatched:rate"]).toBeGreaterThan(0);
    expect(told).toHaveProperty("droppedFrameRatio:rate");
    // Viewers are no number of a session.
    for (const id of ["sessionsPerViewer", "contentTimePerViewer"]) expect(told[`${id}:rate`]).toBeGreaterThan(0);
    expect(told["averageAudience:rate"]).toBeGreaterThan(0);
    expect(COLUMNS.filter((column) => column.endsWith(":rate"))).toHaveLength(12);
  });
});

describe("the mean and the percentiles", () => {
  const ids = REPORT_METRICS.filter(({ id }) => isStored(id));
  for (const { id, aggregations } of ids.filter((each) => each.aggregations.includes("mean"))) {
    test(`of ${id} are those of the sessions that have it`, () => {
      const numbers = numbersOf(id);
      expect(numbers.length).toBeGreaterThan(0);
      expectSame(`${id}:mean`, sumOf(id) / numbers.length);
      for (const each of PERCENTILES.filter((percentile) => aggregations.includes(percentile))) {
        expectSame(`${id}:${each}`, quantile(numbers, Number(each.slice(1)) / 100));
      }
    });
  }
});

test("percentiles of times longer than 32 bits of milliseconds are exact too", async () => {
  using own = tempDir();
  const store = openFilledStore(join(own.path, "playhead.db"));
  await storeViewings(store, viewingsIn(RANGE, { count: 60, seed: SEED }));
  const closed = await store.listClosed({ afterId: 0, limit: 60 });
  const folds = await Promise.all(closed.map((session) => foldClosed(store, session)));
  const seconds = folds.map((_, at) => 40 * 86_400 + at);
  await store.saveResults(
    folds.map((result, at) => {
      const metrics = { ...result.folded.metrics, contentTimeSpent: seconds[at] as number };
      return { ...result, folded: { ...result.folded, metrics } };
    }),
    RANGE.toMs,
  );
  await using wide = await openDesk(store, join(own.path, "reports.duckdb"));
  const metrics = PERCENTILES.map((each) => `contentTimeSpent:${each}` as const);
  const range = { from: RANGE.fromMs, to: RANGE.toMs, open: "exclude" };
  const all = await wide.report({ metrics, ...range });
  const bySession = await wide.report({ metrics, dimension: ["sid"], ...range });
  const shares = [0.5, 0.9, 0.95, 0.99].map((share) => quantile(seconds, share) as number);
  for (const { totals } of [all, bySession]) {
    for (const [at, metric] of metrics.entries()) expect(totals[metric]).toBeCloseTo(shares[at] as number, 6);
  }
  expect(new Set(bySession.rows.map((row) => row["contentTimeSpent:p50"]))).toEqual(new Set(seconds));
});
