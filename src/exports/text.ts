/** Rows as text: ndjson and csv, in chunks. */

import { BOM, csvLine } from "../base/csv.ts";
import type { Chunks } from "../base/stream.ts";
import { KIB } from "../base/units.ts";
import type { ColumnInfo, ExportRow } from "./field.ts";
import type { ExportKind } from "./kind.ts";
import type { ExportQuery } from "./query.ts";

const CHUNK_CHARS = 64 * KIB;
type Pages = ReturnType<ExportKind["pages"]>;

/** Renders ndjson: one JSON object a line, as it was sent. */
export async function* ndjson(pages: Pages): Chunks {
  yield* chunked("", pages, (row) => `${JSON.stringify(row.document())}\n`);
}

/** Renders csv by RFC 4180, with a line of names first, after a byte order mark if one is asked for. */
export async function* csv(columns: readonly ColumnInfo[], pages: Pages, { bom }: Pick<ExportQuery, "bom">): Chunks {
  const head = (bom ? BOM : "") + csvLine(columns.map(({ name }) => name));
  yield* chunked(head, pages, (row) => csvLine(row.cells()));
}

/** Gathers lines into chunks of some 64 KiB; a longer line is a chunk by itself. */
async function* chunked(head: string, pages: Pages, textOf: (row: ExportRow) => string): Chunks {
  const encoder = new TextEncoder();
  let text = head;
  for await (const page of pages) {
    for (const row of page) {
      text += textOf(row);
      if (text.length < CHUNK_CHARS) continue;
      yield encoder.encode(text);
      text = "";
    }
  }
  if (text !== "") yield encoder.encode(text);
}
