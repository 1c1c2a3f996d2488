/** Filters as SQL. */

import { findDimension } from "../catalogue/dimensions.ts";
import type { Filter } from "../query/filter.ts";
import type { Values } from "./statement.ts";

/** @param sql what is compared: a dimension, or a metric of one session */
export function filterSql({ name, operator, values: compared }: Filter, sql: string, values: Values): string {
  const [first = null] = compared;
  switch (operator) {
    case "==":
      return equals(sql, first, values);
    case "!=":
      return first === null ? `${sql} IS NOT NULL` : `${sql} IS DISTINCT FROM ${values.add(first)}`;
    case "in":
      return amongSql(sql, compared, values);
    case "=~":
      return `contains(lower(${sql}), lower(${values.add(first ?? "")}))`;
    case ">":
    case "<": {
      const number = findDimension(name)?.type === "text" ? numberSql(sql) : sql;
      return `${number} ${operator} ${values.add(first)}`;
    }
  }
}

/** The number that a text is; the engine takes `NaN` for the greatest of them, and `Infinity` for one. */
function numberSql(text: string): string {
  const number = `TRY_CAST(${text} AS DOUBLE)`;
  return `CASE WHEN isfinite(${number}) THEN ${number} END`;
}

/** The SQL to compare stands once, however many values there are, since the engine plans every word of it. */
function amongSql(sql: string, compared: Filter["values"], values: Values): string {
  const some = compared.filter((value) => value !== null).map((value) => values.add(value));
  const conditions = [
    ...(some.length > 0 ? [`${sql} IN (${some.join(", ")})`] : []),
    ...(some.length < compared.length ? [`${sql} IS NULL`] : []),
  ];
  return `(${conditions.join(" OR ")})`;
}

function equals(sql: string, value: Filter["values"][number], values: Values): string {
  return value === null ? `${sql} IS NULL` : `${sql} = ${values.add(value)}`;
}
