/** What holds for every session, however nasty. A failure prints its seed; `FC_SEED=n bun test` runs that one again. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { bodiesOf, columnsOf } from "../../src/sessions/columns.ts";
import { beginFold, continueFold, courseOf, type Folded, finishFold, foldSession } from "../../src/sessions/fold.ts";
import { RULES, type Rule } from "../../src/sessions/ledger.ts";
import { METRICS, type MetricId } from "../../src/sessions/metrics.ts";
import { INTERVALS, type IntervalKind, type IntervalPart, type TimelineEntry } from "../../src/sessions/timeline.ts";
import { type Span, unionOf } from "../../src/sessions/watched.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { SEED } from "../support/effort.ts";
import { CLOCKS, LENGTH_S, SESSION, SESSION_LIVE, SESSION_REPEATED, SESSION_SHUFFLED, withClock } from "./arbitrary.ts";

const RUNS = 1000;

function holdsFor<T>(sessions: fc.Arbitrary<T>, property: (value: T) => void): void {
  fc.assert(fc.property(sessions, property), { seed: SEED, numRuns: RUNS });
}

const fold = (events: readonly PlayerEvent[]): Folded => foldSession(events, { closed: true });
const msOf = (seconds: number | null | undefined): number => Math.round((seconds ?? Number.NaN) * 1000);

describe("the generator of sessions", () => {
  const sessions = fc.sample(SESSION, { seed: 1, numRuns: 300 });
  const folded = sessions.map(fold);

  test("makes long ones and the shortest", () => {
    const lengths = sessions.map(({ length }) => length);
    expect(Math.min(...lengths)).toBeLessThan(5);
    expect(lengths.filter((length) => length > 40).length).toBeGreaterThan(50);
  });

  test("reaches every rule but those that need a fault of another kind", () => {
    const rules = new Set<string>(folded.flatMap(({ timeline }) => timeline.map(({ rule }) => rule)));
    // Players whose playhead stands in an ad, and clocks that jump, are in the sessions that need mending.
    const others: Rule[] = ["second-start", "state-without-name", "ad-overdue", "clock-forward"];
    expect([...rules, ...others].toSorted()).toEqual(Object.keys(RULES).toSorted());
  });

  test("reaches every kind of interval", () => {
    const kinds = new Set<string>(folded.flatMap(({ timeline }) => timeline.flatMap(partsOf).map(({ kind }) => kind)));
    expect([...kinds].toSorted()).toEqual(Object.keys(INTERVALS).toSorted());
  });

  test("reaches a number above 0 for every metric but what its sessions lack", () => {
    const reached = (id: MetricId) => folded.some(({ metrics }) => (metrics[id] ?? 0) > 0);
    expect(METRICS.map(({ id }) => id).filter((id) => !reached(id))).toEqual(["authorized"]);
  });
});

/** All but the timeline and the verdicts, which tell the order of arrival. */
function numbersOf({ timeline: _, verdicts: __, ...numbers }: Folded): Omit<Folded, "timeline" | "verdicts"> {
  return numbers;
}

/** The entries that mark a moment: all but duplicates and what is behind the session's end. */
function momentsOf({ timeline }: Folded): TimelineEntry[] {
  return timeline.filter(({ rule }) => rule !== "exact-duplicate" && rule !== "after-session-end");
}

interface Part extends IntervalPart {
  readonly fromMs: number;
}

/** The parts of the time behind an event. */
function partsOf({ atMs, intervalMs, intervalKind, otherParts = [] }: TimelineEntry): Part[] {
  let fromMs = atMs;
  return [{ ms: intervalMs, kind: intervalKind }, ...otherParts].map((part) => {
    fromMs += part.ms;
    return { ...part, fromMs: fromMs - part.ms };
  });
}

function sumOf(timeline: readonly TimelineEntry[], kind: IntervalKind): number {
  return timeline
    .flatMap(partsOf)
    .filter((part) => part.kind === kind)
    .reduce((sum, { ms }) => sum + ms, 0);
}

