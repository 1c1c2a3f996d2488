/** One row per ad, ad break, chapter, player state or error of a session. */

import { secondsOf } from "../../base/units.ts";
import type { EventType } from "../../protocol/event.ts";
import {
  type AdBreakRow,
  type AdRow,
  type ChapterRow,
  type ErrorRow,
  quartilesIn,
  type StateRow,
} from "../../sessions/rows.ts";
import type { Fold, StoredSession } from "../../store/store.ts";
import type { Field, Single } from "../field.ts";
import { exportKind } from "../kind.ts";
import type { ExportSource, Hashed } from "../source.ts";
import { OTHER_PARAMS, parameterColumns, SESSION_FIELDS } from "./parameters.ts";

/** A row of a session, with its place among the rows of its kind. */
interface Placed<T> extends Hashed {
  readonly session: StoredSession;
  readonly row: T;
  /** From 1, in the order of the fold. */
  readonly ordinal: number;
}

const ORDINAL: Single<Placed<unknown>> = {
  name: "ordinal",
  type: "integer",
  summary: "place in its session, from 1",
  of: ({ ordinal }) => ordinal,
};

const SKIPPED: Single<Placed<{ readonly skipped: boolean }>> = {
  name: "skipped",
  type: "boolean",
  summary: "whether it was left before its end",
  of: ({ row }) => row.skipped,
};

type PeriodRow = Pick<AdRow, "startTsMs" | "timeSpentMs" | "completed" | "params" | "customMetadata">;

export const ads = exportKind<Placed<AdRow>>({
  name: "ads",
  summary: "one row per ad that began in an open break",
  rangeOf: "startedAt",
  fields: [
    ...SESSION_FIELDS,
    ORDINAL,
    {
      name: "breakIndex",
      type: "integer",
      summary: "the ordinal of its ad break",
      of: ({ row }) => row.breakIndex,
    },
    ...periodFields(),
    SKIPPED,
    { name: "errors", type: "integer", summary: "errors while it was open", of: ({ row }) => row.errors },
    {
      name: "abandoned",
      type: "boolean",
      summary: "whether the session closed while it was open",
      of: ({ row }) => row.abandoned,
    },
    {
      name: "quartiles",
      type: "integer",
      summary: "quarters of its length that played, up to 3; 0 if its length is unknown",
      of: ({ row }) => quartilesIn(row),
    },
    ...saidFields("adStart"),
  ],
  rows: (source) => placed(source, (fold) => fold.ads),
});

export const adBreaks = exportKind<Placed<AdBreakRow>>({
  name: "adBreaks",
  summary: "one row per ad break",
  rangeOf: "startedAt",
  fields: [
    ...SESSION_FIELDS,
    ORDINAL,
    ...periodFields(),
    { name: "adCount", type: "integer", summary: "ads that began in it", of: ({ row }) => row.adCount },
    ...saidFields("adBreakStart"),
  ],
  rows: (source) => placed(source, (fold) => fold.adBreaks),
});

export const chapters = exportKind<Placed<ChapterRow>>({
  name: "chapters",
  summary: "one row per chapter",
  rangeOf: "startedAt",
  fields: [...SESSION_FIELDS, ORDINAL, ...periodFields(), SKIPPED, ...saidFields("chapterStart")],
  rows: (source) => placed(source, (fold) => fold.chapters),
});

export const states = exportKind<Placed<StateRow>>({
  name: "states",
  summary: "one row per player state that became active in a session",
  rangeOf: "startedAt",
  fields: [
    ...SESSION_FIELDS,
    { name: "name", type: "text", summary: "the state's name", of: ({ row }) => row.name },
    { name: "count", type: "integer", summary: "how often it became active", of: ({ row }) => row.count },
    {
      name: "totalDuration",
      type: "number",
      unit: "s",
      summary: "time in which it was active",
      of: ({ row }) => secondsOf(row.durationMs),
    },
  ],
  rows: (source) => placed(source, (fold) => fold.states),
});

export const errors = exportKind<Placed<ErrorRow>>({
  name: "errors",
  summary: "one row per `error` event that counted",
  rangeOf: "startedAt",
  fields: [
    ...SESSION_FIELDS,
    ORDINAL,
    { name: "ts", type: "instant", summary: "by the player's clock", of: ({ row }) => row.tsMs },
    {
      name: "playhead",
      type: "number",
      unit: "s",
      summary: "position in the content",
      of: ({ row }) => secondsOf(row.playheadMs),
    },
    { name: "id", type: "text", summary: "error id", of: ({ row }) => row.id },
    { name: "source", type: "text", summary: "`player` or `external`", of: ({ row }) => row.source },
  ],
  rows: (source) => placed(source, (fold) => fold.errors),
});

async function* placed<T>(
  source: ExportSource,
  rowsOf: (fold: Fold) => readonly T[],
): AsyncGenerator<readonly Placed<T>[], void, void> {
  for await (const page of source.rows()) {
    yield page.flatMap(({ session, sidHash, fold }) => {
      return rowsOf(fold).map((row, at) => ({ session, sidHash, row, ordinal: at + 1 }));
    });
  }
}

function periodFields(): Single<Placed<PeriodRow>>[] {
  return [
    {
      name: "startTs",
      type: "instant",
      summary: "when it began, by the player's clock",
      of: ({ row }) => row.startTsMs,
    },
    {
      name: "timeSpent",
      type: "number",
      unit: "s",
      summary: "time in which it played",
      of: ({ row }) => secondsOf(row.timeSpentMs),
    },
    { name: "completed", type: "boolean", summary: "whether it reached its end", of: ({ row }) => row.completed },
  ];
}

/** The members of the event that opened a row. */
function saidFields(type: EventType): Field<Placed<PeriodRow>>[] {
  return [
    {
      name: "params",
      summary: `params of its ${type}`,
      of: ({ row }) => row.params,
      keys: parameterColumns(type),
      rest: OTHER_PARAMS,
    },
    {
      name: "customMetadata",
      type: "json",
      summary: "the session's, merged with its own",
      of: ({ row }) => row.customMetadata,
    },
  ];
}
