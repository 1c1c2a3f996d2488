/**
 * Columns of a batch as array texts, which statements cast: one prepared statement then serves batches of any size.
 */

/** A column of a batch: the type of its array, and what each item has there. */
type Column<Item> =
  /** A text of digits is an integer that no number holds. */
  | { readonly type: "bigint" | "int" | "smallint"; readonly of: (item: Item) => number | string | null }
  | { readonly type: "text"; readonly of: (item: Item) => string | null }
  /** A text of hexadecimal digits. */
  | { readonly type: "bytea"; readonly of: (item: Item) => string }
  | { readonly type: "boolean"; readonly of: (item: Item) => boolean };

/** The columns of a batch by name, in the order of the statement's parameters. */
export type Columns<Item> = Readonly<Record<string, Column<Item>>>;

/** The names as `unnest` gives them: `ts, at, …`. */
export function namesOf(columns: Columns<never>): string {
  return Object.keys(columns).join(", ");
}

/** The arrays of a statement: `$6::text::bigint[], …`. @param first the first of their parameters */
export function arraysFrom(first: number, columns: Columns<never>): string {
  return Object.values(columns)
    .map(({ type }, at) => `$${first + at}::text::${type}[]`)
    .join(", ");
}

/** The same with their names, as the columns of one row. */
export function namedArraysFrom(first: number, columns: Columns<never>): string {
  return Object.entries(columns)
    .map(([name, { type }], at) => `$${first + at}::text::${type}[] AS ${name}`)
    .join(", ");
}

/** The items of those arrays at a place, from 1: `b.ts[ord::int] AS ts, …`. */
export function itemsOf(table: string, place: string, columns: Columns<never>): string {
  return Object.keys(columns)
    .map((name) => `${table}.${name}[${place}::int] AS ${name}`)
    .join(", ");
}

/** The parameter behind those arrays. */
export function behind(first: number, columns: Columns<never>): number {
  return first + Object.keys(columns).length;
}

/**
 * The values of those parameters. A column of nulls is null: `unnest` fills it up beside others, and reading its nulls
 * would cost a start a twentieth.
 */
export function arraysOf<Item>(columns: Columns<Item>, items: readonly Item[]): (string | null)[] {
  return Object.values(columns).map((column) => arrayOf(column, items));
}

function arrayOf<Item>(column: Column<Item>, items: readonly Item[]): string | null {
  if (column.type === "bytea") return bytesText(items.map(column.of));
  if (column.type === "boolean") return flagsText(items.map(column.of));
  if (column.type === "text") return unlessEmpty(items.map(column.of), textsText);
  return unlessEmpty(items.map(column.of), numbersText);
}

function unlessEmpty<T>(values: readonly (T | null)[], textOf: (values: readonly (T | null)[]) => string) {
  return values.every((value) => value === null) ? null : textOf(values);
}

/** @returns the text of a `bigint[]`, `int[]` or `smallint[]` */
export function numbersText(values: readonly (number | string | null)[]): string {
  return `{${values.map((value) => value ?? "NULL").join(",")}}`;
}

/** @returns the text of a `text[]` */
export function textsText(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "NULL" : quoted(value))).join(",")}}`;
}

/** @param values texts of hexadecimal digits @returns the text of a `bytea[]` */
function bytesText(values: readonly string[]): string {
  return `{${values.map((hex) => `"\\\\x${hex}"`).join(",")}}`;
}

/** @returns the text of a `boolean[]` */
function flagsText(values: readonly boolean[]): string {
  return `{${values.map((value) => (value ? "t" : "f")).join(",")}}`;
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, "\\$&")}"`;
}