function* numbersIn(value: unknown, path = ""): Generator<[path: string, value: number]> {
  if (typeof value === "number") yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) yield* numbersIn(each, `${path}.${key}`);
}

describe(`for every session (seed ${SEED})`, () => {
  test("an order of arrival that is some seconds off decides nothing", () => {
    holdsFor(SESSION_SHUFFLED, ({ events, arrived }) => {
      expect(numbersOf(fold(arrived))).toEqual(numbersOf(fold(events)));
    });
  });

  test("repeated events change nothing, and are duplicates", () => {
    holdsFor(SESSION_REPEATED, ({ events, repeated }) => {
      const once = fold(events);
      const again = fold(repeated);
      expect(numbersOf(again)).toEqual(numbersOf(once));
      const countDuplicates = ({ timeline }: Folded) =>
        timeline.filter(({ verdict }) => verdict === "duplicate").length;
      expect(countDuplicates(again) - countDuplicates(once)).toBe(repeated.length - events.length);
    });
  });

  test("a fold in three pages is the fold at once, wherever they are cut", () => {
    holdsFor(fc.tuple(SESSION, fc.nat(), fc.nat()), ([events, one, other]) => {
      const [start] = events as [PlayerEvent];
      const course = courseOf(start, columnsOf(events, true), bodiesOf(events), {});
      const { order } = course;
      const rest = order ? Array.from(order.subarray(1), (at) => events[at] as PlayerEvent) : events.slice(1);
      const cuts = [one % (rest.length + 1), other % (rest.length + 1)].toSorted((a, b) => a - b);
      const [first = 0, second = 0] = cuts;
      const pages = [rest.slice(0, first), rest.slice(first, second), rest.slice(second)];
      const timeline: TimelineEntry[] = [];
      const options = { closed: true, isArray: true };
      const whole = beginFold(start, course, { ...options, timeline });
      const numbersAlone = beginFold(start, course, options);
      for (const page of pages) {
        continueFold(whole, page);
        continueFold(numbersAlone, page);
      }
      const once = fold(events);
      const { unmended: _, ...expected } = numbersOf(once);
      expect(finishFold(whole)).toEqual(expected);
      expect(timeline).toEqual([...once.timeline]);
      expect(finishFold(numbersAlone)).toEqual(expected);
    });
  });

  test("verdicts count what the timeline says", () => {
    holdsFor(SESSION, (events) => {
      const { timeline, verdicts } = fold(events);
      for (const [verdict, count] of Object.entries(verdicts)) {
        expect([verdict, timeline.filter((entry) => entry.verdict === verdict).length]).toEqual([verdict, count]);
      }
    });
  });

  test("playing is the union of the intervals in which content played, and of those in which an ad did", () => {
    holdsFor(SESSION, (events) => {
      const { timeline, playing } = fold(events);
      const parts = timeline.flatMap(partsOf).filter(({ ms }) => ms > 0);
      const unionOfKind = (kind: string) =>
        unionOf(parts.filter((part) => part.kind === kind).map(({ fromMs, ms }) => [fromMs, fromMs + ms] as const));
      expect(playing.filter(([, , ad]) => ad === undefined)).toEqual(unionOfKind("content"));
      const ads = playing.filter(([, , ad]) => ad === 1).map(([from, to]): Span => [from, to]);
      expect(ads).toEqual([...unionOfKind("ad")]);
    });
  });

  test("the fold leaves the events as they were", () => {
    holdsFor(SESSION, (events) => {
      const before = structuredClone(events);
      fold(events);
      expect(events).toEqual(before);
    });
  });

  test("every number is finite and none is negative", () => {
    holdsFor(SESSION, (events) => {
      const odd = [...numbersIn(fold(events))].filter(([path, value]) => {
        return !Number.isFinite(value) || (value < 0 && !path.includes(".seeksMs."));
      });
      expect(odd).toEqual([]);
    });
  });

  test("every event has one entry on the timeline", () => {
    holdsFor(SESSION_SHUFFLED, ({ arrived }) => {
      const { timeline } = fold(arrived);
      expect(timeline.length).toBe(arrived.length);
      expect(new Set(timeline.map(({ event }) => event))).toEqual(new Set(arrived));
    });
  });
});

