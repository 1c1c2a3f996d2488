/** How keys and metrics are kept as columns. The fact tables are made from this, and the catalogues read it. */

import type { EventType } from "../../protocol/event.ts";
import { PARAMETERS, type Parameter } from "../../protocol/parameters.ts";
import type { MetricDefinition } from "../../sessions/metrics/definition.ts";

/** Integers, numbers, text, yes or no, and pairs of texts, by their names in the column store. */
export type ColumnType = "BIGINT" | "TINYINT" | "DOUBLE" | "VARCHAR" | "BOOLEAN" | "UUID" | "MAP(VARCHAR, VARCHAR)";

const TYPE_BY_PARAMETER: Readonly<Record<Parameter["type"], ColumnType>> = {
  string: "VARCHAR",
  object: "VARCHAR",
  array: "VARCHAR",
  number: "DOUBLE",
  // A fraction where an integer is documented is kept and flagged.
  integer: "DOUBLE",
  boolean: "BOOLEAN",
};

/** Stands between the words of a list. */
export const LIST_SEPARATOR = ",";

/** Values of a key that occurs that a list of such keys shows. */
export const EXAMPLES_MAX = 3;
export const EXAMPLE_CHARS_MAX = 100;

/** The keys whose values are columns of a table. */
export function keysOn(...types: readonly EventType[]): Parameter[] {
  return PARAMETERS.filter(({ on }) => on !== "qoeData" && on.some((type) => types.includes(type)));
}

/** How a key is kept. */
export function typeOfKey({ type }: Parameter): ColumnType {
  return TYPE_BY_PARAMETER[type];
}

/** Whether a metric has no column: a ratio is a quotient of sums, unless its own values are added up. */
export function isWorkedOut({ ratio, aggregate }: Pick<MetricDefinition, "ratio" | "aggregate">): boolean {
  return ratio !== undefined && aggregate === undefined;
}
