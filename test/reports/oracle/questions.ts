/** Random questions: every metric with every aggregation, names of every scope, filters of every operator. */

import fc from "fast-check";
import { findMetric, REPORT_METRICS } from "../../../src/reports/catalogue/metrics.ts";
import { METADATA_KEYS, STATES } from "../viewers.ts";
import { type Cell, type Granularity, LIST, type OracleFilter, type Question, timeOf, wordsIn } from "./items.ts";
import { numberOf, stateMetricIds } from "./metrics.ts";
import { NAMES, PARTS, type PartScope, type SessionView, scopeOfName, valueIn } from "./sessions.ts";

/** A question with what only the form of its answer depends on. */
export interface Asked extends Question {
  readonly sort: { readonly column: string; readonly descending: boolean } | undefined;
  readonly limit: number | undefined;
  readonly compare: boolean;
}

const METADATA = METADATA_KEYS.map((key) => ({ name: `customMetadata.${key}`, scope: "session", type: "text" }));
const TIMES = ["hourOfDay", "dayOfWeek"].map((name) => ({ name, scope: "session", type: "number" }));
const ALL_NAMES = [...NAMES, ...TIMES, ...METADATA];
const METRIC_IDS = [
  ...REPORT_METRICS.map(({ id }) => id),
  ...stateMetricIds(STATES.filter((name) => name !== "ad" && name !== "fullscreen")),
];
/**
 * Berlin's and Beirut's clocks change within the range, Beirut's at midnight, Lord Howe's by half an hour; Kathmandu is
 * 5:45 ahead.
 */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "America/St_Johns",
  "Pacific/Auckland",
  "Australia/Lord_Howe",
] as const;
/** Scopes that one question may speak of; the session's is in all of them. */
const COMPANIES: readonly (readonly string[])[] = [
  ["ad"],
  ["ad", "adBreak"],
  ["adBreak"],
  ["chapter"],
  ["state"],
  ["error"],
];
const NO_COMPANY: readonly string[] = [];

const ONE_METRIC = fc.constantFrom(...new Set(METRIC_IDS)).chain((id) => {
  const aggregations = findMetric(id)?.aggregations ?? [];
  return fc.constantFrom(id, ...aggregations.map((each) => `${id}:${each}`));
});
/** What adds up over sessions, or is counted over all of them: either side of a ratio. */
const SIDES = METRIC_IDS.filter((id) => ["sum", "distinct"].includes(findMetric(id)?.aggregations[0] ?? ""));
const SIDE = fc.constantFrom(...new Set(SIDES));
const METRIC = fc
  .oneof(
    { weight: 4, arbitrary: ONE_METRIC },
    { weight: 1, arbitrary: fc.constantFrom("playingTime", "adPlayingTime", "averageAudience") },
    fc.tuple(SIDE, SIDE).map(([of, by]) => `${of}/${by}`),
  )
  .chain((column) => fc.constantFrom(column, column, column, `${column}:change`));
/** Counts, and times by their buckets. */
const COUNTED = METRIC_IDS.filter((id) => {
  const metric = findMetric(id);
  return !id.includes(".") && !metric?.counts && !metric?.ratio && ["count", "flag", "s"].includes(metric?.unit ?? "");
}).map((id) => (findMetric(id)?.unit === "s" ? `${id}:bucket` : id));

interface FilterDraft {
  readonly name: string;
  readonly operator: OracleFilter["operator"];
  /** Which session's value it is compared with, and by how much that is changed. */
  readonly at: readonly number[];
  readonly isNotSet: boolean;
}

function draftOf(names: readonly (typeof ALL_NAMES)[number][]): fc.Arbitrary<FilterDraft> {
  const rest = { at: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), isNotSet: fc.nat(7).map((n) => n === 0) };
  const ofNames = fc.constantFrom(...names).chain(({ name, type }) => {
    const compared = type === "yes-no" ? [] : ([">", "<"] as const);
    const operators = ["==", "!=", "in", ...(type === "text" ? (["=~"] as const) : []), ...compared] as const;
    return fc.record({ name: fc.constant(name), operator: fc.constantFrom(...operators), ...rest });
  });
  const ofMetrics = fc.record({
    name: fc.constantFrom(...new Set(METRIC_IDS.filter((id) => !findMetric(id)?.counts))),
    operator: fc.constantFrom("==", "!=", "in", ">", "<"),
    ...rest,
  });
  return fc.oneof({ weight: 4, arbitrary: ofNames }, { weight: 1, arbitrary: ofMetrics }) as fc.Arbitrary<FilterDraft>;
}

const GRANULARITY = fc.constantFrom<Granularity>("minute", "hour", "day", "week", "month", "year");
const HOUR_MS = 3_600_000;

