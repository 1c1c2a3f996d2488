/** Retention, funnel and concurrency against counting, over random ranges and filters; `FC_SEED=n` repeats a run. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { parseConcurrency, parseCurve } from "../../../src/reports/query/parse.ts";
import type { Concurrency } from "../../../src/reports/run/concurrency.ts";
import type { Funnel, RetentionCurve } from "../../../src/reports/run/curves.ts";
import { SEED, sized } from "../../support/effort.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { openFilledStore, storeViewings, viewingsIn } from "../filled-store.ts";
import { openDesk, type TestDesk } from "../report-desk.ts";
import { CHANNELS } from "../viewers.ts";
import { concurrencyOf, funnelOf, retentionOf } from "./curves.ts";
import { type Cell, type Granularity, groupIn, type OracleFilter, type Question } from "./items.ts";
import { type SessionView, viewsOf } from "./sessions.ts";

const SESSIONS = sized({ full: 500, fast: 200 });
const QUESTIONS = sized({ full: 50, fast: 8 });
const TEST_MS_MAX = 120_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RANGE = { fromMs: Date.UTC(2026, 2, 29), toMs: Date.UTC(2026, 2, 30) };
const CROWD_MS = 15 * MINUTE_MS;

const directory = tempDir();
let desk: TestDesk;
let views: SessionView[];

beforeAll(async () => {
  const store = openFilledStore(join(directory.path, "playhead.db"));
  const viewings = viewingsIn(RANGE, { count: SESSIONS, seed: SEED, crowdMs: CROWD_MS });
  views = await viewsOf(store, await storeViewings(store, viewings));
  desk = await openDesk(store, join(directory.path, "reports.duckdb"));
});

afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const FILTERS: readonly OracleFilter[] = [
  { name: "media.channel", operator: "==", values: [CHANNELS[0]] },
  { name: "media.ad.id", operator: "==", values: ["ad-3"] },
  { name: "contentTimeSpent", operator: ">", values: [100.0001] },
  { name: "media.state.name", operator: "!=", values: ["mute"] },
  { name: "status", operator: "==", values: ["open"] },
];
const SCOPE = fc.record({
  zone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu"),
  filters: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.subarray([...FILTERS], { minLength: 1, maxLength: 1 }),
  ),
  includeOpen: fc.boolean(),
});
/** Begins before any session plays, or in the crowd, or after it; an odd millisecond at either end. */
const SHORT_RANGE = fc.record({
  from: fc.integer({ min: -10, max: 40 }),
  length: fc.integer({ min: 1, max: 30 }),
  odd: fc.nat(999),
});

type Asked = Pick<Question, "zone" | "filters" | "includeOpen"> & { fromMs: number; toMs: number };

function bodyOf({ zone, filters, includeOpen, fromMs, toMs }: Asked): object {
  const filter = filters.map(({ name, operator, values }) => ({ name, operator, value: values[0] ?? null }));
  return { timezone: zone, filter, open: includeOpen ? "include" : "exclude", from: fromMs, to: toMs };
}

const questionOf = (asked: Asked): Question => ({ metrics: [], dimensions: [], ...asked });

async function agrees<T>(asked: fc.Arbitrary<T>, check: (asked: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(asked, check), { seed: SEED, numRuns: QUESTIONS });
}

describe("retention", () => {
  test(
    "is what counting every millisecond of the content gives",
    () =>
      agrees(fc.record({ scope: SCOPE, to: fc.nat(1000) }), async ({ scope, to }) => {
        const asked = { ...scope, fromMs: RANGE.fromMs, toMs: RANGE.fromMs + 1 + to * 90_000 };
        const query = parseCurve(bodyOf(asked), 0);
        const told = (await desk.ask({ kind: "retention", query })) as RetentionCurve;
        const counted = retentionOf(views, questionOf(asked));
        expect(told.sessions).toBe(counted.sessions);
        expect(told.points.map(({ sessions, rewatches }) => ({ sessions, rewatches }))).toEqual([...counted.points]);
        for (const { share, sessions } of told.points) {
          expect(share).toBe(counted.sessions === 0 ? null : sessions / counted.sessions);
        }
      }),
    TEST_MS_MAX,
  );

  test("has sessions that watched a part more than once, and unwatched parts", () => {
    const { points } = retentionOf(views, questionOf({ ...RANGE, zone: "UTC", filters: [], includeOpen: true }));
    expect(points.some(({ rewatches }) => rewatches > 0)).toBe(true);
    expect(new Set(points.map(({ sessions }) => sessions)).size).toBeGreaterThan(20);
  });
});