describe(`in every session (seed ${SEED})`, () => {
  test("content and ads are the media time", () => {
    holdsFor(SESSION, (events) => {
      const { contentTimeSpent, adTimeSpent, mediaTimeSpent } = fold(events).metrics;
      expect(msOf(contentTimeSpent) + msOf(adTimeSpent)).toBe(msOf(mediaTimeSpent));
    });
  });

  test("no more than the content's length was watched, nor more parts than there are", () => {
    holdsFor(SESSION, (events) => {
      const { metrics, watched, spans } = fold(events);
      expect(metrics["uniqueTimePlayed"]).toBeLessThanOrEqual(LENGTH_S);
      expect(metrics["contentSegmentViews"]).toBeLessThanOrEqual(LENGTH_S / 300);
      for (const [from, to] of watched) expect(from).toBeLessThan(to);
      for (const [index, [, to]] of watched.slice(0, -1).entries())
        expect(to).toBeLessThan(watched[index + 1]?.[0] ?? 0);
      const length = (of: Folded["spans"]) => of.reduce((sum, [from, to]) => sum + to - from, 0);
      expect(length(watched)).toBe(msOf(metrics["uniqueTimePlayed"]));
      expect(length(watched)).toBeLessThanOrEqual(length(spans));
    });
  });

  test("the intervals cover the time from the first to the last moment", () => {
    holdsFor(SESSION, (events) => {
      const folded = fold(events);
      const moments = momentsOf(folded);
      const firstMs = Math.min(...moments.map(({ atMs }) => atMs));
      const lastMs = moments.at(-1)?.atMs ?? 0;
      const kinds = Object.keys(INTERVALS) as IntervalKind[];
      expect(kinds.reduce((sum, kind) => sum + sumOf(folded.timeline, kind), 0)).toBe(lastMs - firstMs);
      expect(moments.at(-1)?.intervalMs).toBe(0);
    });
  });

  test("the intervals of each kind are its metric", () => {
    holdsFor(SESSION, (events) => {
      const { timeline, metrics } = fold(events);
      const ids = {
        content: "contentTimeSpent",
        stall: "totalStallingDuration",
        ad: "adTimeSpent",
        pause: "totalPauseDuration",
        buffer: "totalBufferDuration",
      } as const;
      for (const [kind, id] of Object.entries(ids))
        expect(sumOf(timeline, kind as IntervalKind)).toBe(msOf(metrics[id]));
    });
  });

  test("the rows add up to the metrics", () => {
    holdsFor(SESSION, (events) => {
      const { metrics, ads, adBreaks, chapters, errors, states } = fold(events);
      const timeOf = (rows: readonly { timeSpentMs: number }[]) => rows.reduce((sum, row) => sum + row.timeSpentMs, 0);
      expect(timeOf(ads)).toBe(msOf(metrics["adTimeSpent"]));
      expect(timeOf(adBreaks)).toBe(timeOf(ads));
      expect(timeOf(chapters)).toBe(msOf(metrics["chapterTimeSpent"]));
      expect(timeOf(chapters)).toBeLessThanOrEqual(msOf(metrics["contentTimeSpent"]));
      for (const { index, adCount } of adBreaks)
        expect(ads.filter(({ breakIndex }) => breakIndex === index).length).toBe(adCount);
      for (const row of [...ads, ...chapters]) expect(row.completed && row.skipped).toBe(false);
      expect(errors.length).toBe(metrics["errorEvents"] ?? -1);
      expect(states.length).toBeLessThanOrEqual(10);
    });
  });

  test("a break has a state exactly while it is open, and content plays only outside one", () => {
    holdsFor(SESSION, (events) => {
      for (const { breakStateAfter, stateAfter, intervalKind } of fold(events).timeline) {
        if (intervalKind === "ad") expect(breakStateAfter).toBe("playing");
        if (intervalKind === "content" || intervalKind === "stall") {
          expect({ stateAfter, breakStateAfter }).toEqual({ stateAfter: "playing", breakStateAfter: null });
        }
      }
    });
  });
});

