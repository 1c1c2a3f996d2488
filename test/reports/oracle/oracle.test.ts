/**
 * Reports against an oracle that goes through all sessions one by one: random questions, each answered by both.
 *
 * A failure prints its seed; `FC_SEED=n bun test` asks the same questions again.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { SEED, sized } from "../../support/effort.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { openFilledStore, storeViewings, viewingsIn } from "../filled-store.ts";
import { openDesk, type TestDesk } from "../report-desk.ts";
import { problemsOf } from "./compare.ts";
import { type Asked, bodyOf, questionsOn } from "./questions.ts";
import { type SessionView, viewsOf } from "./sessions.ts";

const SESSIONS = 500;
/** Some ten milliseconds each. */
const QUESTIONS = sized({ full: 2000, fast: 80 });
const TEST_MS_MAX = sized({ full: 600_000, fast: 120_000 });
/** Clocks change in Europe and Asia on the 29th of March, in New Zealand on the 5th of April. */
const RANGE = { fromMs: Date.UTC(2026, 2, 14), toMs: Date.UTC(2026, 3, 8) };
const CROWD_MS = 20 * 60_000;

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

const ASKED = {
  ...{ metrics: ["mediaStarts", "timeToStart"], dimensions: [], filters: [], zone: "UTC", includeOpen: true },
  ...{ sort: undefined, limit: undefined, compare: false, ...RANGE },
} satisfies Asked;
const DAY_MS = 86_400_000;
const FROM_THE_24TH = { fromMs: Date.UTC(2026, 2, 24), toMs: Date.UTC(2026, 2, 25), compare: true };

/** What random questions found, so that no one has to find it again. */
const FOUND: Readonly<Record<string, Asked>> = {
  "a period that has no session now, but had some before": { ...ASKED, ...FROM_THE_24TH, granularity: "hour" },
  "a comparison of rows of which the first has no value": {
    ...{ ...ASKED, dimensions: ["customMetadata.a.b"], compare: true },
    fromMs: RANGE.toMs - 12 * DAY_MS,
  },
  "a comparison of rows of numbers with a fraction": {
    ...{ ...ASKED, dimensions: ["media.length"], compare: true, fromMs: RANGE.toMs - 12 * DAY_MS },
  },
  "a comparison of days of which the first begins at one o'clock": {
    ...{ ...ASKED, zone: "Asia/Beirut", compare: true },
    ...{ fromMs: Date.UTC(2026, 2, 28, 22), toMs: Date.UTC(2026, 3, 3, 21) },
  },
  "hours beside those before, of which clocks have changed one by half an hour": {
    ...{ ...ASKED, zone: "Australia/Lord_Howe", granularity: "hour", compare: true, dimensions: ["media.channel"] },
    ...{ fromMs: Date.UTC(2026, 3, 5, 13, 30), toMs: Date.UTC(2026, 3, 6, 13, 30), limit: 1000 },
  },
  "a number beyond all integers": {
    ...ASKED,
    filters: [{ name: "media.length", operator: "in", values: [1e300, 60] }],
  },
  "a number beyond all integers that a metric is compared with": {
    ...ASKED,
    filters: [{ name: "contentTimeSpent", operator: "<", values: [1e300] }],
  },
};

describe("a report", () => {
  for (const [what, asked] of Object.entries(FOUND)) {
    test(`agrees with the oracle on ${what}`, async () => {
      expect(problemsOf(views, asked, await desk.report(bodyOf(asked)))).toEqual([]);
    });
  }

  test(
    `agrees with the oracle on ${QUESTIONS} random questions`,
    async () => {
      const agrees = fc.asyncProperty(questionsOn(views, RANGE), async (asked) => {
        const result = await desk.report(bodyOf(asked));
        expect(problemsOf(views, asked, result)).toEqual([]);
      });
      await fc.assert(agrees, { seed: SEED, numRuns: QUESTIONS });
    },
    TEST_MS_MAX,
  );
});