describe("the funnel", () => {
  test(
    "is what going through the sessions gives",
    () =>
      agrees(fc.record({ scope: SCOPE, to: fc.nat(1000) }), async ({ scope, to }) => {
        const asked = { ...scope, fromMs: RANGE.fromMs, toMs: RANGE.fromMs + 1 + to * 90_000 };
        const told = (await desk.ask({ kind: "funnel", query: parseCurve(bodyOf(asked), 0) })) as Funnel;
        const counted = funnelOf(views, questionOf(asked));
        expect(told.steps.map(({ sessions }) => sessions)).toEqual(counted.steps);
        expect(told.sessionsOfUnknownLength).toBe(counted.unknown);
      }),
    TEST_MS_MAX,
  );
});

describe("concurrency", () => {
  test(
    "is what counting every millisecond of the clock gives",
    () => {
      const granularity = fc.constantFrom<Granularity>("minute", "hour", "day");
      const of = fc.constantFrom("sessions" as const, "viewers" as const);
      const asked = fc.record({ scope: SCOPE, range: SHORT_RANGE, granularity, of });
      return agrees(asked, async ({ scope, range, granularity: each, of: player }) => {
        const fromMs = RANGE.fromMs + range.from * MINUTE_MS + range.odd;
        const question = { ...scope, fromMs, toMs: fromMs + range.length * MINUTE_MS - range.odd };
        const query = parseConcurrency({ ...bodyOf(question), granularity: each, of: player }, 0);
        const told = (await desk.ask({ kind: "concurrency", query })) as Concurrency;
        const counted = concurrencyOf(views, questionOf(question), each, player);
        expect(told.rows.map(({ peak }) => peak)).toEqual(counted.rows.map(({ peak }) => peak));
        for (const [at, { mean }] of told.rows.entries()) expect(mean).toBeCloseTo(counted.rows[at]?.mean ?? -1, 9);
        expect(told.mean).toBeCloseTo(counted.mean, 9);
        if (counted.peak === 0) expect(told.peak).toBeNull();
        else expect(told.peak).toEqual({ [player]: counted.peak, time: secondOf(counted.peakAtMs, scope.zone) });
      });
    },
    TEST_MS_MAX,
  );

  test(
    "of each value of a dimension is that of its sessions alone",
    () => {
      const dimension = fc.constantFrom("media.channel", "bufferEvents");
      const of = fc.constantFrom("sessions" as const, "viewers" as const);
      const asked = fc.record({ scope: SCOPE, range: SHORT_RANGE, dimension, of });
      return agrees(asked, async ({ scope, range, dimension: name, of: player }) => {
        const fromMs = RANGE.fromMs + range.from * MINUTE_MS + range.odd;
        const question = { ...scope, fromMs, toMs: fromMs + range.length * MINUTE_MS - range.odd };
        const query = parseConcurrency({ ...bodyOf(question), dimension: name, of: player }, 0);
        const told = (await desk.ask({ kind: "concurrency", query })) as Concurrency;
        const values = new Set(views.map((view) => groupIn(view, undefined, name)));
        const counted = [...values].map((value) => {
          const only: OracleFilter = { name, operator: "==", values: [value] };
          const filters = [...scope.filters, only];
          return { value, ...concurrencyOf(views, questionOf({ ...question, filters }), "day", player) };
        });
        const expected = counted.filter(({ peak }) => peak > 0);
        const rowOf = (value: Cell, peak: number, time: string, mean: number) =>
          [JSON.stringify(value), peak, time, mean.toFixed(9)].join();
        const toldRows = told.rows as unknown as Record<string, Cell>[];
        expect(
          toldRows
            .map((row) => rowOf(row[name] ?? null, Number(row["peak"]), String(row["time"]), Number(row["mean"])))
            .toSorted(),
        ).toEqual(
          expected
            .map(({ value, peak, peakAtMs, mean }) => rowOf(value, peak, secondOf(peakAtMs, scope.zone), mean))
            .toSorted(),
        );
        expect(told.rowsTotal).toBe(expected.length);
      });
    },
    TEST_MS_MAX,
  );

  test("of a day has a row for each hour, and the crowd in one", async () => {
    const query = parseConcurrency({ ...RANGE_OF_DAY, granularity: "hour" }, 0);
    const told = (await desk.ask({ kind: "concurrency", query })) as Concurrency;
    expect(told.rows).toHaveLength(24);
    expect(told.peak?.sessions).toBeGreaterThan(10);
  });
});

const RANGE_OF_DAY = { from: RANGE.fromMs, to: RANGE.fromMs + 24 * HOUR_MS };

function secondOf(ms: number, zone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return at.toString({ timeZoneName: "never", fractionalSecondDigits: 0 });
}
