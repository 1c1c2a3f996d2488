/** plan: a question as everything behind it reads it. */

import type { Unit } from "../../sessions/metrics/definition.ts";
import { GRANULARITIES, type Granularity, type Range } from "../calendar.ts";
import { findGroup, type GroupedBy, TIMES_OF } from "../catalogue/dimensions.ts";
import { type Places, placeSql, placesOf } from "../places.ts";
import type { MetricChoice, ReportQuery } from "../query/query.ts";
import { TIME_COLUMN } from "../query/query.ts";
import type { Expression } from "./expression.ts";
import {
  type Aggregate,
  Aggregates,
  type AskedMetrics,
  type DataTraits,
  decimalsOf,
  getMetric,
  groupedSql,
  planMetric,
  VIEWER,
} from "./metric.ts";
import { type Selection, selectionOf } from "./selection.ts";
import { dimensionSql, isTimeOf, type RowColumns, SCOPES, type ZonedInstant } from "./source.ts";
import type { Values } from "./statement.ts";

export interface Plan {
  readonly selection: Selection;
  readonly now: PlannedPeriod;
  /** The period before, where it is asked for. */
  readonly previous: PlannedPeriod | undefined;
  /** What a row is of: its time first, then its dimensions. */
  readonly groups: readonly PlannedGroup[];
  readonly aggregates: readonly Aggregate[];
  readonly metrics: readonly PlannedMetric[];
  readonly order: Order;
  readonly limit: number;
  /** Whether the hash of a text may stand for it: among so many sessions that they aren't listed. */
  readonly isCoded: boolean;
}

/** A range, with its periods where rows are by time. */
export interface PlannedPeriod {
  readonly range: Range;
  readonly places: Places | undefined;
  /** The places that playing is parted at, so that each part has one time of a row, and one by the filters. */
  readonly parts: Places | undefined;
}

/** A row's time is its place in the range. */
interface PlannedGroup extends Omit<GroupedBy, "type"> {
  readonly type: "place" | GroupedBy["type"];
}

/** A column of numbers. */
export interface PlannedMetric {
  readonly name: string;
  readonly unit: Unit | "1/s";
  readonly value: Expression;
  readonly when: "now" | "previous" | "change";
  readonly decimals: number | undefined;
}

/** What rows are sorted by: a group or a metric, by its number. */
interface Order {
  readonly by: "group" | "metric";
  readonly at: number;
  readonly descending: boolean;
}

/** The column of the same number in the period before. */
const PREVIOUS = ":previous";

/**
 * Plans a question.
 *
 * @param extent.isWide hardly ever, as is `collides`, so it is found out by trying
 * @throws AppError `invalid-query` for two scopes that no row belongs to
 */
export function planOf(
  query: ReportQuery,
  { isWide = false, isLarge = false, collides = false }: Partial<DataTraits> = {},
): Plan {
  const { dimensions, granularity, range, limit } = query;
  const aggregates = new Aggregates();
  const metrics = query.metrics.flatMap((choice): PlannedMetric[] => {
    const value = valueOfChoice(choice, { among: query.metrics, isWide, isLarge, collides }, aggregates);
    const now = {
      name: choice.column,
      unit: unitOf(choice),
      value,
      when: "now" as const,
      decimals: decimalsOf(choice),
    };
    if (choice.isChange) return [{ ...now, unit: "ratio", when: "change", decimals: undefined }];
    return query.showsPrevious ? [now, { ...now, name: choice.column + PREVIOUS, when: "previous" }] : [now];
  });
  const parted = partedBy(query);
  const periodOf = (each: Range): PlannedPeriod => {
    const places = granularity && placesOf(each, granularity, query);
    return { range: each, places, parts: parted === granularity ? places : parted && placesOf(each, parted, query) };
  };
  const groups: PlannedGroup[] = [
    ...(granularity ? [{ name: TIME_COLUMN, type: "place" } as const] : []),
    ...dimensions.map((name) => findGroup(name) ?? { name, type: "text" as const }),
  ];
  const columns = [
    ...aggregates.all.flatMap((each) => each.columns),
    ...groups.flatMap(({ metric }) => (metric ? [metric.id] : [])),
  ];
  return {
    selection: selectionOf(query, { dimensions, columns }),
    now: periodOf(range),
    previous: query.previous && periodOf(query.previous),
    groups,
    aggregates: aggregates.all,
    metrics,
    order: orderOf(query.sort, groups, metrics),
    limit,
    isCoded: isLarge && !collides,
  };
}

