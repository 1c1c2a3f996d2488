/**
 * Why a number is what it is: the parts of time, the events or the other numbers that it was made of.
 *
 * The metric's own row says what those are. What they come to is the number itself, which tests hold against every
 * session that they know.
 */

import { SECOND_MS, secondsOf } from "../../../base/units.ts";
import type { ParameterKey } from "../../../protocol/parameters.ts";
import { contentOf } from "../../../sessions/content.ts";
import { hadEffect } from "../../../sessions/ledger.ts";
import type { MadeOf, Ratio, Unit } from "../../../sessions/metrics/definition.ts";
import { reachesShare } from "../../../sessions/metrics/session.ts";
import { parseStateMetric, STATE_PARTS } from "../../../sessions/metrics/states.ts";
import { METRIC_BY_ID, type NamedMetrics } from "../../../sessions/metrics.ts";
import { reportedNumber } from "../../../sessions/reported.ts";
import { lengthOf, type Span, segmentsIn } from "../../../sessions/watched.ts";
import type { LedgerEvent, SessionDetail } from "../../api/answers.ts";
import { mendedPartOf, mendingsOf, type Periods, partsOf, periodsOf, takingPart } from "./periods.ts";

/** A part of time that was counted. */
interface Counted {
  /** The index of the event that it begins with. */
  readonly at: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What it was weighted with. */
  readonly weight?: number;
}

