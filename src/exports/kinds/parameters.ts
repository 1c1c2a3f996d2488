/** Documented keys as columns, and the members that several kinds share. */

import type { EventType } from "../../protocol/event.ts";
import { PARAMETERS, type ParameterType } from "../../protocol/parameters.ts";
import type { StoredSession } from "../../store/store.ts";
import type { ColumnInfo, FieldType, Single } from "../field.ts";
import type { Hashed } from "../source.ts";

/** Keeps the fraction of an integer that was sent with one: no column may round it. */
const COLUMN_TYPES: Readonly<Record<ParameterType, FieldType>> = {
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

/** The hash of a session's id. */
export const SID_HASH: Single<Hashed> = {
  name: "sidHash",
  type: "text",
  summary: "its keyed hash, by which the `erased` export names the session once it is gone",
  of: ({ sidHash }) => sidHash,
};

/** The session that a row belongs to, and when it started. */
export const SESSION_FIELDS: readonly Single<Hashed & { readonly session: StoredSession }>[] = [
  { name: "sid", type: "text", summary: "the session's id", of: ({ session }) => session.sid },
  SID_HASH,
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
  {
    name: "changedAt",
    type: "instant",
    summary: "when the session's numbers were stored last, by the server's clock; none before its close",
    of: ({ session }) => session.result?.changedAtMs,
  },
  {
    name: "revision",
    type: "integer",
    summary:
      "how often they were stored: 1 after the close, one more after late events and a recompute that changes them",
    of: ({ session }) => session.result?.edition,
  },
];
