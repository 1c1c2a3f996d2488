/** Answers a report by going through all sessions one by one. */

import { findMetric } from "../../../src/reports/catalogue/metrics.ts";
import { aggregate, firstsOf, type Item, numberOf, type OfPeriod } from "./metrics.ts";
import {
  type OracleScope,
  PARTS,
  type Part,
  type PartScope,
  type SessionView,
  scopeOfName,
  valueIn,
} from "./sessions.ts";

export interface OracleFilter {
  readonly name: string;
  readonly operator: "==" | "!=" | "=~" | ">" | "<" | "in";
  /** `null` stands for no value. */
  readonly values: readonly (string | number | boolean | null)[];
}

export interface Question {
  readonly metrics: readonly string[];
  readonly dimensions: readonly string[];
  readonly granularity?: Granularity;
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: string;
  readonly filters: readonly OracleFilter[];
  readonly includeOpen: boolean;
}

export type Granularity = "minute" | "hour" | "day" | "week" | "month";
export type Cell = string | number | boolean | null;

export interface OracleRow {
  /** The number of the period from the first one on, and the dimensions' values. */
  readonly keys: readonly Cell[];
  readonly values: readonly (number | null)[];
}

export interface OracleAnswer {
  readonly rows: readonly OracleRow[];
  readonly totals: readonly (number | null)[];
  readonly sessions: { readonly total: number; readonly open: number };
}

export function evaluate(views: readonly SessionView[], question: Question): OracleAnswer {
  const { metrics, dimensions, filters } = question;
  const scope = scopeAmong([...dimensions, ...filters.map(({ name }) => name)]);
  const { fromMs, toMs } = question;
  const whole = { fromMs, toMs, firsts: firstsOf(views) };
  const items = itemsOf(views, question, scope).map((item) => ({ ...item, period: whole }));
  const periods = question.granularity ? periodsOf(question, question.granularity) : [];
  const groups = Map.groupBy(
    items.flatMap((item) => splitByValues(item, question, periods)),
    ({ keys }) => JSON.stringify(keys),
  );
  const numbersOf = (each: readonly Item[]) => metrics.map((column) => aggregate(each, column, scope));
  return {
    rows: [...groups.values()].map((group) => ({ keys: group[0]?.keys ?? [], values: numbersOf(group) })),
    totals: numbersOf(items),
    sessions: { total: items.length, open: items.filter(({ view }) => view.session.status === "open").length },
  };
}

/** The sessions that a question is about. */
export function sessionsFor(views: readonly SessionView[], question: Question): SessionView[] {
  const scope = scopeAmong(question.filters.map(({ name }) => name));
  return itemsOf(views, question, scope).map(({ view }) => view);
}

function itemsOf(views: readonly SessionView[], question: Question, scope: OracleScope): Item[] {
  return views.filter((view) => takesPart(view, question)).flatMap((view) => itemOf(view, question, scope));
}

/** Where periods begin, from the one on in which the range begins. */
export function periodsOf(
  { fromMs, toMs, zone }: Pick<Question, "fromMs" | "toMs" | "zone">,
  granularity: Granularity,
): number[] {
  const starts: number[] = [];
  const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  for (let at = beginOf(from, granularity); at.epochMilliseconds < toMs; ) {
    starts.push(at.epochMilliseconds);
    at = nextOf(at, granularity);
  }
  return starts;
}

function nextOf(at: Temporal.ZonedDateTime, granularity: Granularity): Temporal.ZonedDateTime {
  const next = at.add({ [`${granularity}s`]: 1 });
  // A day whose midnight does not exist begins later, and the one behind it at midnight again.
  if (granularity !== "minute" && granularity !== "hour") return next.startOfDay();
  // Clocks that change by half an hour part the hour that they change in.
  const change = at.getTimeZoneTransition("next");
  if (change && change.epochMilliseconds <= next.epochMilliseconds) return change;
  return at.minute > 0 && granularity === "hour" ? next.subtract({ minutes: at.minute }) : next;
}

