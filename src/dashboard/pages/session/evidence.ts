/**
 * Finds the evidence of a number: the parts of time, the events or the other numbers that it was made of.
 *
 * The metric's own row says what those are. They add up to the number itself, as tests check for every session that
 * they have.
 */

import { SECOND_MS, secondsOf } from "../../../base/units.ts";
import type { ParameterKey } from "../../../protocol/parameters.ts";
import { contentOf, reachesShare } from "../../../sessions/content.ts";
import { hadEffect, mendingsIn } from "../../../sessions/ledger.ts";
import type { MadeOf, Ratio, Unit } from "../../../sessions/metrics/definition.ts";
import { isOverBehind } from "../../../sessions/metrics/derived.ts";
import { parseStateMetric, STATE_PARTS } from "../../../sessions/metrics/states.ts";
import { METRIC_BY_ID, type NamedMetrics } from "../../../sessions/metrics.ts";
import { lengthOf, type Span, segmentsIn } from "../../../sessions/watched.ts";
import type { LedgerEvent, SessionDetail } from "../../api/answers.ts";
import { adsPlayedTo, emptyBreaksOf, errorsInAds, openAdsOf } from "./ad-parts.ts";
import {
  type CountedPart,
  counted,
  type Evidence,
  finite,
  inEvents,
  intervalsOf,
  isContentPlaying,
  isOutsideBreaks,
  type Parts,
  type SessionCourse,
  type TakenEvent,
  type Term,
} from "./course.ts";
import { mendedPartOf, type Periods, periodsOf, takingPart } from "./periods.ts";
import {
  advanced,
  asWatched,
  buffered,
  jumped,
  lastErrorOf,
  playedBehind,
  untilThen,
  withFastSettled,
} from "./playback-parts.ts";
import { latest, reportedChanges, weighted } from "./report-parts.ts";

type Evident = Pick<SessionDetail, "session" | "metrics" | "watched" | "events">;

/** What the parts are found in. */
interface Facts extends Evident, SessionCourse {
  readonly periods: Periods;
}

const NOTHING: Evidence = { intervals: [], events: [], spans: [], terms: [], sum: null };

/** What each number of a session was made of, worked out when it is asked for. */
export function evidenceOf(detail: Evident): (id: string) => Evidence {
  const { session } = detail;
  const events = withFastSettled(detail.events.map(atItsInstant));
  const taking = takingPart(events);
  const contentStart = taking.find(({ event }) => isContentPlaying(event));
  const facts: Facts = {
    ...detail,
    taking,
    periods: periodsOf(events, session.status === "open"),
    contentStartAt: contentStart?.at ?? Infinity,
    isOver: session.status === "closed" || taking.some(({ event }) => event.type === "sessionEnd"),
  };
  return (id) => ({ ...NOTHING, ...evidenceIn(facts, id) });
}

/** Finds the evidence by what a row says that its number is made of. */
type Finder<Key extends keyof MadeOf> = (
  facts: Facts,
  asked: NonNullable<MadeOf[Key]>,
  row: { readonly madeOf: MadeOf; readonly unit: Unit },
) => Partial<Evidence>;

/** By what is made of that alone; anything else is made of events, time and other numbers together. */
const FINDERS: { readonly [Key in keyof MadeOf]?: Finder<Key> } = {
  watched: (facts, _, { unit }) => watchedParts(facts, unit),
  latest: (facts, _, { madeOf, unit }) => latest(facts, madeOf, unit),
  contentStart: startOf,
  weight: (facts, key, { madeOf, unit }) => weighted(facts, madeOf, key, unit),
  percent: reached,
  jumps: (facts, which, { unit }) => jumped(facts, which, unit),
  buffers: buffered,
  until: untilThen,
  lastError: (facts, _, { madeOf }) => failed(facts, madeOf),
  adPercent: (facts, percent) => inEvents(adsPlayedTo(facts, percent)),
  openAd: (facts) => inEvents(facts.isOver ? openAdsOf(facts) : []),
  emptyBreaks: (facts) => inEvents(emptyBreaksOf(facts)),
  reports: reportedChanges,
  advance: advanced,
  lengthOnceStarted: lengthOfStarted,
  start: ({ session }, key) => ({ events: [0], sum: Number(saysYes(session.params[key])) }),
};

/** The event at the instant by which it counts. */
function atItsInstant(event: LedgerEvent): LedgerEvent {
  const { mendedTs } = event;
  return mendedTs === undefined ? event : { ...event, ts: mendedTs };
}

