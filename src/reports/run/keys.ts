/** Which keys occur: what can be asked by, with how often and what some of its values are. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { quoted } from "../../base/sql.ts";
import { isPersonal } from "../../protocol/personal.ts";
import { DIMENSIONS, type Dimension, METADATA_PREFIX, type Scope } from "../catalogue/dimensions.ts";
import { EXAMPLE_CHARS_MAX, EXAMPLES_MAX } from "../catalogue/keys.ts";
import { fromSql, selectionOf, whereSql } from "../compile/selection.ts";
import { SCOPES } from "../compile/source.ts";
import { runStatement, Values } from "../compile/statement.ts";
import type { KeysQuery } from "../query/query.ts";

export interface OccurringKey {
  /** The dimension, as a question names it. */
  readonly name: string;
  readonly label: string;
  readonly scope: KeyScope;
  readonly type: Dimension["type"];
  /** How many sessions, ads, breaks and so on have it. */
  readonly count: number;
  /** Its most frequent values of late. */
  readonly examples: readonly string[];
}

export interface Keys {
  /** By scope, the most frequent first. */
  readonly keys: readonly OccurringKey[];
}

/** Rows, the newest ones, that examples come from; of a key that none of them has, the least and the greatest value. */
const NEWEST = 5000;
/** What a player sends keys with. */
const SCOPES_OF_KEYS = ["session", "ad", "adBreak", "chapter", "state", "error"] as const satisfies readonly Scope[];
type KeyScope = (typeof SCOPES_OF_KEYS)[number];
/** Keys of a player's own; the most frequent ones. */
const METADATA_KEYS_MAX = 1000;

/** Finds the keys that occur. */
export async function runKeys(connection: DuckDBConnection, query: KeysQuery): Promise<Keys> {
  const keys: OccurringKey[] = [];
  for (const scope of SCOPES_OF_KEYS) {
    keys.push(...(await documentedKeys(connection, query, scope)));
    const maps = scope === "session" || SCOPES[scope].hasMetadata;
    if (maps) keys.push(...(await metadataKeys(connection, query, scope)));
  }
  return { keys };
}

/** The rows of a scope that a question may see, as SQL. */
function rowsSql(query: KeysQuery, scope: KeyScope, values: Values): { readonly from: string; readonly alias: string } {
  const selection = selectionOf(query, {});
  const own = scope === "session" ? selection : { ...selection, scope };
  const from = `${fromSql(own, values)} WHERE ${whereSql(own, query.range, values)}`;
  return { from, alias: scope === "session" ? "s" : "x" };
}

async function documentedKeys(
  connection: DuckDBConnection,
  query: KeysQuery,
  scope: KeyScope,
): Promise<OccurringKey[]> {
  const asked = DIMENSIONS.filter(({ name, scope: own, column }) => {
    return (
      own === scope && column !== undefined && name.startsWith(query.prefix) && (query.personal || !isPersonal(name))
    );
  });
  if (asked.length === 0) return [];
  const values = new Values();
  const { from, alias } = rowsSql(query, scope, values);
  const columnOf = ({ column = "" }: Dimension) => `${alias}.${quoted(column)}`;
  const counts = asked.map((each) => `count(${columnOf(each)})`);
  const [found = []] = await runStatement(connection, values.statement(`SELECT ${counts.join(", ")} ${from}`));
  const occurring = asked.flatMap((each, at) => (Number(found[at]) > 0 ? [{ each, count: Number(found[at]) }] : []));
  if (occurring.length === 0) return [];
  const columns = occurring.map(({ each }) => ({ name: each.name, sql: columnOf(each) }));
  const examples = await examplesOf(connection, { columns, query, scope });
  return occurring
    .toSorted((a, b) => b.count - a.count)
    .map(({ each: { name, label, type }, count }) => {
      return { name, label, scope, type, count, examples: examples.get(name) ?? [] };
    });
}