/** Questions about sessions that started in a range. */
export function questionsOn(
  views: readonly SessionView[],
  range: { readonly fromMs: number; readonly toMs: number },
): fc.Arbitrary<Asked> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(NO_COMPANY) }, fc.constantFrom(...COMPANIES)).chain((company) => {
    const names = ALL_NAMES.filter(({ scope }) => scope === "session" || company.includes(scope));
    const own = names.filter(({ scope }) => scope !== "session");
    const usual = names.filter(({ name }) => /^(media\.(c|genre)|customMetadata\.|hourOfDay|dayOfWeek)/.test(name));
    const name = fc.oneof(
      fc.constantFrom(...names),
      fc.constantFrom(...(own.length > 0 ? own : usual)),
      fc.constantFrom(...usual),
    );
    return (
      fc
        .record({
          metrics: fc.uniqueArray(METRIC, { minLength: 1, maxLength: 4 }),
          dimensions: fc.uniqueArray(
            fc.oneof({ weight: 5, arbitrary: name.map((each) => each.name) }, fc.constantFrom(...new Set(COUNTED))),
            { maxLength: 2 },
          ),
          granularity: fc.option(GRANULARITY, { nil: undefined }),
          weekStart: fc.constantFrom("monday", "sunday"),
          zone: fc.constantFrom(...ZONES),
          from: fc.nat(1000),
          length: fc.nat(1000),
          drafts: fc.oneof(fc.constant([]), fc.array(draftOf(names), { minLength: 1, maxLength: 2 })),
          includeOpen: fc.boolean(),
          sort: fc.option(fc.record({ at: fc.nat(), descending: fc.boolean() }), { nil: undefined }),
          limit: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
          compare: fc.boolean(),
        })
        // A count is refused where it is both.
        .filter(({ metrics, dimensions }) => !dimensions.some((each) => metrics.includes(each)))
        .map((drawn) => askedOf(drawn, views, range))
    );
  });
}

interface Drawn extends Omit<Question, "filters" | "fromMs" | "toMs" | "granularity"> {
  readonly granularity: Granularity | undefined;
  readonly from: number;
  readonly length: number;
  readonly drafts: readonly FilterDraft[];
  readonly sort: { readonly at: number; readonly descending: boolean } | undefined;
  readonly limit: number | undefined;
  readonly compare: boolean;
}

function askedOf(drawn: Drawn, views: readonly SessionView[], range: { fromMs: number; toMs: number }): Asked {
  const { from, length, drafts, sort, granularity, ...rest } = drawn;
  const columns = [...(granularity ? ["time"] : []), ...rest.dimensions, ...rest.metrics];
  return {
    ...rest,
    ...rangeOf(drawn, range),
    ...(granularity && { granularity }),
    filters: drafts.map((draft) => filterOf(draft, views)),
    sort: sort && { column: columns[sort.at % columns.length] as string, descending: sort.descending },
  };
}

/** Whole days where the parts say so, so that periods before are of days and months too. */
function rangeOf({ from, length, granularity, zone }: Drawn, range: { fromMs: number; toMs: number }) {
  const spanMs = range.toMs - range.fromMs;
  const fromMs = range.fromMs + Math.floor((from / 1000) ** 3 * 0.7 * spanMs);
  // Ten thousand minutes are a week.
  const lengthMs = 1 + Math.floor((length / 1000) * (granularity === "minute" ? 24 * HOUR_MS : spanMs));
  const cut = (ms: number, unit: "day" | "month") => {
    const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    return (unit === "day" ? at : at.with({ day: 1 })).startOfDay().epochMilliseconds;
  };
  if (from % 3 === 0) return { fromMs: cut(fromMs, "day"), toMs: cut(fromMs + lengthMs + 25 * HOUR_MS, "day") };
  if (from % 7 === 0 && granularity !== "minute") {
    return { fromMs: cut(fromMs, "month"), toMs: cut(cut(fromMs, "month") + 32 * 24 * HOUR_MS, "month") };
  }
  return { fromMs, toMs: fromMs + lengthMs };
}

/** Compares with what some sessions have, so that filters let something through. */
function filterOf({ name, operator, at, isNotSet }: FilterDraft, views: readonly SessionView[]): OracleFilter {
  const found = at.map((each) => sampleOf(views[each % views.length] as SessionView, name, each));
  const values = isNotSet && ["==", "!=", "in"].includes(operator) ? [null, ...found] : found;
  const typed = values.map((value) => typedFor(value, operator));
  return { name, operator, values: operator === "in" ? typed : typed.slice(0, 1) };
}

function sampleOf(view: SessionView, name: string, at: number): Cell {
  const time = timeOf(name, view.session.startedAt, "UTC");
  if (time !== undefined) return time;
  const known = ALL_NAMES.find((row) => row.name === name);
  if (!known) return numberOf({ view }, name, "session");
  const scope = scopeOfName(name);
  if (name === LIST) return wordsIn(view, []).at(at % 2) ?? null;
  if (scope === "session") return valueIn(view, undefined, name);
  const parts = PARTS[scope as PartScope](view);
  return parts.length === 0 ? null : valueIn(view, parts[at % parts.length], name);
}

function typedFor(value: Cell, operator: OracleFilter["operator"]): Cell {
  if (operator === ">" || operator === "<") {
    // Off any value, since one ratio can be reached by two ways of dividing.
    return (typeof value === "number" ? value : Number(value) || 2) + 0.0001;
  }
  if (operator !== "=~") return value;
  const text = String(value ?? "x");
  return text.slice(Math.floor(text.length / 3), Math.ceil((text.length * 2) / 3)).toUpperCase();
}

/** The question as `POST /admin/api/reports` takes it. */
export function bodyOf(asked: Asked): object {
  const {
    metrics,
    dimensions,
    granularity,
    weekStart,
    fromMs,
    toMs,
    zone,
    filters,
    includeOpen,
    sort,
    limit,
    compare,
  } = asked;
  return {
    metrics: [...metrics],
    ...(dimensions.length > 0 && { dimension: [...dimensions] }),
    ...(granularity && { granularity }),
    ...(weekStart && { weekStart }),
    from: fromMs,
    to: toMs,
    timezone: zone,
    filter: filters.map(({ name, operator, values }) =>
      operator === "in" ? { name, operator, values: [...values] } : { name, operator, value: values[0] ?? null },
    ),
    open: includeOpen ? "include" : "exclude",
    ...(sort && { sort: (sort.descending ? "-" : "") + sort.column }),
    ...(limit !== undefined && { limit }),
    ...(compare && { compare: "previous" }),
  };
}
