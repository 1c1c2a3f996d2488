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