function beginOf(at: Temporal.ZonedDateTime, granularity: Granularity): Temporal.ZonedDateTime {
  if (granularity === "minute" || granularity === "hour") {
    return at.round({ smallestUnit: granularity, roundingMode: "floor" });
  }
  const day = at.startOfDay();
  if (granularity === "day") return day;
  return granularity === "week"
    ? day.subtract({ days: day.dayOfWeek - 1 }).startOfDay()
    : day.with({ day: 1 }).startOfDay();
}

/** The one scope beside the session's that names speak of; an ad knows its break. */
export function scopeAmong(names: readonly string[]): OracleScope {
  const scopes = new Set(names.map(scopeOfName));
  scopes.delete("session");
  if (scopes.has("ad")) scopes.delete("adBreak");
  const [scope = "session", ...others] = scopes;
  if (others.length > 0) throw new Error("No row has values of both");
  return scope;
}

function takesPart({ session }: SessionView, { fromMs, toMs, includeOpen }: Question): boolean {
  return session.startedAt >= fromMs && session.startedAt < toMs && (includeOpen || session.status === "closed");
}

/** A session with those of its parts that pass the filters; none when none passes. */
function itemOf(view: SessionView, { filters }: Question, scope: OracleScope): Item[] {
  if (scope === "session") return filters.every((each) => passes(view, undefined, each)) ? [{ view }] : [];
  const parts = PARTS[scope as PartScope](view).filter((part) => filters.every((each) => passes(view, part, each)));
  return parts.length > 0 ? [{ view, parts }] : [];
}

/** A session counts once for each value that it has. */
function splitByValues(
  { view, parts, period: whole }: Item,
  { dimensions }: Question,
  periods: readonly number[],
): (Item & { readonly keys: readonly Cell[] })[] {
  const at = periods.findLastIndex((ms) => ms <= view.session.startedAt);
  const period = whole && periods.length > 0 ? periodAt(whole, periods, at) : whole;
  const own = period && { period };
  const keysOf = (part?: Part) => [
    ...(periods.length > 0 ? [at] : []),
    ...dimensions.map((name) => groupIn(view, part, name)),
  ];
  if (!parts) return [{ view, ...own, keys: keysOf() }];
  const groups = Map.groupBy(parts, (part) => JSON.stringify(keysOf(part)));
  return [...groups.values()].map((each) => ({ view, ...own, parts: each, keys: keysOf(each[0]) }));
}

const BOUNDS = [
  0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400,
];

/** A dimension's value, a session's count, or where the bucket begins that its time is in. */
function groupIn(view: SessionView, part: Part | undefined, name: string): Cell {
  const [id = "", bucket] = name.split(":");
  if (bucket === undefined && (name.includes(".") || findMetric(id) === undefined)) return valueIn(view, part, name);
  const value = numberOf({ view }, id, "session");
  return bucket === undefined || value === null ? value : (BOUNDS.findLast((bound) => bound <= value) ?? null);
}

/** A period as far as it is in the range. */
function periodAt(whole: OfPeriod, periods: readonly number[], at: number): OfPeriod {
  return {
    ...whole,
    fromMs: Math.max(whole.fromMs, periods[at] ?? 0),
    toMs: Math.min(whole.toMs, periods[at + 1] ?? whole.toMs),
  };
}

function passes(view: SessionView, part: Part | undefined, { name, operator, values }: OracleFilter): boolean {
  const isName = name.includes(".") || ["status", "sid", "closeReason", "downloaded", "contentSegment"].includes(name);
  const isDimension = (isName && !isStateMetric(name)) || name === "averageBitrateBucket";
  const value = isDimension ? valueIn(view, part, name) : numberOf({ view }, name, "session");
  const [first = null] = values;
  switch (operator) {
    case "==":
      return value === first;
    case "!=":
      return value !== first;
    case "in":
      return values.includes(value);
    case "=~":
      return typeof value === "string" && value.toLowerCase().includes(String(first).toLowerCase());
    case ">":
      return toNumber(value) > Number(first);
    case "<":
      return toNumber(value) < Number(first);
  }
}

/** A custom state may have a point in its name. */
function isStateMetric(name: string): boolean {
  return /(Count|StreamsImpacted|TotalDuration)$/.test(name) && !name.startsWith("customMetadata.");
}

/** A text is greater or smaller than a number only if it is one. */
function toNumber(value: Cell): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}
