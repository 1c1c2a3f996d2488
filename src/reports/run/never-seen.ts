/** Finds names of which no session has a value, most likely misspelt. */

import type { DuckDBConnection } from "@duckdb/node-api";
import { closestTo } from "../../base/did-you-mean.ts";
import { quoted } from "../../base/sql.ts";
import { isPersonal } from "../../protocol/personal.ts";
import { findDimension, METADATA_PREFIX } from "../catalogue/dimensions.ts";
import { SCOPES } from "../compile/source.ts";
import { runStatement, Values } from "../compile/statement.ts";
import { everywhere } from "../facts/names.ts";

export interface NeverSeen {
  readonly name: string;
  /** The closest name that occurs. */
  readonly didYouMean?: string;
}

const MAPS = [
  { table: "sessions", column: "customMetadata" },
  ...Object.values(SCOPES).flatMap(({ table, hasMetadata }) => (hasMetadata ? [{ table, column: "ownMetadata" }] : [])),
];

/** @param names dimensions that an answer has no value of */
export async function neverSeenOf(connection: DuckDBConnection, names: readonly string[]): Promise<NeverSeen[]> {
  const unseen: NeverSeen[] = [];
  for (const name of new Set(names)) {
    if (await isSeen(connection, name)) continue;
    const didYouMean = name.startsWith(METADATA_PREFIX) ? closestTo(name, await metadataNames(connection)) : undefined;
    unseen.push({ name, ...(didYouMean !== undefined && { didYouMean }) });
  }
  return unseen;
}

async function isSeen(connection: DuckDBConnection, name: string): Promise<boolean> {
  const { scope = "session", column } = findDimension(name) ?? {};
  const values = new Values();
  if (name.startsWith(METADATA_PREFIX)) {
    const key = values.add(name.slice(METADATA_PREFIX.length));
    const rows = MAPS.map((map) => `SELECT 1 FROM ${everywhere(map.table)} WHERE ${hasKeySql(map.column, key)}`);
    return hasRows(connection, values, rows.join(" UNION ALL "));
  }
  // A computed dimension has a value in every session.
  if (column === undefined) return true;
  const table = scope === "session" ? "sessions" : SCOPES[scope].table;
  return hasRows(connection, values, `SELECT 1 FROM ${everywhere(table)} WHERE ${quoted(column)} IS NOT NULL`);
}

function hasKeySql(column: string, key: string): string {
  return `list_contains(map_keys(${quoted(column)}), ${key})`;
}

async function hasRows(connection: DuckDBConnection, values: Values, sql: string): Promise<boolean> {
  return (await runStatement(connection, values.statement(`${sql} LIMIT 1`))).length > 0;
}

async function metadataNames(connection: DuckDBConnection): Promise<string[]> {
  const keys = MAPS.map(
    ({ table, column }) => `SELECT unnest(map_keys(${quoted(column)})) AS key FROM ${everywhere(table)}`,
  );
  const rows = await runStatement(
    connection,
    new Values().statement(`SELECT DISTINCT key FROM (${keys.join(" UNION ALL ")})`),
  );
  return rows.map(([key]) => METADATA_PREFIX + String(key)).filter((name) => !isPersonal(name));
}
