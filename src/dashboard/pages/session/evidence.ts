/**
 * Why a number is what it is: the parts of time, the events or the other numbers that it was made of.
 *
 * A catalogue by metric. What it adds up is the number itself, which tests hold against every session that they know.
 */

import { SECOND_MS, secondsOf } from "../../../base/units.ts";
import { PROGRESS_PERCENTS, reachesShare, STREAM_MS } from "../../../sessions/metrics/session.ts";
import type { StatePart } from "../../../sessions/metrics/states.ts";
import { reportedNumber } from "../../../sessions/reported.ts";
import { lengthOf, type Span, segmentsIn } from "../../../sessions/watched.ts";
import type { LedgerEvent, SessionDetail } from "../../api/answers.ts";
import { type Period, type Periods, periodsOf, takingPart } from "./periods.ts";

/** A part of time that was counted. */
export interface Counted {
  /** The index of the event that it begins with. */
  readonly at: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What it was weighted with. */
  readonly weight?: number;
}

/** Another number that it is made of. */
export interface Term {
  readonly name: string;
  readonly value: number | null;
  /** Whether it is a metric, which has evidence of its own. */
  readonly isMetric: boolean;
}

export interface Evidence {
  readonly intervals: readonly Counted[];
  /** Indexes among the session's events. */
  readonly events: readonly number[];
  /** Parts of the content, in seconds of it. */
  readonly spans: readonly Span[];
  readonly terms: readonly Term[];
  /** What all of it comes to. */
  readonly sum: number | null;
}

export type Evident = Pick<SessionDetail, "session" | "metrics" | "watched" | "events">;

/** What the catalogue looks at. */
interface Facts extends Evident {
  readonly taking: readonly { readonly event: LedgerEvent; readonly at: number }[];
  readonly periods: Periods;
  /** Main content's first `play`; Infinity without one. */
  readonly contentStartAt: number;
  readonly length: number | undefined;
  readonly isOver: boolean;
}

type Finder = (facts: Facts) => Partial<Evidence>;

const NOTHING: Evidence = { intervals: [], events: [], spans: [], terms: [], sum: null };
const STATE_METRIC = /^(.+?)(Count|StreamsImpacted|TotalDuration)$/;

const count = (events: readonly number[]) => ({ events, sum: events.length });
const whether = (events: readonly number[]) => ({ events: events.slice(0, 1), sum: Number(events.length > 0) });
const total = (intervals: readonly Counted[]) => ({ intervals, sum: secondsOf(msOf(intervals)) });

/** The events of a type that had their effect. */
const effective = (facts: Facts, type: LedgerEvent["type"]) => indexes(facts, type, ({ rule }) => rule === "in-place");
const becamePaused = (facts: Facts) => effective(facts, "pauseStart");
const becameBuffering = (facts: Facts) => effective(facts, "bufferStart");
const stallStarts = (facts: Facts) => stallsOf(facts).map(({ at }) => at);
const errors = (facts: Facts) => indexes(facts, "error");
const bitrateChanges = (facts: Facts) => indexes(facts, "bitrateChange");
const contentPlays = (facts: Facts) => (facts.contentStartAt === Infinity ? [] : [facts.contentStartAt]);

