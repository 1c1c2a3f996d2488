/**
 * Where the rows of a report come from: sessions, or the ads, breaks, chapters, states, errors, rules or flags in
 * them.
 *
 * A session counts once for each value that it has: a breakdown by ad counts each session once under each of its ads,
 * with the ad metrics of that ad alone.
 */

import { AppError } from "../../base/errors.ts";
import { quoted } from "../../base/sql.ts";
import { DAY_MS, HOUR_MS } from "../../base/units.ts";
import type { Range } from "../calendar.ts";
import { type Dimension, findDimension, METADATA_PREFIX, type Scope, TIMES_OF } from "../catalogue/dimensions.ts";
import { LIST_SEPARATOR } from "../catalogue/keys.ts";
import type { ReportMetricId } from "../catalogue/metrics.ts";
import { everywhere, KEPT, tableName } from "../facts/names.ts";
import { UNMENDED, UNMENDED_METRICS } from "../facts/tables.ts";
import { localSql } from "../places.ts";
import type { ReportScope } from "../query/query.ts";
import type { Values } from "./statement.ts";

const HOURS_PER_DAY = DAY_MS / HOUR_MS;
const DAYS_PER_WEEK = 7;

/** What a session column becomes when a report looks at only some of its rows. */
interface RowColumn {
  /** The value of one row. */
  readonly each: string;
  /** How the rows of one session combine: summed, counted if distinct, or any one of them. */
  readonly together: "sum" | "distinct" | "any";
}

/** Row columns by metric, without those of custom states, which no type knows. */
export type RowColumns = Readonly<Record<string, RowColumn | undefined>>;

/** The table of a scope. */
interface ScopeSource {
  readonly table: string;
  readonly columns: Readonly<Partial<Record<ReportMetricId, RowColumn>>>;
  /** Whether its rows carry metadata. */
  readonly hasMetadata?: true;
}

export type NarrowScope = Exclude<Scope, "session">;

const ROWS: RowColumn = { each: "1", together: "sum" };
const WHETHER: RowColumn = { each: "1", together: "any" };
const sumOf = (name: string): RowColumn => ({ each: `x.${quoted(name)}`, together: "sum" });

/** What the rows of ads and those of their breaks both say. */
const OF_ADS: ScopeSource["columns"] = {
  adCompletes: sumOf("completed"),
  adSkips: sumOf("skipped"),
  adTimeSpent: sumOf("timeSpent"),
  adErrors: sumOf("errors"),
  adAbandons: sumOf("abandoned"),
  adQuartile25: sumOf("quartile25"),
  adQuartile50: sumOf("quartile50"),
  adQuartile75: sumOf("quartile75"),
};

export const SCOPES: Readonly<Record<NarrowScope, ScopeSource>> = {
  ad: {
    table: "ads",
    hasMetadata: true,
    columns: {
      adBreaks: { each: 'x."adBreak"', together: "distinct" },
      adStarts: ROWS,
      adCount: ROWS,
      ...OF_ADS,
    },
  },
  adBreak: {
    table: "adBreaks",
    columns: {
      adBreaks: ROWS,
      adStarts: sumOf("adCount"),
      adCount: sumOf("adCount"),
      emptyAdBreaks: sumOf("empty"),
      ...OF_ADS,
    },
  },
  chapter: {
    table: "chapters",
    hasMetadata: true,
    columns: {
      chapterStarts: ROWS,
      chapterCount: ROWS,
      chapterCompletes: sumOf("completed"),
      chapterSkips: sumOf("skipped"),
      chapterTimeSpent: sumOf("timeSpent"),
    },
  },
  state: {
    table: "states",
    columns: { stateCount: sumOf("count"), stateStreamsImpacted: WHETHER, stateTotalDuration: sumOf("duration") },
  },
  error: { table: "errors", columns: { errorEvents: ROWS, errorImpactedStreams: WHETHER } },
  rule: {
    table: "rules",
    columns: {
      events: sumOf("events"),
      ignoredEvents: sumOf("ignored"),
      mendings: sumOf("mendings"),
      mendedTime: sumOf("mendedTime"),
    },
  },
  flag: { table: "flags", columns: { events: sumOf("events"), flaggedEvents: sumOf("events") } },
};

/** Combines the rows of one session. */
export function togetherSql({ each, together }: RowColumn): string {
  if (together === "sum") return `sum(${each})`;
  return together === "distinct" ? `count(DISTINCT ${each})` : each;
}

/**
 * Which rows the dimensions and filters of a question refer to.
 *
 * @returns undefined for sessions as wholes
 * @throws AppError `invalid-query` for two scopes that no row belongs to
 */
