/** One row per session: its start as it was sent, how it ended, and its numbers. */

import { secondsOf } from "../../base/units.ts";
import { DERIVED_WORDS } from "../../protocol/derived.ts";
import type { MetricDefinition } from "../../sessions/metrics/definition.ts";
import { STATE_METRICS } from "../../sessions/metrics/states.ts";
import { METRICS } from "../../sessions/metrics.ts";
import type { ColumnInfo, Field } from "../field.ts";
import { exportKind } from "../kind.ts";
import type { NumberedSession } from "../source.ts";
import { OTHER_PARAMS, parameterColumns, SESSION_FIELDS } from "./parameters.ts";

const START_FIELDS: readonly Field<NumberedSession>[] = [
  {
    name: "receivedAt",
    type: "instant",
    summary: "when the start arrived, by the server's clock",
    of: ({ session }) => session.start.receivedAtMs,
  },
  {
    name: "ts",
    type: "instant",
    summary: "of the start, by the player's clock",
    of: ({ session }) => session.start.tsMs,
  },
  {
    name: "playhead",
    type: "number",
    unit: "s",
    summary: "of the start",
    of: ({ session }) => secondsOf(session.start.playheadMs),
  },
  {
    name: "closedAt",
    type: "instant",
    summary: "when it closed, by the server's clock",
    of: ({ session }) => session.close?.closedAtMs,
  },
  { name: "closeReason", type: "text", summary: "why it closed", of: ({ session }) => session.close?.reason },
  {
    name: "endTs",
    type: "instant",
    summary: "its end by the player's clock",
    of: ({ session }) => session.close?.endTsMs,
  },
  {
    name: "downloaded",
    type: "boolean",
    summary: "whether it was played offline and sent later",
    of: ({ session }) => session.downloaded,
  },
  { name: "flags", type: "json", summary: "what validation noticed about the start", of: flagsOf },
  {
    name: "params",
    summary: "params of the start",
    of: ({ session }) => session.start.params,
    keys: parameterColumns("sessionStart"),
    rest: OTHER_PARAMS,
  },
  { name: "qoeData", type: "json", summary: "qoeData of the start", of: ({ session }) => session.start.qoeData },
  {
    name: "customMetadata",
    type: "json",
    summary: "customMetadata of the start",
    of: ({ session }) => session.start.customMetadata,
  },
  {
    name: "unknownMembers",
    type: "json",
    summary: "members of the start that no event has in the reference",
    of: ({ session }) => session.start.unknownMembers,
  },
  {
    name: "derived",
    summary: "what the server knows of the session beside what its player says",
    of: ({ session }) => session.start.derived,
    keys: DERIVED_WORDS.map(({ key, summary }): ColumnInfo => ({ name: key, type: "text", summary })),
  },
];

const NUMBER_FIELDS: readonly Field<NumberedSession>[] = [
  {
    name: "definitions",
    type: "integer",
    summary: "the version of the definitions that gave the numbers",
    of: ({ numbers }) => numbers.definitions,
  },
  {
    name: "definitionChoices",
    type: "json",
    summary: "what the server's settings chose of the definitions, where that wasn't the defaults",
    of: ({ numbers }) => numbers.choices,
  },
  {
    name: "contentSegment",
    type: "text",
    summary: "range of minutes, in steps of five, from the lowest to the highest watched second, such as `[0-15]`",
    of: ({ numbers }) => numbers.contentSegment,
  },
  {
    name: "metrics",
    summary: "every number of the session; numbers of custom states are here in ndjson, and in the states export",
    of: ({ numbers }) => numbers.metrics,
    keys: [...METRICS, ...STATE_METRICS].map(metricColumn),
  },
  {
    name: "unmended",
    type: "json",
    summary: "the same numbers without mending, where a rule mended something",
    of: ({ numbers }) => numbers.unmended,
  },
];

export const sessions = exportKind<NumberedSession>({
  name: "sessions",
  summary: "one row per session",
  rangeOf: "startedAt",
  fields: [...SESSION_FIELDS, ...START_FIELDS, ...NUMBER_FIELDS],
  rows: (source) => source.numbers(),
});

function flagsOf({ session }: NumberedSession): readonly string[] {
  return session.start.flags;
}

function metricColumn({ id, unit, definition }: Pick<MetricDefinition, "id" | "unit" | "definition">): ColumnInfo {
  return { name: id, type: "number", unit, summary: definition };
}
