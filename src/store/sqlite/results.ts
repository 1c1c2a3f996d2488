/** Replaces a closed session's numbers. */

import type { AdBreakRow, AdRow, ChapterRow } from "../../sessions/rows.ts";
import type { Fold, SessionResult } from "../store.ts";
import type { ResultTable, Statements } from "./statements.ts";

type Row = Readonly<Record<string, unknown>>;

/** The place of a change, and its instant. */
interface Stored {
  readonly revision: number;
  readonly atMs: number;
}

/**
 * Replaces a session's numbers and rows.
 *
 * A session with a later event stays pending, so that a constant stream of late events doesn't keep it from numbers.
 */
export function saveResult(statements: Statements, result: SessionResult, { revision, atMs }: Stored): void {
  const { session, seq } = result;
  if (!statements.settleClose.get({ session, seq, revision, changedAt: atMs })) return;
  for (const statement of Object.values(statements.deleteResult)) statement.run({ session });
  for (const [table, rows] of Object.entries(rowsOf(result, revision))) {
    for (const row of rows) statements.insertResult[table as ResultTable].run({ session, ...row });
  }
}

function rowsOf(result: SessionResult, revision: number): Readonly<Record<ResultTable, readonly Row[]>> {
  const { folded } = result;
  return {
    results: [{ revision, definitions: result.definitions, ...numbersOf(folded) }],
    adBreaks: folded.adBreaks.map((row, at) => ({ ...periodOf(row, at), adCount: row.adCount })),
    ads: folded.ads.map((row, at) => ({ ...periodOf(row, at), ...ofAd(row) })),
    chapters: folded.chapters.map((row, at) => ({ ...periodOf(row, at), skipped: row.skipped })),
    states: folded.states.map(({ name, count, durationMs }) => ({ name, count, duration: durationMs })),
    errors: folded.errors.map(({ tsMs, playheadMs, id, source }, at) => {
      return { ordinal: at + 1, ts: tsMs, playhead: playheadMs, id, source };
    }),
  };
}

function ofAd({ breakIndex, skipped, errors, abandoned }: AdRow): Row {
  return { adBreak: breakIndex, skipped, errors, abandoned };
}

function numbersOf({ metrics, contentSegment, spans, playing, ledger, unmended, choices }: Fold): Row {
  return {
    metrics: JSON.stringify(metrics),
    contentSegment,
    spans: JSON.stringify(spans),
    playing: JSON.stringify(playing),
    ledger: jsonOf(ledger),
    unmended: jsonOf(unmended),
    choices: jsonOf(choices),
  };
}

function jsonOf(value: object | undefined): string | null {
  return value ? JSON.stringify(value) : null;
}

function periodOf(row: AdBreakRow | AdRow | ChapterRow, at: number): Row {
  return {
    ordinal: at + 1,
    startTs: row.startTsMs,
    timeSpent: row.timeSpentMs,
    completed: row.completed,
    params: JSON.stringify(row.params),
    customMetadata: JSON.stringify(row.customMetadata),
  };
}
