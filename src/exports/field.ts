/**
 * The members of a row, and their columns in csv and parquet.
 *
 * In ndjson an object stays the object that was sent. Elsewhere its documented keys are columns, and one more column
 * takes all other keys, so that no format loses anything.
 */

/** `instant` is milliseconds since the epoch, `json` is text in csv and parquet. */
export type FieldType = "text" | "integer" | "number" | "boolean" | "instant" | "json";

/** A cell's value: text, a number or a boolean as it is, an object as its JSON; null for none. */
export type Cell = string | number | boolean | null;

export interface ColumnInfo {
  readonly name: string;
  readonly type: FieldType;
  readonly unit?: string | undefined;
  readonly summary: string;
}

/** A member that is one column. */
export interface Single<Row> extends ColumnInfo {
  readonly of: (row: Row) => unknown;
}

/** An object whose keys are columns of their own. */
interface Spread<Row> {
  readonly name: string;
  readonly summary: string;
  readonly of: (row: Row) => Readonly<Record<string, unknown>> | undefined;
  readonly keys: readonly ColumnInfo[];
  /** The column of all other keys; absent where every key that matters has its own. */
  readonly rest?: ColumnInfo;
}

export type Field<Row> = Single<Row> | Spread<Row>;

/** A row on its way out. */
export interface ExportRow {
  /** The ndjson object. */
  document(): Readonly<Record<string, unknown>>;
  /** In the order of the columns. */
  cells(): Cell[];
}

/** Lists the columns of fields in csv and parquet. */
export function columnsOf(fields: readonly Field<never>[]): ColumnInfo[] {
  return fields.flatMap((field) => ("keys" in field ? [...field.keys, ...(field.rest ? [field.rest] : [])] : [field]));
}

/** Makes a row from its fields. */
export function exportRow<Row>(row: Row, fields: readonly Field<Row>[]): ExportRow {
  return {
    document: () => Object.fromEntries(fields.map((field) => [field.name, field.of(row) ?? null])),
    cells: () =>
      fields.flatMap((field) =>
        "keys" in field ? spreadCells(field, field.of(row) ?? {}) : cellOf(field.of(row), field.type),
      ),
  };
}

function spreadCells<Row>({ keys, rest }: Spread<Row>, object: Readonly<Record<string, unknown>>): Cell[] {
  const cells = keys.map(({ name, type }) => (Object.hasOwn(object, name) ? fittingCell(object[name], type) : null));
  if (!rest) return cells;
  const placed = new Set(keys.filter((_, at) => cells[at] !== null).map(({ name }) => name));
  const left = Object.entries(object).filter(([key, value]) => !placed.has(key) && value !== null);
  return [...cells, left.length === 0 ? null : JSON.stringify(Object.fromEntries(left))];
}

/** Keeps a value in the rest if a player sent it with another type than documented. */
function fittingCell(value: unknown, type: FieldType): Cell {
  return typeof value === JS_TYPES[type] ? cellOf(value, type) : null;
}

const JS_TYPES: Readonly<Record<FieldType, string>> = {
  text: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  instant: "number",
  json: "object",
};

function cellOf(value: unknown, type: FieldType): Cell {
  if (value === undefined || value === null) return null;
  return type === "json" ? JSON.stringify(value) : (value as Cell);
}
