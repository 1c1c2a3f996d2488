/**
 * Columns of a batch as array texts, which statements cast: one prepared statement then serves batches of any size.
 */

/** @returns the text of a `bigint[]`, `int[]` or `smallint[]` */
export function numbersText(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join(",")}}`;
}

/** @returns the text of a `text[]` */
export function textsText(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : quoted(value))).join(",")}}`;
}

/**
 * The same for a column that is mostly empty: `unnest` fills it up beside others, and reading its nulls would cost a
 * start a twentieth.
 */
export function textsOrNull(values: readonly (string | null)[]): string | null {
  return values.every((value) => value === null) ? null : textsText(values);
}

/** @returns the text of an array of numbers, or null as {@link textsOrNull} */
export function numbersOrNull(values: readonly (number | null)[]): string | null {
  return values.every((value) => value === null) ? null : numbersText(values);
}

/** @param values texts of hexadecimal digits @returns the text of a `bytea[]` */
export function bytesText(values: readonly string[]): string {
  return `{${values.map((hex) => `"\\\\x${hex}"`).join(",")}}`;
}

/** @returns the text of a `boolean[]` */
export function flagsText(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? "t" : "f")).join(",")}}`;
}

/** @returns the text of a `bigint` that stands for another text */
export function hashText(text: string): string {
  return String(BigInt.asIntN(64, BigInt(Bun.hash(text))));
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