const EVIDENCE: Readonly<Record<string, Finder>> = {
  mediaStarts: () => count([0]),
  contentStarts: (facts) => whether(contentPlays(facts)),
  contentCompletes: (facts) => whether(indexes(facts, "sessionComplete")),
  dropsBeforeStart: (facts) => {
    const terms = [fact("closed", Number(facts.isOver)), metric(facts, "contentStarts")];
    return { terms, sum: Number(facts.isOver && contentPlays(facts).length === 0) };
  },
  contentTimeSpent: (facts) => total(countedAs(facts, "content")),
  adTimeSpent: (facts) => total(countedAs(facts, "ad")),
  mediaTimeSpent: (facts) => ({
    ...total(countedAs(facts, "content", "ad")),
    terms: [metric(facts, "contentTimeSpent"), metric(facts, "adTimeSpent")],
  }),
  uniqueTimePlayed: ({ watched }) => ({ spans: spansOf(watched), sum: secondsOf(lengthOf(spansMsOf(watched))) }),
  averageMinuteAudience: (facts) => {
    const { length } = facts;
    const spent = metric(facts, "contentTimeSpent");
    return {
      terms: [spent, fact("media.length", length ?? null)],
      sum: length === undefined ? null : finite((spent.value ?? 0) / length),
    };
  },
  ...Object.fromEntries(PROGRESS_PERCENTS.map((percent) => [`progress${percent}`, progress(percent)])),
  contentSegmentViews: ({ watched }) => ({ spans: spansOf(watched), sum: segmentsIn(spansMsOf(watched)) }),
  contentResumes: ({ session }) => {
    const resumed = session.params["media.resume"] === true;
    return { events: [0], sum: Number(resumed) };
  },
  estimatedStreams: (facts) => {
    const spent = metric(facts, "mediaTimeSpent");
    return { terms: [spent], sum: Math.floor(Math.round((spent.value ?? 0) * SECOND_MS) / STREAM_MS) + 1 };
  },
  authorized: ({ session }) => {
    return { events: [0], sum: Number(String(session.params["media.pass.auth"]).toLowerCase() === "true") };
  },
  pauseEvents: (facts) => count(becamePaused(facts)),
  pausedImpactedStreams: (facts) => whether(becamePaused(facts)),
  totalPauseDuration: (facts) => total(countedAs(facts, "pause")),

  adBreaks: (facts) => count(effective(facts, "adBreakStart")),
  adStarts: (facts) => count(effective(facts, "adStart")),
  adCount: (facts) => count(effective(facts, "adStart")),
  adCompletes: (facts) => count(effective(facts, "adComplete")),
  adSkips: (facts) => count(effective(facts, "adSkip")),
  chapterStarts: (facts) => count(effective(facts, "chapterStart")),
  chapterCount: (facts) => count(effective(facts, "chapterStart")),
  chapterCompletes: (facts) => count(effective(facts, "chapterComplete")),
  chapterSkips: (facts) => count(effective(facts, "chapterSkip")),
  chapterTimeSpent: (facts) => total(inChapters(facts)),

  bufferEvents: (facts) => count(becameBuffering(facts)),
  bufferImpactedStreams: (facts) => whether(becameBuffering(facts)),
  totalBufferDuration: (facts) => total(countedAs(facts, "buffer")),
  stallEvents: (facts) => ({ intervals: stallsOf(facts), sum: stallsOf(facts).length }),
  stallImpactedStreams: (facts) => whether(stallStarts(facts)),
  totalStallingDuration: (facts) => total(stallsOf(facts)),
  errorEvents: (facts) => count(errors(facts)),
  errorImpactedStreams: (facts) => whether(errors(facts)),
  bitrateChanges: (facts) => count(bitrateChanges(facts)),
  bitrateChangeImpactedStreams: (facts) => whether(bitrateChanges(facts)),
  averageBitrate,
  droppedFrames: (facts) => latest(facts, "media.qoe.droppedFrames"),
  droppedFrameImpactedStreams: (facts) => {
    const { events = [], sum } = latest(facts, "media.qoe.droppedFrames");
    return { events, sum: Number((sum ?? 0) > 0) };
  },
  timeToStart: (facts) => {
    const { events = [], sum } = latest(facts, "media.qoe.timeToStart");
    return { events, sum: sum === null || sum === undefined ? null : secondsOf(Math.round(sum)) };
  },

  rebufferingDuration: (facts) => total(countedAs(facts, "buffer").filter(({ at }) => at >= facts.contentStartAt)),
  rebufferingRatio: (facts) => {
    const [waited, played] = [metric(facts, "rebufferingDuration"), metric(facts, "contentTimeSpent")];
    const [part, rest] = [(waited.value ?? 0) * SECOND_MS, (played.value ?? 0) * SECOND_MS].map(Math.round);
    return { terms: [waited, played], sum: quotient(part ?? 0, (part ?? 0) + (rest ?? 0)) };
  },
  completionRate: (facts) => share(facts, "contentCompletes", "contentStarts"),
  adCompletionRate: (facts) => share(facts, "adCompletes", "adStarts"),
  exitsBeforeStart: (facts) => share(facts, "dropsBeforeStart", "mediaStarts"),
  playbackFailures: (facts) => {
    const [dropped, failed] = [metric(facts, "dropsBeforeStart"), metric(facts, "errorEvents")];
    return {
      terms: [dropped, failed],
      events: errors(facts),
      sum: Number(dropped.value === 1 && (failed.value ?? 0) > 0),
    };
  },
};

/** What each number of a session was made of, worked out when it is asked for. */
export function evidenceOf(detail: Evident): (id: string) => Evidence {
  const { events, session } = detail;
  const taking = takingPart(events);
  // Inside a break a `play` is the ad's.
  const contentStart = taking.find(({ event }) => event.type === "play" && event.breakStateAfter === null);
  const length = session.params["media.length"];
  const facts: Facts = {
    ...detail,
    taking,
    periods: periodsOf(events, session.status === "open"),
    contentStartAt: contentStart?.at ?? Infinity,
    length: typeof length === "number" && length > 0 ? length : undefined,
    isOver: session.status === "closed" || taking.some(({ event }) => event.type === "sessionEnd"),
  };
  return (id) => ({ ...NOTHING, ...(Object.hasOwn(EVIDENCE, id) ? EVIDENCE[id]?.(facts) : ofState(facts, id)) });
}

function indexes({ taking }: Facts, type: LedgerEvent["type"], counts: (event: LedgerEvent) => boolean = () => true) {
  return taking.filter(({ event }) => event.type === type && counts(event)).map(({ at }) => at);
}

function intervalOf(event: LedgerEvent, at: number): Counted {
  return { at, fromMs: event.ts, toMs: event.ts + Math.round(event.interval.seconds * SECOND_MS) };
}

