/** The sessions, or parts of them, that a question of the oracle is about, and the periods of its range. */

import { findMetric } from "../../../src/reports/catalogue/metrics.ts";
import { type Item, numberOf } from "./metrics.ts";
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
  readonly weekStart?: "monday" | "sunday";
  readonly fromMs: number;
  readonly toMs: number;
  readonly zone: string;
  readonly filters: readonly OracleFilter[];
  readonly includeOpen: boolean;
}

export type Granularity = "minute" | "hour" | "day" | "week" | "month" | "year";
export type Cell = string | number | boolean | null;

/** The sessions that a question is about. */
export function sessionsFor(views: readonly SessionView[], question: Question): SessionView[] {
  const scope = scopeAmong(question.filters.map(({ name }) => name));
  return itemsOf(views, question, scope).map(({ view }) => view);
}

export function itemsOf(views: readonly SessionView[], question: Question, scope: OracleScope): Item[] {
  return views.filter((view) => takesPart(view, question)).flatMap((view) => itemOf(view, question, scope));
}

/** Where periods begin, from the one on in which the range begins. */
export function periodsOf(
  { fromMs, toMs, zone, weekStart }: Pick<Question, "fromMs" | "toMs" | "zone" | "weekStart">,
  granularity: Granularity,
): number[] {
  const starts: number[] = [];
  const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
  for (let at = beginOf(from, granularity, weekStart); at.epochMilliseconds < toMs; ) {
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

function beginOf(
  at: Temporal.ZonedDateTime,
  granularity: Granularity,
  weekStart: Question["weekStart"],
): Temporal.ZonedDateTime {
  if (granularity === "minute" || granularity === "hour") {
    return at.round({ smallestUnit: granularity, roundingMode: "floor" });
  }
  const day = at.startOfDay();
  if (granularity === "day") return day;
  if (granularity === "week") {
    return day.subtract({ days: weekStart === "sunday" ? day.dayOfWeek % 7 : day.dayOfWeek - 1 }).startOfDay();
  }
  return day.with(granularity === "month" ? { day: 1 } : { day: 1, month: 1 }).startOfDay();
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
function itemOf(view: SessionView, { filters, zone }: Question, scope: OracleScope): Item[] {
  const others = filters.filter(({ name }) => name !== LIST);
  if (wordsIn(view, filters).length === 0) return [];
  const passesAll = (part?: Part) => others.every((each) => passes(view, part, each, zone));
  if (scope === "session") return passesAll() ? [{ view }] : [];
  const parts = PARTS[scope as PartScope](view).filter(passesAll);
  return parts.length > 0 ? [{ view, parts }] : [];
}

/** What has several values between commas. */
export const LIST = "media.genre";

/** The values of the list, null for none, of which each passes the filters of it. */
export function wordsIn({ session: { params } }: SessionView, filters: readonly OracleFilter[]): Cell[] {
  const words = String(params[LIST] ?? "")
    .split(",")
    .map((word) => word.trim());
  const own = [...new Set(words.filter((word) => word !== ""))];
  const ofList = filters.filter(({ name }) => name === LIST);
  return (own.length > 0 ? own : [null]).filter((word) => ofList.every((each) => compares(word, each)));
}

const BOUNDS = [
  0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400,
];

/** A dimension's value, a session's count, or where the bucket begins that its time is in. */
export function groupIn(view: SessionView, part: Part | undefined, name: string): Cell {
  const [id = "", bucket] = name.split(":");
  if (bucket === undefined && (name.includes(".") || findMetric(id) === undefined)) return valueIn(view, part, name);
  const value = numberOf({ view }, id, "session");
  return bucket === undefined || value === null ? value : (BOUNDS.findLast((bound) => bound <= value) ?? null);
}

function passes(view: SessionView, part: Part | undefined, filter: OracleFilter, zone: string): boolean {
  const { name } = filter;
  const time = timeOf(name, view.session.startedAt, zone);
  if (time !== undefined) return compares(time, filter);
  const isName =
    name.includes(".") ||
    ["status", "sid", "closeReason", "downloaded", "contentSegment", "chapter", "adPod"].includes(name);
  const isDimension = (isName && !isStateMetric(name)) || name === "averageBitrateBucket";
  return compares(isDimension ? valueIn(view, part, name) : numberOf({ view }, name, "session"), filter);
}

/** The hour of the day or the day of the week; undefined for any other name. */
export function timeOf(name: string, ms: number, zone: string): number | undefined {
  if (name !== "hourOfDay" && name !== "dayOfWeek") return undefined;
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
  return name === "hourOfDay" ? at.hour : at.dayOfWeek;
}

/** Whether a value is what a filter asks for. */
export function compares(value: Cell, { operator, values }: OracleFilter): boolean {
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
