/** The form of a fact table: narrow columns, each with where its value comes from. */

import type { StoredFold, StoredSession } from "../../store/store.ts";
import type { ColumnType } from "../catalogue/keys.ts";

/** A session as facts are made of it. */
export interface FactSource {
  readonly session: StoredSession;
  readonly fold: StoredFold;
  /** The hash of who watches; absent for a session that doesn't say. */
  readonly viewer?: string | undefined;
  /** Whether the session goes on: its numbers are of a moment. */
  readonly open: boolean;
}

export type CellValue = number | string | boolean | Readonly<Record<string, string>> | null | undefined;

export interface FactColumn<Row> {
  /** The name that reports know it by, where it is a key or a metric. */
  readonly name: string;
  readonly type: ColumnType;
  readonly of: (row: Row) => CellValue;
}

/** A table with its columns; what a row is, only the table itself knows. */
export interface FactTable {
  readonly name: string;
  readonly columns: readonly Pick<FactColumn<never>, "name" | "type">[];
  /** The cells of a session's rows, in the order of the columns. */
  readonly cellsOf: (source: FactSource) => CellValue[][];
}

/** Makes a table; its first column is always the session. */
export function factTable<Row>(table: {
  readonly name: string;
  readonly columns: readonly FactColumn<Row>[];
  readonly rowsOf: (source: FactSource) => readonly Row[];
}): FactTable {
  const { name, columns, rowsOf } = table;
  return {
    name,
    columns: [{ name: "session", type: "BIGINT" }, ...columns],
    cellsOf: (source) =>
      rowsOf(source).map((row) => [source.session.id, ...columns.map((column) => column.of(row) ?? null)]),
  };
}
