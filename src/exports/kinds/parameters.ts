/** Documented keys as columns, and the members that several kinds share. */

import type { EventType } from "../../protocol/event.ts";
import { PARAMETERS, type ParameterType } from "../../protocol/parameters.ts";
import type { StoredSession } from "../../store/store.ts";
import type { ColumnInfo, ColumnType, Single } from "../field.ts";

/** Keeps the fraction of an integer that was sent with one: no column may round it. */
const COLUMN_TYPES: Readonly<Record<ParameterType, ColumnType>> = {
  string: "text",
  number: "number",
  integer: "number",
  boolean: "boolean",
  object: "json",
  array: "json",
};

/** Makes a column for each key that is documented for an event. */
export function parameterColumns(type: EventType): ColumnInfo[] {
  return PARAMETERS.filter((row) => row.on !== "qoeData" && row.on.includes(type)).map((row) => ({
    name: row.key,
    type: COLUMN_TYPES[row.type],
    summary: row.summary,
  }));
}

/** The column of all other keys. */
export const OTHER_PARAMS: ColumnInfo = {
  name: "otherParams",
  type: "json",
  summary: "params under keys that have no column, or of another type than documented",
};

/** The session that a row belongs to, and when it started. */
export const SESSION_FIELDS: readonly Single<{ readonly session: StoredSession }>[] = [
  { name: "sid", type: "text", summary: "the session's id", of: ({ session }) => session.sid },
  {
    name: "status",
    type: "text",
    summary: "of the session: `open` (its numbers may still change) or `closed`",
    of: ({ session }) => (session.close ? "closed" : "open"),
  },
  {
    name: "startedAt",
    type: "instant",
    summary: "what dates the session: the server's clock, the player's for downloaded content",
    of: ({ session }) => session.startedAtMs,
  },
];
