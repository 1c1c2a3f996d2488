/** Which sessions pass filters, newest first: the list of sessions is then read from the store. */

import type { DuckDBConnection } from "@duckdb/node-api";
import type { SessionKey } from "../store/store.ts";
import { checkStates } from "./check-states.ts";
import { statesAmong } from "./compile/metric.ts";
import { fromSql, whereSql } from "./compile/report.ts";
import { scopeOf } from "./compile/source.ts";
import { runStatement, Values } from "./compile/statement.ts";
import type { ReportScope } from "./query/query.ts";

export interface SessionsQuery extends ReportScope {
  readonly status?: "open" | "closed";
  /** Only sessions behind this one in the list. */
  readonly after?: SessionKey;
  readonly limit: number;
}

/** @returns the numbers of the sessions */
export async function findSessions(connection: DuckDBConnection, query: SessionsQuery): Promise<number[]> {
  await checkStates(connection, query);
  const { status, after, filters, range, limit } = query;
  const names = filters.map(({ name }) => name);
  const [scope, states, values] = [scopeOf(names), statesAmong(names), new Values()];
  const from = fromSql(query, scope, states, values);
  const conditions = [
    whereSql(query, { range, scope, states }, values),
    ...(status ? [`s."open" = ${status === "open"}`] : []),
    ...(after ? [`(s."startedAt", s.session) < (${after.startedAtMs}, ${after.id})`] : []),
  ];
  const sql = `SELECT DISTINCT s.session, s."startedAt" ${from} WHERE ${conditions.join(" AND ")}
    ORDER BY s."startedAt" DESC, s.session DESC LIMIT ${limit}`;
  const rows = await runStatement(connection, values.statement(sql));
  return rows.map(([id]) => Number(id));
}
