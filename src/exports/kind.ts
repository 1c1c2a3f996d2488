/** The form of a row in the catalogue of exports. */

import { type ColumnInfo, columnsOf, type ExportRow, exportRow, type Field } from "./field.ts";
import type { ExportKindName } from "./query.ts";
import type { ExportSource } from "./source.ts";

export interface ExportKind {
  readonly name: ExportKindName;
  readonly summary: string;
  /** The instant that `from` and `to` compare. */
  readonly rangeOf: string;
  /** The columns of csv and parquet. */
  readonly columns: readonly ColumnInfo[];
  /** The members of ndjson that are objects there and columns elsewhere. */
  readonly objects: readonly Pick<ColumnInfo, "name" | "summary">[];
  /** The rows of an export, page by page; a page may be empty. */
  pages(source: ExportSource): AsyncGenerator<readonly ExportRow[], void, void>;
}

interface KindDefinition<Row> extends Pick<ExportKind, "name" | "summary" | "rangeOf"> {
  readonly fields: readonly Field<Row>[];
  readonly rows: (source: ExportSource) => AsyncGenerator<readonly Row[], void, void>;
}

/** Makes a kind from its definition, and hides the type of its rows from readers. */
export function exportKind<Row>({ name, summary, rangeOf, fields, rows }: KindDefinition<Row>): ExportKind {
  return {
    name,
    summary,
    rangeOf,
    columns: columnsOf(fields),
    objects: fields.filter((field) => "keys" in field).map((field) => ({ name: field.name, summary: field.summary })),
    async *pages(source) {
      for await (const page of rows(source)) yield page.map((row) => exportRow(row, fields));
    },
  };
}
