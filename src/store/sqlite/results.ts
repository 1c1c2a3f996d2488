/** Replaces the numbers of closed sessions. */

import type { AdBreakRow, AdRow, ChapterRow } from "../../sessions/rows.ts";
import type { Bookmark } from "../queries.ts";
import type { Fold, SessionResult } from "../store.ts";
import { put, putGuard } from "./batch.ts";
import type { Batch, SqlValue } from "./commit.ts";

/**
 * Replaces numbers and rows, with the progress of the work.
 *
 * A session with a later event stays pending, so that a constant stream of late events doesn't keep it from numbers.
 */
export function resultsBatch(saved: readonly SessionResult[], atMs: number, bookmark: Bookmark | undefined): Batch {
  const batch: SqlValue[] = [];
  for (const result of saved) {
    const { session, seq } = result;
    // By SQL, since other processes give out revisions too.
    put(batch, "raiseRevision", {});
    putGuard(batch, "settleClose", { session, seq, changedAt: atMs }, () => replaceRows(batch, result));
  }
  if (bookmark) put(batch, "upsertPosition", { ...bookmark, seq: 0 });
  return batch;
}

function replaceRows(batch: SqlValue[], { session, definitions, folded }: SessionResult): void {
  put(batch, "deleteResults", { session });
  put(batch, "deleteAdBreaks", { session });
  put(batch, "deleteAds", { session });
  put(batch, "deleteChapters", { session });
  put(batch, "deleteStates", { session });
  put(batch, "deleteErrors", { session });
  put(batch, "insertResults", { session, definitions, ...numbersOf(folded) });
  for (const [at, row] of folded.adBreaks.entries()) {
    put(batch, "insertAdBreaks", { session, ...periodOf(row, at), adCount: row.adCount });
  }
  for (const [at, row] of folded.ads.entries())
    put(batch, "insertAds", { session, ...periodOf(row, at), ...ofAd(row) });
  for (const [at, row] of folded.chapters.entries()) {
    put(batch, "insertChapters", { session, ...periodOf(row, at), skipped: row.skipped });
  }
  for (const { name, count, durationMs } of folded.states) {
    put(batch, "insertStates", { session, name, count, duration: durationMs });
  }
  for (const [at, { tsMs, playheadMs, id, source }] of folded.errors.entries()) {
    put(batch, "insertErrors", { session, ordinal: at + 1, ts: tsMs, playhead: playheadMs, id, source });
  }
}

function ofAd({ breakIndex, skipped, errors, abandoned }: AdRow) {
  return { adBreak: breakIndex, skipped, errors, abandoned };
}

function numbersOf({ metrics, contentSegment, spans, playing, ledger, unmended, choices }: Fold) {
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

function periodOf(row: AdBreakRow | AdRow | ChapterRow, at: number) {
  return {
    ordinal: at + 1,
    startTs: row.startTsMs,
    timeSpent: row.timeSpentMs,
    completed: row.completed,
    params: JSON.stringify(row.params),
    customMetadata: JSON.stringify(row.customMetadata),
  };
}