export function scopeOf(names: readonly string[]): NarrowScope | undefined {
  const scopes = new Set(names.map((name) => findDimension(name)?.scope).filter((each) => each !== undefined));
  scopes.delete("session");
  // An ad's row names its break.
  if (scopes.has("ad")) scopes.delete("adBreak");
  const [scope, other] = [...scopes] as NarrowScope[];
  if (scope === undefined || other === undefined) return scope;
  throw new AppError(
    "invalid-query",
    `Dimensions and filters of ${SCOPES[scope].table} and ${SCOPES[other].table} can't be in one report`,
  );
}

/** Which sessions a question sees, and which numbers of theirs. */
export type ShownSessions = Pick<ReportScope, "includeOpen" | "mended">;

/** The sessions table, with open sessions if the question includes them, and without mending if it says so. */
export function sessionsIn({ includeOpen, mended = true }: ShownSessions, table = "sessions"): string {
  const rowsOf = (name: string) => (includeOpen ? everywhere(name) : tableName(KEPT, name));
  if (mended || table !== "sessions") return rowsOf(table);
  // Only sessions that were mended have a row there, whose NULL says that there is no number.
  const replaced = UNMENDED_METRICS.map((id) => {
    const column = quoted(id);
    return `CASE WHEN u.session IS NULL THEN m.${column} ELSE u.${column} END AS ${column}`;
  });
  const unmended = `${rowsOf(UNMENDED)} u ON u.session = m.session`;
  return `(SELECT m.* REPLACE (${replaced.join(", ")}) FROM ${rowsOf(table)} m LEFT JOIN ${unmended})`;
}

/** An instant of a range as SQL, on the clocks of a zone. */
export interface ZonedInstant {
  readonly instant: string;
  readonly range: Range;
  readonly zone: string;
}

/** The sessions, each once for each value of a list. A join with the values takes more than twice as long. */
export function listedSql(name: string, shown: ShownSessions): string {
  return `(SELECT m.*, unnest(${wordsSql("m", name)}) AS listed FROM ${sessionsIn(shown)} m)`;
}

/** Whether some value of a list of the session `s` passes a condition. */
export function someOfListSql(name: string, conditionSql: (value: string) => string): string {
  return `len(list_filter(${wordsSql("s", name)}, lambda word: (${conditionSql("word")}))) > 0`;
}

/** A session without a value has none as its only one. */
function wordsSql(alias: string, name: string): string {
  return `coalesce(string_split(${alias}.${quoted(name)}, '${LIST_SEPARATOR}'), [NULL::VARCHAR])`;
}

/**
 * A dimension as SQL; `s` is the session, with a value of the list, and `x` the row of the scope.
 *
 * @param of.moment what a time of the day is of
 */
export function dimensionSql(
  name: string,
  scope: NarrowScope | undefined,
  {
    list,
    moment,
    values,
  }: { readonly list: string | undefined; readonly moment: ZonedInstant; readonly values: Values },
): string {
  if (name === list) return "s.listed";
  if (isTimeOf(name)) return timeOfSql(name, moment);
  if (name === "definitions") return `s."definitions"::DOUBLE`;
  if (name === "status") return `CASE WHEN s."open" THEN 'open' ELSE 'closed' END`;
  if (name.startsWith(METADATA_PREFIX)) return metadataSql(name.slice(METADATA_PREFIX.length), scope, values);
  const { column = name, scope: whose } = findDimension(name) as Dimension;
  return `${whose === "session" ? "s" : "x"}.${quoted(column)}`;
}

const MARK = "chr(65279)";

/**
 * A key as it is selected: the binding takes a byte order mark in front of a text for none of it, and so two titles for
 * one. It takes away one, and finds two.
 */
export function readableSql(key: string, type: string): string {
  return type === "text" ? `if(starts_with(${key}, ${MARK}), ${MARK} || ${key}, ${key})` : key;
}

/** Whether a dimension is of time: of the start, or of playing. */
export function isTimeOf(name: string): name is keyof typeof TIMES_OF {
  return name in TIMES_OF;
}

/** The hour of the day, or the day of the week, of an instant. */
function timeOfSql(name: keyof typeof TIMES_OF, { instant, range, zone }: ZonedInstant): string {
  const local = localSql(range, zone, instant);
  if (name === "hourOfDay") return `(${local} // ${HOUR_MS} % ${HOURS_PER_DAY})::DOUBLE`;
  return `(${local} // ${DAY_MS} % ${DAYS_PER_WEEK} + 1)::DOUBLE`;
}

function metadataSql(key: string, scope: NarrowScope | undefined, values: Values): string {
  const placeholder = values.add(key);
  const ofSession = valueOfKeySql('s."customMetadata"', placeholder);
  if (!scope || !SCOPES[scope].hasMetadata) return ofSession;
  return `coalesce(${valueOfKeySql('x."ownMetadata"', placeholder)}, ${ofSession})`;
}

/** Does the same as `map_extract_value`, which takes an eighth longer. */
function valueOfKeySql(map: string, key: string): string {
  return `map_values(${map})[list_position(map_keys(${map}), ${key})]`;
}
