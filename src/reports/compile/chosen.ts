/** The sessions that a question is about, as SQL. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { checkStates } from "../check-states.ts";
import type { ReportScope } from "../query/query.ts";
import { VERSIONS_SQL } from "./definitions.ts";
import { statesAmong } from "./metric.ts";
import { fromSql, whereSql } from "./report.ts";
import { scopeOf } from "./source.ts";
import type { Values } from "./statement.ts";

/**
 * The numbers of the sessions, each once.
 *
 * @param conditions more of them, on the session `s`
 * @throws AppError `invalid-query`
 */
export function chosenSql(
  connection: DuckDBConnection,
  scope: ReportScope,
  values: Values,
  conditions: readonly string[] = [],
): Promise<string> {
  return selectedSql(connection, scope, values, { columns: ["s.session"], conditions });
}

/** Gives the same sessions with `versions` and `choices`: the definitions that they were folded by. */
export function definedSql(
  connection: DuckDBConnection,
  scope: ReportScope,
  values: Values,
  conditions: readonly string[] = [],
): Promise<string> {
  const columns = ["s.session", `${VERSIONS_SQL} AS versions`, "s.choices"];
  return selectedSql(connection, scope, values, { columns, conditions });
}

async function selectedSql(
  connection: DuckDBConnection,
  scope: ReportScope,
  values: Values,
  { columns, conditions }: Readonly<Record<"columns" | "conditions", readonly string[]>>,
): Promise<string> {
  await checkStates(connection, scope);
  const names = scope.filters.map(({ name }) => name);
  const narrow = scopeOf(names);
  const states = statesAmong(names);
  const from = fromSql(scope, narrow, states, values);
  const where = [whereSql(scope, { range: scope.range, scope: narrow, states }, values), ...conditions];
  // A session of which several rows pass is one session.
  return `SELECT ${narrow ? "DISTINCT" : ""} ${columns.join(", ")} ${from} WHERE ${where.join(" AND ")}`;
}
