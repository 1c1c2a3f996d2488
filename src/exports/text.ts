/** Rows as text: ndjson and csv, in chunks. */

import { KIB } from "../base/units.ts";
import type { Cell, ColumnInfo, ExportRow } from "./field.ts";
import type { ExportKind } from "./kind.ts";

const CHUNK_CHARS = 64 * KIB;
const CRLF = "\r\n";
/** What makes a spreadsheet take a cell for a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const NEEDS_QUOTES = /[",\r\n]/;

type Pages = ReturnType<ExportKind["pages"]>;
export type Chunks = AsyncGenerator<Uint8Array, void, void>;

/** One JSON object a line, as it was sent. */
export async function* ndjson(pages: Pages): Chunks {
  yield* chunked("", pages, (row) => `${JSON.stringify(row.document())}\n`);
}

/** RFC 4180, with a line of names first. */
export async function* csv(columns: readonly ColumnInfo[], pages: Pages): Chunks {
  const line = (cells: readonly Cell[]) => cells.map(csvCell).join(",") + CRLF;
  const head = line(columns.map(({ name }) => name));
  yield* chunked(head, pages, (row) => line(row.cells()));
}

/**
 * A cell as csv: nothing is empty, the empty text `""`.
 *
 * Text that a spreadsheet would run as a formula gets a `'` in front; a number is no formula, whatever its sign.
 */
export function csvCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string") return String(cell);
  const safe = FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell;
  return safe === "" || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Gathers lines to chunks of some 64 KiB; a longer line is a chunk by itself. */
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