function msOf(intervals: readonly Counted[]): number {
  return intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function countedAs({ taking }: Facts, ...kinds: readonly string[]): Counted[] {
  return taking
    .filter(({ event: { interval } }) => interval.seconds > 0 && kinds.includes(interval.countedAs))
    .map(({ event, at }) => intervalOf(event, at));
}

/** Time of main content while a chapter was open. */
function inChapters(facts: Facts): Counted[] {
  const open = new Set<number>();
  let isOpen = false;
  for (const { event, at } of facts.taking) {
    if (event.rule === "in-place" && event.type.startsWith("chapter")) isOpen = event.type === "chapterStart";
    if (isOpen) open.add(at);
  }
  return countedAs(facts, "content").filter(({ at }) => open.has(at));
}

/** Runs at one playhead: what lies between two of them was counted as something else. */
function stallsOf({ taking }: Facts): Counted[] {
  const runs: Counted[] = [];
  let wasStall = false;
  for (const { event, at } of taking) {
    const isStall = event.interval.countedAs === "stall";
    const interval = intervalOf(event, at);
    const last = runs.at(-1);
    if (isStall && wasStall && last) runs[runs.length - 1] = { ...last, toMs: interval.toMs };
    else if (isStall) runs.push(interval);
    wasStall = isStall;
  }
  return runs;
}

/** Time of content, stalls and ads weighs with the bitrate that was known by then. */
function averageBitrate({ taking }: Facts): Partial<Evidence> {
  const intervals: Counted[] = [];
  let bitrate: number | undefined;
  let [ms, timesMs] = [0, 0];
  for (const { event, at } of taking) {
    bitrate = reportedNumber(event.qoeData["media.qoe.bitrate"]) ?? bitrate;
    const { fromMs, toMs } = intervalOf(event, at);
    if (bitrate === undefined || toMs === fromMs || !PLAY_TIME.has(event.interval.countedAs)) continue;
    intervals.push({ at, fromMs, toMs, weight: bitrate });
    ms += toMs - fromMs;
    timesMs += bitrate * (toMs - fromMs);
  }
  return { intervals, sum: ms === 0 ? null : finite(Math.round((timesMs / ms) * 1000) / 1000) };
}

const PLAY_TIME: ReadonlySet<string> = new Set(["content", "stall", "ad"]);

/** The latest report of a number of quality. */
function latest({ taking }: Facts, key: string): Partial<Evidence> {
  const found = taking.findLast(({ event }) => reportedNumber(event.qoeData[key]) !== undefined);
  return found ? { events: [found.at], sum: reportedNumber(found.event.qoeData[key]) ?? null } : { sum: null };
}

/** The event whose playhead was the first to get that far; the furthest where none did. */
function progress(percent: number): Finder {
  return ({ taking, contentStartAt, length }) => {
    if (length === undefined) return { terms: [fact("media.length", null)], sum: null };
    const after = taking.filter(({ at }) => at >= contentStartAt);
    const reaching = after.find(({ event }) => reachesShare(Math.round(event.playhead * SECOND_MS), length, percent));
    const furthest = after.reduce<(typeof after)[number] | undefined>(
      (best, each) => (best && best.event.playhead >= each.event.playhead ? best : each),
      undefined,
    );
    const shown = reaching ?? furthest;
    const terms = [fact(`${percent} % of media.length`, (length * percent) / 100)];
    return { terms, events: shown ? [shown.at] : [], sum: Number(reaching !== undefined) };
  };
}

/** The metrics of a player state, which are in no list. */
function ofState({ periods }: Facts, id: string): Partial<Evidence> {
  const [, name = "", part] = STATE_METRIC.exec(id) ?? [];
  const active = periods.states.get(name) ?? [];
  const events = active.map(({ at }) => at);
  const parts: Readonly<Record<StatePart, () => Partial<Evidence>>> = {
    Count: () => count(events),
    StreamsImpacted: () => whether(events),
    TotalDuration: () => total(active.map(({ at, fromMs, toMs }: Period) => ({ at, fromMs, toMs }))),
  };
  return part === undefined ? {} : parts[part as StatePart]();
}

function share(facts: Facts, part: string, whole: string): Partial<Evidence> {
  const terms = [metric(facts, part), metric(facts, whole)];
  const [above, below] = terms.map(({ value }) => value ?? 0);
  return { terms, sum: quotient(above ?? 0, below ?? 0) };
}

function quotient(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** No number holds the share of a length of 1e-310 s: there is none then. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function metric({ metrics }: Facts, name: string): Term {
  return { name, value: metrics[name] ?? null, isMetric: true };
}

function fact(name: string, value: number | null): Term {
  return { name, value, isMetric: false };
}

function spansOf(watched: SessionDetail["watched"]): Span[] {
  return watched.map(([from = 0, to = 0]) => [from, to]);
}

function spansMsOf(watched: SessionDetail["watched"]): Span[] {
  return watched.map(([from = 0, to = 0]) => [Math.round(from * SECOND_MS), Math.round(to * SECOND_MS)]);
}