/** Another number that it is made of. */
interface Term {
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

type Evident = Pick<SessionDetail, "session" | "metrics" | "watched" | "events">;

/** What the parts are found in. */
interface Facts extends Evident {
  readonly taking: readonly Taking[];
  readonly periods: Periods;
  /** The first event after which main content played; Infinity without one. */
  readonly contentStartAt: number;
  readonly isOver: boolean;
}

interface Taking {
  readonly event: LedgerEvent;
  readonly at: number;
}

type Parts = Pick<Evidence, "events" | "intervals">;

const BITS_PER_KILOBIT = 1000;
const NOTHING: Evidence = { intervals: [], events: [], spans: [], terms: [], sum: null };

/** What each number of a session was made of, worked out when it is asked for. */
export function evidenceOf(detail: Evident): (id: string) => Evidence {
  const { events, session } = detail;
  const taking = takingPart(events);
  const contentStart = taking.find(({ event }) => event.stateAfter === "playing" && isOutsideBreaks(event));
  const facts: Facts = {
    ...detail,
    taking,
    periods: periodsOf(events, session.status === "open"),
    contentStartAt: contentStart?.at ?? Infinity,
    isOver: session.status === "closed" || taking.some(({ event }) => event.type === "sessionEnd"),
  };
  return (id) => ({ ...NOTHING, ...evidenceIn(facts, id) });
}

function evidenceIn(facts: Facts, id: string): Partial<Evidence> {
  const row = METRIC_BY_ID.get(id);
  if (!row) return ofState(facts, id);
  if (row.ratio) return quotient(facts, row.ratio);
  const { madeOf, unit } = row;
  if (madeOf.watched) return watchedParts(facts, unit);
  if (madeOf.latest) return latest(facts, madeOf, unit);
  if (madeOf.contentStart) return startOf(facts);
  if (madeOf.weight) return weighted(facts, madeOf, madeOf.weight);
  if (madeOf.percent !== undefined) return reached(facts, madeOf.percent);
  if (madeOf.start) return { events: [0], sum: Number(saysYes(facts.session.params[madeOf.start])) };
  return together(facts, madeOf, unit);
}

/** Events, parts of time and other numbers. */
function together(facts: Facts, madeOf: MadeOf, unit: Unit): Partial<Evidence> {
  const terms = madeOf.terms?.map((name) => termOf(facts, name)) ?? [];
  const parts = evidentParts(facts, madeOf);
  if (!madeOf.from) return { ...counted(parts, unit), terms };
  return { ...parts, terms, sum: madeOf.from(...terms.map(({ value }) => value ?? 0)) };
}

function evidentParts(facts: Facts, { events, time, stalls, mended, only }: MadeOf): Parts {
  const { taking } = facts;
  // The event once for each mending that it showed.
  if (mended === "events")
    return { events: taking.flatMap(({ event, at }) => mendingsOf(event).map(() => at)), intervals: [] };
  if (mended === "time") return { events: [], intervals: mendedTimeIn(taking) };
  const takesPart = only ? ONLY[only](facts) : () => true;
  return {
    // Those that had their effect.
    events: taking
      .filter((each) => each.event.type === events && hadEffect(each.event.rule) && takesPart(each))
      .map(({ at }) => at),
    intervals: stalls ? stallsOf(facts) : timeCountedAs(taking.filter(takesPart), time ?? []),
  };
}

const ONLY: Readonly<Record<NonNullable<MadeOf["only"]>, (facts: Facts) => (taking: Taking) => boolean>> = {
  // Inside a break a `play` is the ad's.
  "outside breaks":
    () =>
    ({ event }) =>
      isOutsideBreaks(event),
  "in chapters": ({ taking }) => {
    const open = openChapters(taking);
    return ({ at }) => open.has(at);
  },
  "up to the content start":
    ({ contentStartAt }) =>
    ({ at }) =>
      at <= contentStartAt,
  "from the content start":
    ({ contentStartAt }) =>
    ({ at }) =>
      at >= contentStartAt,
};

/** The event with which main content began to play. */
function startOf({ contentStartAt }: Facts): Partial<Evidence> {
  const events = Number.isFinite(contentStartAt) ? [contentStartAt] : [];
  return { events, sum: events.length };
}

/** How parts come to a number: how many there are, whether there is one, or how long they are together. */
function counted(parts: Parts, unit: Unit): Pick<Evidence, "events" | "intervals" | "sum"> {
  const { events, intervals } = parts;
  const many = events.length + intervals.length;
  if (unit === "s") return { ...parts, sum: secondsOf(msOf(intervals)) };
  if (unit !== "flag") return { ...parts, sum: many };
  return { events: events.slice(0, 1), intervals: intervals.slice(0, 1), sum: Number(many > 0) };
}

function isOutsideBreaks({ breakStateAfter }: LedgerEvent): boolean {
  return breakStateAfter === null;
}

function mendedTimeIn(taking: readonly Taking[]): Counted[] {
  return taking.map(({ event, at }) => ({ at, ...mendedPartOf(event) })).filter(({ fromMs, toMs }) => toMs > fromMs);
}

interface Interval extends Counted {
  readonly countedAs: string;
}

function intervalsOf({ event, at }: Taking): Interval[] {
  return partsOf(event).map((part) => ({ at, ...part }));
}

function msOf(intervals: readonly Counted[]): number {
  return intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function timeCountedAs(taking: readonly Taking[], kinds: readonly string[]): Counted[] {
  return taking
    .flatMap(intervalsOf)
    .filter(({ fromMs, toMs, countedAs }) => toMs > fromMs && kinds.includes(countedAs))
    .map(({ at, fromMs, toMs }) => ({ at, fromMs, toMs }));
}

/** The events after which a chapter was open. */
function openChapters(taking: readonly Taking[]): ReadonlySet<number> {
  const open = new Set<number>();
  let isOpen = false;
  for (const { event, at } of taking) {
    if (hadEffect(event.rule) && event.type.startsWith("chapter")) isOpen = event.type === "chapterStart";
    if (isOpen) open.add(at);
  }
  return open;
}

/** Runs at one playhead: what lies between two of them was counted as something else. */
function stallsOf({ taking }: Facts): Counted[] {
  const runs: Counted[] = [];
  let wasStall = false;
  for (const { at, fromMs, toMs, countedAs } of taking.flatMap(intervalsOf)) {
    const isStall = countedAs === "stall";
    const last = runs.at(-1);
    if (isStall && wasStall && last) runs[runs.length - 1] = { ...last, toMs };
    else if (isStall) runs.push({ at, fromMs, toMs });
    wasStall = isStall;
  }
  return runs;
}

/** What an event reports of quality; bitrates are bits whatever the player said. */
function reportedBy({ qoeData, params, flags }: LedgerEvent, key: ParameterKey): number | undefined {
  const value = reportedNumber(qoeData[key]) ?? reportedNumber(params[key]);
  if (key !== "media.qoe.bitrate") return value;
  return value && flags.includes("bitrate-in-kilobits") ? value * BITS_PER_KILOBIT : value || undefined;
}

/** Time weighs with the value that was the latest by then. */
function weighted({ taking }: Facts, { time = [] }: MadeOf, key: ParameterKey): Partial<Evidence> {
  const kinds: readonly string[] = time;
  const intervals: Counted[] = [];
  let weight: number | undefined;
  let ms = 0;
  let timesMs = 0;
  for (const each of taking) {
    weight = reportedBy(each.event, key) ?? weight;
    for (const { at, fromMs, toMs, countedAs } of intervalsOf(each)) {
      if (weight === undefined || toMs === fromMs || !kinds.includes(countedAs)) continue;
      intervals.push({ at, fromMs, toMs, weight });
      ms += toMs - fromMs;
      timesMs += weight * (toMs - fromMs);
    }
  }
  return { intervals, sum: ms === 0 ? null : finite(Math.round((timesMs / ms) * 1000) / 1000) };
}

/** The latest report under a key of quality data, where times are milliseconds. */
function latest(facts: Facts, { latest: key, only }: MadeOf, unit: Unit): Partial<Evidence> {
  const reports = facts.taking.filter(({ event }) => key && reportedBy(event, key) !== undefined);
  const isUpToStart = ({ at }: Taking) => at <= facts.contentStartAt;
  const found = only === "up to the content start" ? (reports.findLast(isUpToStart) ?? reports[0]) : reports.at(-1);
  const value = found && key && reportedBy(found.event, key);
  const events = found ? [found.at] : [];
  if (unit === "flag") return { events, sum: Number((value ?? 0) > 0) };
  if (value === undefined) return { events, sum: null };
  return { events, sum: unit === "s" ? secondsOf(Math.round(value)) : value };
}

/** The event whose playhead was the first to get that far; the furthest where none did. */
function reached({ taking, contentStartAt, session }: Facts, percent: number): Partial<Evidence> {
  const length = numberIn(session, "media.length");
  if (length === null) return { terms: [fact("media.length", null)], sum: null };
  const after = taking.filter(({ at }) => at >= contentStartAt);
  const reaching = after.find(({ event }) => reachesShare(Math.round(event.playhead * SECOND_MS), length, percent));
  const furthest = after.reduce<Taking | undefined>(
    (best, each) => (best && best.event.playhead >= each.event.playhead ? best : each),
    undefined,
  );
  const shown = reaching ?? furthest;
  const terms = [fact(`${percent} % of media.length`, (length * percent) / 100)];
  return { terms, events: shown ? [shown.at] : [], sum: Number(reaching !== undefined) };
}

/** The parts of the content that were watched: how long they are, or how many of its segments they touch. */
function watchedParts({ watched }: Facts, unit: Unit): Partial<Evidence> {
  const spans = watched.map(([from = 0, to = 0]): Span => [from, to]);
  const spansMs = spans.map(([from, to]): Span => [Math.round(from * SECOND_MS), Math.round(to * SECOND_MS)]);
  return { spans, sum: unit === "s" ? secondsOf(lengthOf(spansMs)) : segmentsIn(spansMs) };
}

/** The metrics of a player state, which are in no list. */
function ofState({ periods }: Facts, id: string): Partial<Evidence> {
  const parsed = parseStateMetric(id);
  if (!parsed) return {};
  const { unit } = STATE_PARTS[parsed.part];
  const active = periods.states.get(parsed.state) ?? [];
  const intervals = active.map(({ at, fromMs, toMs }) => ({ at, fromMs, toMs }));
  return counted(
    unit === "s" ? { events: [], intervals } : { events: active.map(({ at }) => at), intervals: [] },
    unit,
  );
}

function quotient(facts: Facts, { of, by }: Ratio): Partial<Evidence> {
  const terms = [...new Set([...of, ...by])].map((name) => termOf(facts, name));
  // Whole milliseconds add up exactly.
  const scale = terms.every(({ isMetric }) => isMetric) ? SECOND_MS : 1;
  const values = new Map(
    terms.map(({ name, value }) => [name, scale === 1 ? value : Math.round((value ?? 0) * scale)]),
  );
  const sumOf = (names: readonly string[]) => names.reduce((sum, name) => sum + (values.get(name) ?? 0), 0);
  const whole = sumOf(by);
  return { terms, sum: whole === 0 ? null : finite(sumOf(of) / whole) };
}

/** No number holds the share of a length of 1e-310 s: there is none then. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Another metric, a parameter of the start, or whether the session is closed. */
function termOf({ metrics, session, isOver }: Facts, name: string): Term {
  const numbers: NamedMetrics = metrics;
  if (METRIC_BY_ID.has(name)) return { name, value: numbers[name] ?? null, isMetric: true };
  return fact(name, name === "closed" ? Number(isOver) : numberIn(session, name as ParameterKey));
}

function fact(name: string, value: number | null): Term {
  return { name, value, isMetric: false };
}

/** A parameter that counts something; null where it is unknown. */
function numberIn({ params }: Pick<SessionDetail["session"], "params">, key: ParameterKey): number | null {
  if (key === "media.length" && contentOf({ params }).lengthMs === undefined) return null;
  const value = params[key];
  return typeof value === "number" && value > 0 ? value : null;
}

function saysYes(value: unknown): boolean {
  return String(value).toLowerCase() === "true";
}
