/**
 * The slack of a page: the unused bytes between its cell pointers and its cells.
 *
 * As SQLite splits and joins pages it moves cells, and leaves a copy in the slack of the old page: `secure_delete`
 * blanks deleted cells, never moved ones. This file knows SQLite's published file format, and none of our tables.
 *
 * @see https://www.sqlite.org/fileformat2.html, "B-tree Pages"
 */

/** Where a part of a page begins and ends, in bytes from the page's first. */
interface Slack {
  readonly from: number;
  readonly to: number;
}

/** The header of the whole file, which precedes the first page's own. */
const FILE_HEADER_BYTES = 100;
/** Length of a page's header by the page's first byte: interior pages of indexes and tables, then leaves of both. */
const HEADER_BYTES: Readonly<Record<number, number>> = { 2: 12, 5: 12, 10: 8, 13: 8 };
const POINTER_BYTES = 2;
const FREEBLOCK_AT = 1;
const CELLS_AT = 3;
const CONTENT_AT = 5;
const CONTENT_AT_ZERO = 65_536;

/**
 * Finds the slack of a page.
 *
 * @returns undefined for a page that has no cells, or that breaks the format
 */
export function slackOf(page: Buffer, number: number): Slack | undefined {
  const header = number === 1 ? FILE_HEADER_BYTES : 0;
  const headerBytes = HEADER_BYTES[page[header] as number];
  if (headerBytes === undefined) return undefined;
  const cells = page.readUInt16BE(header + CELLS_AT);
  const pointers = header + headerBytes;
  const from = pointers + cells * POINTER_BYTES;
  const to = page.readUInt16BE(header + CONTENT_AT) || CONTENT_AT_ZERO;
  if (from > to || to > page.length) return undefined;
  const freeblock = page.readUInt16BE(header + FREEBLOCK_AT);
  if (freeblock !== 0 && freeblock < to) return undefined;
  for (let at = pointers; at < from; at += POINTER_BYTES) if (page.readUInt16BE(at) < to) return undefined;
  return { from, to };
}

const BLANK = Buffer.alloc(CONTENT_AT_ZERO);

/** Whether a part of a page is all zeros. */
export function isBlank(page: Buffer, { from, to }: Slack): boolean {
  return page.compare(BLANK, 0, to - from, from, to) === 0;
}
