/** Files of exports as DuckDB's own readers read them, which share no line with our writers. */

import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { ColumnInfo } from "../../src/exports/field.ts";
import { tempDir } from "../support/temp-dir.ts";

export type Rows = readonly Readonly<Record<string, unknown>>[];

/** Rows as DuckDB reads a file of these bytes. */
export async function readBack(bytes: Uint8Array, readerOf: (path: string) => string): Promise<Rows> {
  using directory = tempDir();
  const path = join(directory.path, "file");
  await Bun.write(path, bytes);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const reader = await connection.runAndReadAll(`FROM ${readerOf(path)}`);
    return reader.getRowObjects();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A reader of RFC 4180 that guesses nothing; only what isn't quoted may be nothing. */
export function csvReader(columns: readonly Pick<ColumnInfo, "name">[]) {
  const types = columns.map(({ name }) => `'${name}': 'VARCHAR'`).join(", ");
  return (path: string) =>
    `read_csv('${path}', auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '',
      allow_quoted_nulls = false, columns = {${types}})`;
}