describe(`of a mended session (seed ${SEED})`, () => {
  const clocks = (live: fc.Arbitrary<PlayerEvent[]>) =>
    live.chain((events) => CLOCKS.map((set) => withClock(events, set)));

  test("live, the time is no more than passed between its first and last arrival, and ten minutes", () => {
    holdsFor(clocks(SESSION_LIVE), (events) => {
      const { metrics, timeline } = foldSession(events, { closed: true, isArray: false });
      const arrivals = events.map((event) => (event as ArrivedEvent).receivedAtMs);
      const spanMs = Math.max(...arrivals) - Math.min(...arrivals);
      const kinds = Object.keys(INTERVALS) as IntervalKind[];
      expect(kinds.reduce((sum, kind) => sum + sumOf(timeline, kind), 0)).toBeLessThanOrEqual(spanMs + 600_000);
      expect(msOf(metrics["mediaTimeSpent"])).toBeLessThanOrEqual(spanMs + 600_000);
    });
  });

  test("no number is infinite or negative, and none completes that didn't start", () => {
    holdsFor(clocks(SESSION_LIVE), (events) => {
      for (const isArray of [true, false]) {
        const folded = foldSession(events, { closed: true, isArray });
        const { unmended: _, ...numbers } = folded;
        expect(
          [...numbersIn(numbers)].filter(([path, value]) => !Number.isFinite(value) || isOdd(path, value)),
        ).toEqual([]);
        const { contentCompletes, contentStarts } = folded.metrics;
        expect(contentCompletes ?? 0).toBeLessThanOrEqual(contentStarts ?? 0);
      }
    });
  });

  test("no long interval counts more than its playhead vouches for", () => {
    holdsFor(SESSION, (events) => {
      const { timeline } = fold(events);
      const moments = timeline.filter(({ rule }) => rule !== "exact-duplicate" && rule !== "after-session-end");
      for (const [at, entry] of moments.entries()) {
        const next = moments[at + 1];
        const parts = partsOf(entry);
        const wholeMs = parts.reduce((sum, { ms }) => sum + ms, 0);
        if (!next || wholeMs <= 90_000 || events[0]?.params?.["media.length"] === 0) continue;
        const advanceMs = Math.max(0, next.event.playheadMs - entry.event.playheadMs);
        const contentMs = parts.filter(({ kind }) => kind === "content" || kind === "stall");
        const countedMs = contentMs.reduce((sum, { ms }) => sum + ms, 0);
        expect(countedMs).toBeLessThanOrEqual(Math.max(90_000, 10_000 + 2 * advanceMs));
      }
    });
  });

  test("the time that was mended is no more than there is", () => {
    holdsFor(SESSION, (events) => {
      const { timeline, metrics, mended = {} } = fold(events);
      const kinds = Object.keys(INTERVALS) as IntervalKind[];
      const wholeMs = kinds.reduce((sum, kind) => sum + sumOf(timeline, kind), 0);
      expect(msOf(metrics["mendedTime"])).toBeLessThanOrEqual(wholeMs);
      expect(timeline.reduce((sum, { mendedMs }) => sum + mendedMs, 0)).toBe(msOf(metrics["mendedTime"]));
      expect(Object.values(mended).reduce((sum, count) => sum + count, 0)).toBe(metrics["mendings"] ?? 0);
    });
  });
});

/** Instants are what they are; a clock may have been set to before 1970, and a seek may go back. */
function isOdd(path: string, value: number): boolean {
  return value < 0 && !/tsMs|receivedAtMs|atMs|playing|startTsMs|seeksMs/i.test(path);
}
