/** CSV by RFC 4180, safe to open in a spreadsheet: no cell runs as a formula. */

type CsvCell = string | number | boolean | null | undefined;

/** Without it a spreadsheet takes UTF-8 for the machine's own encoding. */
export const BOM = "\ufeff";
const CRLF = "\r\n";
/** Matches a cell that a spreadsheet would run as a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i;
const NEEDS_QUOTES = /[",\r\n]/;

/** One line, with its line end. */
export function csvLine(cells: readonly CsvCell[]): string {
  return cells.map(csvCell).join(",") + CRLF;
}

/**
 * One cell: empty for no value, `""` for the empty text.
 *
 * Text that a spreadsheet would run as a formula gets a `'` in front; a number is no formula, whatever its sign.
 */
export function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const safe = FORMULA.test(cell) && !PLAIN_NUMBER.test(cell) ? `'${cell}` : cell;
  return safe === "" || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