/** The shortest period that a row or a filter tells apart. */
function partedBy({ granularity, dimensions, filters }: ReportQuery): Granularity | undefined {
  const named = [...dimensions, ...filters.map(({ name }) => name)].filter(isTimeOf);
  const told: readonly (Granularity | undefined)[] = [granularity, ...named.map((name) => TIMES_OF[name])];
  return GRANULARITIES.find((each) => told.includes(each));
}

/** The name of a group's values. */
export function keyAt(at: number): string {
  return `k${at}`;
}

export function keysIn({ groups }: Plan): string[] {
  return groups.map((_, at) => keyAt(at));
}

/** Whether a group is of time, which playing has by itself. */
export function isOfTime({ name, type }: PlannedGroup): boolean {
  return type === "place" || isTimeOf(name);
}

/** A group's value of a session, or of a row in it. @param places those of the moment's range, for groups by time */
export function groupSql(
  { selection }: Plan,
  { name, type, metric }: PlannedGroup,
  {
    moment,
    places,
    values,
  }: { readonly moment: ZonedInstant; readonly places: Places | undefined; readonly values: Values },
): string {
  if (metric) return groupedSql(metric, selection.states);
  if (type === "place" && places) return placeSql(places, moment.instant);
  return dimensionSql(name, selection.scope, { list: selection.list, moment, values });
}

function valueOfChoice(choice: MetricChoice, asked: AskedMetrics, aggregates: Aggregates): Expression {
  const of = planMetric(choice, asked, aggregates);
  return choice.by ? { is: "quotient", of, by: planMetric(choice.by, asked, aggregates) } : of;
}

/** A quotient of one unit is a ratio; times by counts are times, and counts by times are per second. */
function unitOf({ id, by }: MetricChoice): PlannedMetric["unit"] {
  const { unit } = getMetric(id);
  if (!by) return unit;
  const isTime = getMetric(by.id).unit === "s";
  if ((unit === "s") === isTime) return "ratio";
  return isTime ? "1/s" : "s";
}

/** Whether rows are by time alone, and in its order. */
export function isPlainSeries({ groups, order }: Plan): boolean {
  return groups.length === 1 && groups[0]?.type === "place" && order.by === "group";
}

/** The columns of sessions that a plan reads. */
export function columnsIn({ aggregates }: Plan): string[] {
  return [...new Set(aggregates.flatMap(({ columns }) => columns))];
}

/** Whether viewers are asked for. */
export function hasViewers(plan: Plan): boolean {
  return columnsIn(plan).includes(VIEWER);
}

/** What is found in sessions that started in the range. */
export function ofSessions({ aggregates }: Plan): Aggregate[] {
  return aggregates.filter(({ from }) => from === "sessions");
}

/** Whether nothing but sums over rows in sessions is asked for: then they need not be put together by session first. */
export function isOfRows(plan: Plan): boolean {
  const { scope } = plan.selection;
  if (!scope) return false;
  const { columns }: { readonly columns: RowColumns } = SCOPES[scope];
  const areSums = columnsIn(plan).every((column) => columns[column]?.together === "sum");
  return areSums && ofSessions(plan).every(({ addsUp }) => addsUp === "rows");
}

/** Whether the sum of the groups' numbers is that of all: a session may be in several, of rows in it or of a list. */
export function isSummed({ selection }: Plan, { columns, addsUp }: Aggregate): boolean {
  const { scope, list } = selection;
  if (list !== undefined) return false;
  if (!scope) return addsUp !== "never";
  const ofRows: RowColumns = SCOPES[scope].columns;
  return addsUp === "rows" && columns.every((column) => ofRows[column]?.together === "sum");
}

function orderOf(
  { column, descending }: ReportQuery["sort"],
  groups: readonly PlannedGroup[],
  metrics: readonly PlannedMetric[],
): Order {
  const group = groups.findIndex(({ name }) => name === column);
  if (group >= 0) return { by: "group", at: group, descending };
  return { by: "metric", at: metrics.findIndex(({ name }) => name === column), descending };
}
