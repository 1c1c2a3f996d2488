/** Which sessions pass filters and a search, newest first: the list of sessions is then read from the store. */

import type { DuckDBConnection } from "@duckdb/node-api";
import type { SessionKey } from "../../store/queries.ts";
import { searchSql } from "../compile/search.ts";
import { fromSql, selectionOf, whereSql } from "../compile/selection.ts";
import { runStatement, Values } from "../compile/statement.ts";
import type { ReportScope } from "../query/query.ts";
import { checkStates } from "./check-states.ts";

export interface SessionsQuery extends ReportScope {
  /** Part of a title, the begin of a sid, or a whole id of a visitor. */
  readonly search?: string;
  /** The hash of the only viewer. */
  readonly viewer?: string;
  /** Whether a search finds no visitor by an id. */
  readonly hidesVisitors?: boolean;
  readonly status?: "open" | "closed";
  /** Only sessions after this one in the list. */
  readonly after?: SessionKey;
  readonly limit: number;
}

/** Lists them in the order of `store/session-key.ts`. @returns the numbers of the sessions */
export async function findSessions(connection: DuckDBConnection, query: SessionsQuery): Promise<number[]> {
  await checkStates(connection, query);
  const { search, viewer, hidesVisitors = false, status, after, range, limit } = query;
  const selection = selectionOf(query, {});
  const values = new Values();
  const from = fromSql(selection, values);
  const conditions = [
    whereSql(selection, range, values),
    ...(search === undefined ? [] : [searchSql(search, { hidesVisitors }, values)]),
    ...(viewer === undefined ? [] : [`s."viewer" = CAST(${values.add(viewer)} AS UUID)`]),
    ...(status ? [`s."open" = ${status === "open"}`] : []),
    ...(after ? [`(s."startedAt", s.session) < (${after.startedAtMs}, ${after.id})`] : []),
  ];
  // A session of which several rows pass is one session; where each is one row, looking for more would double the time.
  const distinct = selection.scope ? "DISTINCT" : "";
  const sql = `SELECT ${distinct} s.session, s."startedAt" ${from} WHERE ${conditions.join(" AND ")}
    ORDER BY s."startedAt" DESC, s.session DESC LIMIT ${limit}`;
  const rows = await runStatement(connection, values.statement(sql));
  return rows.map(([id]) => Number(id));
}
