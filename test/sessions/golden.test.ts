/** Golden sessions: one for each rule of the numbers, as wire events with the numbers worked out by hand and apart. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { type Folded, foldSession } from "../../src/sessions/fold.ts";
import type { NamedMetrics } from "../../src/sessions/metrics.ts";
import { parseSession } from "./wire.ts";

const FOLDER = join(import.meta.dir, "../golden/sessions");
const EVENTS = ".events.json";
const METRICS = ".metrics.json";
/** Half of the last of three decimals. */
const TOLERANCE = 0.0005;
/** Where a golden file says nothing, a metric is 0 or null, but for these. */
const UNLISTED: NamedMetrics = { mediaStarts: 1, estimatedStreams: 1, newStreams: 1 };

interface Golden {
  /** What the session shows. */
  readonly about: string;
  /** False for a session that may go on. */
  readonly closed?: false;
  /** Every metric that isn't 0 or null, and those whose 0 or null is the point. */
  readonly metrics: NamedMetrics;
  /** By arrival: the verdict, with its rule where the event was ignored. */
  readonly verdicts?: readonly string[];
  readonly contentSegment?: string | null;
  readonly watchedMs?: readonly (readonly [number, number])[];
  readonly ads?: readonly object[];
  readonly adBreaks?: readonly object[];
  readonly chapters?: readonly object[];
  readonly errors?: readonly object[];
}

/** By topic: `break/nested-start.events.json`, with `nested-start.metrics.json` beside it. */
const FILES = [...new Bun.Glob("*/*.json").scanSync(FOLDER)].map((file) => file.replaceAll("\\", "/"));
const NAMES = FILES.filter((file) => file.endsWith(EVENTS)).map((file) => file.slice(0, -EVENTS.length));

describe("a golden session", () => {
  test("has both of its files", () => {
    expect(NAMES.length).toBeGreaterThan(50);
    expect(FILES.toSorted()).toEqual(NAMES.flatMap((name) => [name + EVENTS, name + METRICS]).toSorted());
  });

  for (const name of NAMES.toSorted()) {
    const golden: Golden = read(name + METRICS);
    test(`${name}: ${golden.about}`, () => {
      const events = parseSession(read(name + EVENTS));
      const folded = foldSession(events, { closed: golden.closed ?? true });
      expectMetrics(folded.metrics, golden.metrics);
      expectLedger(folded, events, golden);
      expectRows(folded, golden);
    });
  }
});

function read<T>(file: string): T {
  return JSON.parse(readFileSync(join(FOLDER, file), "utf8"));
}

function expectMetrics(actual: NamedMetrics, golden: NamedMetrics): void {
  expect(Object.keys(golden).filter((id) => !(id in actual))).toEqual([]);
  const expected = { ...UNLISTED, ...golden };
  const wrong = Object.entries(actual)
    .map(([id, value]) => ({ id, value, expected: expected[id] }))
    .filter(({ value, expected }) => !isExpected(value, expected));
  expect(wrong).toEqual([]);
}

function isExpected(value: number | null | undefined, expected: number | null | undefined): boolean {
  if (expected === undefined) return value === 0 || value === null;
  if (typeof value !== "number" || expected === null) return value === expected;
  return Math.abs(value - expected) <= TOLERANCE;
}

/** By arrival, as the golden file has it. A session whose file lists no verdicts is counted throughout. */
function expectLedger(folded: Folded, events: readonly PlayerEvent[], { verdicts }: Golden): void {
  const entries = new Map(folded.timeline.map((entry) => [entry.event, entry]));
  const actual = events.map((event) => {
    const { verdict, rule } = entries.get(event) ?? {};
    return verdict === "ignored" ? `${verdict}: ${rule}` : verdict;
  });
  expect(actual).toEqual([...(verdicts ?? events.map(() => "counted"))]);
}

function expectRows(folded: Folded, golden: Golden): void {
  if (golden.contentSegment !== undefined) expect(folded.contentSegment).toBe(golden.contentSegment);
  if (golden.watchedMs) expect(folded.watched).toEqual(golden.watchedMs);
  for (const kind of ["ads", "adBreaks", "chapters", "errors"] as const) {
    const rows = golden[kind];
    if (rows) expect(folded[kind]).toMatchObject([...rows]);
  }
}