function evidenceIn(facts: Facts, id: string): Partial<Evidence> {
  const row = METRIC_BY_ID.get(id);
  if (!row) return ofState(facts, id);
  if (row.ratio) return quotient(facts, row.ratio);
  const { madeOf, unit } = row;
  for (const key of Object.keys(FINDERS) as (keyof MadeOf)[]) {
    const find = FINDERS[key] as Finder<keyof MadeOf> | undefined;
    const asked = madeOf[key];
    if (find && asked !== undefined) return find(facts, asked, row);
  }
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
  // The event once for each mending that it showed; one behind the end may have shown some, too.
  if (mended === "events") {
    return { events: facts.events.flatMap((event, at) => mendingsIn(event.flags).map(() => at)), intervals: [] };
  }
  if (mended === "time") return { events: [], intervals: mendedTimeIn(taking) };
  const takesPart = only ? ONLY[only](facts) : () => true;
  const times = timeCountedAs(taking.filter(takesPart), time ?? []);
  return {
    // Those that had their effect.
    events: taking
      .filter((each) => each.event.type === events && hadEffect(each.event.rule) && takesPart(each))
      .map(({ at }) => at),
    intervals: stalls
      ? stallsOf(facts)
      : only === "while watched"
        ? times.map((each) => asWatched(facts.events, each))
        : times,
  };
}

const ONLY: Readonly<Record<NonNullable<MadeOf["only"]>, (facts: Facts) => (taking: TakenEvent) => boolean>> = {
  // Inside a break a `play` is the ad's.
  "outside breaks":
    () =>
    ({ event }) =>
      isOutsideBreaks(event),
  "in chapters": ({ taking }) => {
    const open = openChapters(taking);
    return ({ at }) => open.has(at);
  },
  "in ads": (facts) => {
    const isInAd = new Set(errorsInAds(facts));
    return ({ at }) => isInAd.has(at);
  },
  "while watched":
    () =>
    ({ event }) =>
      event.interval.watched !== undefined,
  "before the content start":
    ({ contentStartAt }) =>
    ({ at }) =>
      at < contentStartAt,
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

/** The latest error since the content start, and what played behind it. */
function failed(facts: Facts, { terms: names = [] }: MadeOf): Partial<Evidence> {
  const terms = names.map((name) => termOf(facts, name));
  const error = lastErrorOf(facts);
  if (error === undefined) return { terms, sum: 0 };
  const [isOver, completes] = terms.map(({ value }) => value === 1);
  const playedMs = playedBehind(facts, error);
  const played = fact("seconds played behind it", secondsOf(playedMs));
  return { events: [error], terms: [...terms, played], sum: Number(isOver && !completes && isOverBehind(playedMs)) };
}

function lengthOfStarted({ session, contentStartAt }: Facts): Partial<Evidence> {
  const length = Number.isFinite(contentStartAt) ? numberIn(session, "media.length") : null;
  const sum = length === null ? null : secondsOf(Math.round(length * SECOND_MS));
  return { events: length === null ? [] : [0], terms: [fact("media.length", length)], sum };
}

function mendedTimeIn(taking: readonly TakenEvent[]): CountedPart[] {
  return taking.map(({ event, at }) => ({ at, ...mendedPartOf(event) })).filter(({ fromMs, toMs }) => toMs > fromMs);
}

function timeCountedAs(taking: readonly TakenEvent[], kinds: readonly string[]): CountedPart[] {
  return taking
    .flatMap(intervalsOf)
    .filter(({ fromMs, toMs, countedAs }) => toMs > fromMs && kinds.includes(countedAs))
    .map(({ at, fromMs, toMs }) => ({ at, fromMs, toMs }));
}

/** The events after which a chapter was open. */
function openChapters(taking: readonly TakenEvent[]): ReadonlySet<number> {
  const open = new Set<number>();
  let isOpen = false;
  for (const { event, at } of taking) {
    if (hadEffect(event.rule) && event.type.startsWith("chapter")) isOpen = event.type === "chapterStart";
    if (isOpen) open.add(at);
  }
  return open;
}

/** Runs at one playhead: what lies between two of them was counted as something else. */
function stallsOf({ taking }: Facts): CountedPart[] {
  const runs: CountedPart[] = [];
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

/** The event whose playhead was the first to get that far; the furthest where none did. */
function reached({ taking, contentStartAt, session }: Facts, percent: number): Partial<Evidence> {
  const length = numberIn(session, "media.length");
  if (length === null) return { terms: [fact("media.length", null)], sum: null };
  const after = taking.filter(({ at }) => at >= contentStartAt);
  const reaching = after.find(({ event }) => reachesShare(Math.round(event.playhead * SECOND_MS), length, percent));
  const furthest = after.reduce<TakenEvent | undefined>(
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

function quotient(facts: Facts, { of, by, times = {}, isPartial }: Ratio): Partial<Evidence> {
  const terms = [...new Set([...of, ...by])].map((name) => termOf(facts, name));
  if (isPartial && terms.some(({ value }) => value === null)) return { terms };
  // Whole milliseconds add up exactly.
  const isOfTime =
    terms.every(({ isMetric }) => isMetric) && terms.some(({ name }) => METRIC_BY_ID.get(name)?.unit === "s");
  const values = new Map(
    terms.map(({ name, value }) => [name, isOfTime ? Math.round((value ?? 0) * SECOND_MS) : value]),
  );
  const timesOf: Readonly<Record<string, number | undefined>> = times;
  const sumOf = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + (timesOf[name] ?? 1) * (values.get(name) ?? 0), 0);
  const whole = sumOf(by);
  return { terms, sum: whole === 0 ? null : finite(sumOf(of) / whole) };
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