interface Sought {
  readonly columns: readonly { readonly name: string; readonly sql: string }[];
  readonly query: KeysQuery;
  readonly scope: KeyScope;
}

/** Examples by name. */
async function examplesOf(
  connection: DuckDBConnection,
  { columns, query, scope }: Sought,
): Promise<Map<string, string[]>> {
  const values = new Values();
  const { from } = rowsSql(query, scope, values);
  const newest = columns.map(({ name, sql }) => `CAST(${sql} AS VARCHAR) AS ${quoted(name)}`);
  const rows = await runStatement(
    connection,
    values.statement(`SELECT name, value FROM (UNPIVOT
        (SELECT ${newest.join(", ")} ${from} ORDER BY s.session DESC LIMIT ${NEWEST})
        ON COLUMNS(*) INTO NAME name VALUE value)
      GROUP BY name, value
      QUALIFY row_number() OVER (PARTITION BY name ORDER BY count(*) DESC, value) <= ${EXAMPLES_MAX}
      ORDER BY name, count(*) DESC, value`),
  );
  const examples = Map.groupBy(rows as [string, string][], ([name]) => name);
  const found = new Map([...examples].map(([name, each]) => [name, each.map(([, value]) => exampleOf(value))]));
  for (const { name, sql } of columns.filter((each) => !found.has(each.name))) {
    const own = new Values();
    const older = rowsSql(query, scope, own).from;
    const [ends = []] = await runStatement(
      connection,
      own.statement(`SELECT CAST(min(${sql}) AS VARCHAR), CAST(max(${sql}) AS VARCHAR) ${older}`),
    );
    found.set(name, [...new Set((ends as string[]).map(exampleOf))]);
  }
  return found;
}

/** Leaves the fraction of whole numbers out. */
function exampleOf(value: string): string {
  return value.replace(/^(-?\d+)\.0$/, "$1").slice(0, EXAMPLE_CHARS_MAX);
}

/** Keys of the player's own: of sessions, or of ads and chapters beyond those. */
async function metadataKeys(connection: DuckDBConnection, query: KeysQuery, scope: KeyScope): Promise<OccurringKey[]> {
  const { prefix } = query;
  if (!prefix.startsWith(METADATA_PREFIX) && !METADATA_PREFIX.startsWith(prefix)) return [];
  const values = new Values();
  const { from, alias } = rowsSql(query, scope, values);
  const column = `${alias}.${quoted(scope === "session" ? "customMetadata" : "ownMetadata")}`;
  const begin = values.add(prefix.slice(METADATA_PREFIX.length));
  const rows = (await runStatement(
    connection,
    values.statement(`WITH maps AS (SELECT s.session AS session, ${column} AS map ${from} AND ${column} IS NOT NULL),
      keys AS (SELECT key, count(*) AS n FROM (SELECT unnest(map_keys(map)) AS key FROM maps)
        WHERE starts_with(key, ${begin}) GROUP BY key ORDER BY n DESC, key LIMIT ${METADATA_KEYS_MAX}),
      newest AS (SELECT unnest(map_entries(map)) AS entry
        FROM (SELECT map FROM maps ORDER BY session DESC LIMIT ${NEWEST})),
      examples AS (SELECT key, list(value ORDER BY n DESC, value)[:${EXAMPLES_MAX}] AS values FROM
        (SELECT entry.key AS key, entry.value AS value, count(*) AS n FROM newest GROUP BY ALL) GROUP BY key)
      SELECT keys.key, n, to_json(values)::VARCHAR FROM keys LEFT JOIN examples USING (key) ORDER BY n DESC, keys.key`),
  )) as [string, number, string | null][];
  return rows.map(([key, count, examples]) => ({
    name: METADATA_PREFIX + key,
    label: key,
    scope,
    type: "text",
    count,
    examples: ((JSON.parse(examples ?? "[]") ?? []) as string[]).map((each) => each.slice(0, EXAMPLE_CHARS_MAX)),
  }));
}
