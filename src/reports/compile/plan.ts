/** plan: a question as everything behind it reads it. */

import type { Unit } from "../../sessions/metrics/definition.ts";
import type { Range } from "../calendar.ts";
import { findGroup, type GroupedBy } from "../catalogue/dimensions.ts";
import { type Places, placesOf } from "../places.ts";
import type { MetricChoice, ReportQuery } from "../query/query.ts";
import { TIME_COLUMN } from "../query/query.ts";
import type { Expression } from "./expression.ts";
import { type Aggregate, Aggregates, decimalsOf, getMetric, planMetric, VIEWER } from "./metric.ts";
import { type Selection, selectionOf } from "./selection.ts";
import { type RowColumns, SCOPES } from "./source.ts";

export interface Plan {
  readonly selection: Selection;
  readonly now: Period;
  /** The period before, where it is asked for. */
  readonly previous: Period | undefined;
  /** What a row is of: its time first, then its dimensions. */
  readonly groups: readonly Group[];
  readonly aggregates: readonly Aggregate[];
  readonly metrics: readonly PlannedMetric[];
  readonly order: Order;
  readonly limit: number;
}

/** A range, with its periods where rows are by time. */
export interface Period {
  readonly range: Range;
  readonly places: Places | undefined;
}

/** A row's time is its place in the range. */
interface Group extends Omit<GroupedBy, "type"> {
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
 * @param isWide whether some session's time is beyond what 32 bits hold, 24.8 days: hardly ever, so it is found out by
 *   trying
 * @throws AppError `invalid-query` for two scopes that no row belongs to
 */
export function planOf(query: ReportQuery, { isWide = false } = {}): Plan {
  const { dimensions, granularity, zone, range, limit } = query;
  const aggregates = new Aggregates();
  const metrics = query.metrics.flatMap((choice): PlannedMetric[] => {
    const value = valueOfChoice(choice, { among: query.metrics, isWide }, aggregates);
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
  const periodOf = (each: Range): Period => {
    return { range: each, places: granularity && placesOf(each, granularity, zone) };
  };
  const groups: Group[] = [
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
  };
}

function valueOfChoice(
  choice: MetricChoice,
  among: Parameters<typeof planMetric>[1],
  aggregates: Aggregates,
): Expression {
  const of = planMetric(choice, among, aggregates);
  return choice.by ? { is: "quotient", of, by: planMetric(choice.by, among, aggregates) } : of;
}

/** A quotient of one unit is a ratio; times by counts are times, and counts by times are per second. */
function unitOf({ id, by }: MetricChoice): PlannedMetric["unit"] {
  const { unit } = getMetric(id);
  if (!by) return unit;
  const isTime = getMetric(by.id).unit === "s";
  if ((unit === "s") === isTime) return "ratio";
  return isTime ? "1/s" : "s";
}

/** The columns of sessions that a plan reads. */
export function columnsIn({ aggregates }: Plan): string[] {
  return [...new Set(aggregates.flatMap(({ columns }) => columns))];
}

/** Whether viewers are asked for. */
export function hasViewers(plan: Plan): boolean {
  return columnsIn(plan).includes(VIEWER);
}

/** Whether nothing but sums over rows in sessions is asked for: then they need not be put together by session first. */
export function isOfRows(plan: Plan): boolean {
  const { scope } = plan.selection;
  if (!scope) return false;
  const { columns }: { readonly columns: RowColumns } = SCOPES[scope];
  const areSums = columnsIn(plan).every((column) => columns[column]?.together === "sum");
  return areSums && plan.aggregates.every(({ addsUp }) => addsUp === "rows");
}

/** Whether the sum of the groups' numbers is that of all: a session may be in several groups of rows in sessions. */
export function isSummed({ selection }: Plan, { columns, addsUp }: Aggregate): boolean {
  const { scope } = selection;
  if (!scope) return addsUp !== "never";
  const ofRows: RowColumns = SCOPES[scope].columns;
  return addsUp === "rows" && columns.every((column) => ofRows[column]?.together === "sum");
}

function orderOf(
  { column, descending }: ReportQuery["sort"],
  groups: readonly Group[],
  metrics: readonly PlannedMetric[],
): Order {
  const group = groups.findIndex(({ name }) => name === column);
  if (group >= 0) return { by: "group", at: group, descending };
  return { by: "metric", at: metrics.findIndex(({ name }) => name === column), descending };
}
