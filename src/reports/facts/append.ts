/** Adds sessions' facts to the tables, and removes them. */

import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBUUIDValue,
  LIST,
  listValue,
  mapValue,
} from "@duckdb/node-api";
import { int64Of } from "../../base/int64.ts";
import { MIB } from "../../base/units.ts";
import type { ColumnType } from "../catalogue/keys.ts";
import type { CellValue, FactSource } from "./column.ts";
import { type FactsPart, tableName } from "./names.ts";
import { FACT_TABLES } from "./tables.ts";

/**
 * Text to hand to the binding before the garbage is collected. What the binding makes of it is outside the heap, where
 * the collector sees no reason to hurry.
 */
const COLLECTED_CHARS = 8 * MIB;

/** How much text this thread has handed over since the last collection. */
let handedChars = 0;

/** Adds the rows of sessions that have none in this part. */
export async function appendFacts(
  connection: DuckDBConnection,
  part: FactsPart,
  sources: readonly FactSource[],
): Promise<void> {
  for (const { name, columns, cellsOf } of FACT_TABLES) {
    const appender = await connection.createAppender(name, "main", part);
    try {
      for (const source of sources) {
        for (const cells of cellsOf(source)) appendRow(appender, columns, cells);
      }
    } finally {
      appender.closeSync();
    }
  }
  if (handedChars < COLLECTED_CHARS) return;
  handedChars = 0;
  Bun.gc(true);
}

/** Removes all rows of sessions, if any of the sessions has some. */
export async function removeSessions(
  connection: DuckDBConnection,
  part: FactsPart,
  ids: readonly number[],
): Promise<void> {
  if (ids.length === 0) return;
  const sessions = { ids: listValue(ids.map(BigInt)) };
  const types = { ids: LIST(BIGINT) };
  const found = await connection.runAndReadAll(
    `SELECT 1 FROM ${tableName(part, "sessions")} WHERE session IN (SELECT unnest($ids)) LIMIT 1`,
    sessions,
    types,
  );
  if (found.currentRowCount === 0) return;
  for (const { name } of FACT_TABLES) {
    await connection.run(
      `DELETE FROM ${tableName(part, name)} WHERE session IN (SELECT unnest($ids))`,
      sessions,
      types,
    );
  }
}

function appendRow(
  appender: DuckDBAppender,
  columns: readonly { readonly type: ColumnType }[],
  cells: readonly CellValue[],
): void {
  for (const [at, { type }] of columns.entries()) {
    const cell = cells[at];
    if (cell === null || cell === undefined) appender.appendNull();
    else APPEND[type](appender, cell);
  }
  appender.endRow();
}

type Append = (appender: DuckDBAppender, cell: NonNullable<CellValue>) => void;

const APPEND: Readonly<Record<ColumnType, Append>> = {
  BIGINT: (appender, cell) => appender.appendBigInt(int64Of(Math.round(cell as number))),
  TINYINT: (appender, cell) => appender.appendTinyInt(cell as number),
  DOUBLE: (appender, cell) => appender.appendDouble(cell as number),
  BOOLEAN: (appender, cell) => appender.appendBoolean(cell as boolean),
  UUID: (appender, cell) => appender.appendUUID(DuckDBUUIDValue.fromUint128(BigInt(`0x${cell}`))),
  VARCHAR: (appender, cell) => {
    handedChars += (cell as string).length;
    appender.appendVarchar(cell as string);
  },
  "MAP(VARCHAR, VARCHAR)": (appender, cell) => appender.appendMap(mapOf(cell as Readonly<Record<string, string>>)),
};

function mapOf(pairs: Readonly<Record<string, string>>) {
  const entries = Object.entries(pairs).map(([key, value]) => ({ key, value }));
  for (const { key, value } of entries) handedChars += key.length + value.length;
  return mapValue(entries);
}
