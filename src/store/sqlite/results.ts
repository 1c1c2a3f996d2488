/** Writing a closed session's numbers, in place of those that were there. */

import { and, eq } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { Folded } from "../../sessions/fold.ts";
import type { AdBreakRow, AdRow, ChapterRow } from "../../sessions/rows.ts";
import type { SessionResult } from "../store.ts";
import { adBreaks, ads, chapters, closes, errors, results, states } from "./schema.ts";

const ROW_TABLES = [results, adBreaks, ads, chapters, states, errors] as const;

/**
 * Replaces a session's numbers and rows.
 *
 * A result that a late event has overtaken is left out: the session is still pending, and comes up again.
 */
export function saveResult(db: BunSQLiteDatabase, { session, seq, definitions, folded }: SessionResult): void {
  const current = db
    .update(closes)
    .set({ pending: false })
    .where(and(eq(closes.session, session), eq(closes.lastSeq, seq)))
    .returning({ session: closes.session })
    .get();
  if (!current) return;
  for (const table of ROW_TABLES) db.delete(table).where(eq(table.session, session)).run();
  const { metrics, contentSegment, spans } = folded;
  const numbers = { definitions, metrics: JSON.stringify(metrics), contentSegment, spans: JSON.stringify(spans) };
  db.insert(results)
    .values({ session, ...numbers })
    .run();
  insertRows(db, session, folded);
}

function insertRows(db: BunSQLiteDatabase, session: number, folded: Folded): void {
  for (const { name, count, durationMs: duration } of folded.states) {
    db.insert(states).values({ session, name, count, duration }).run();
  }
  for (const [at, row] of folded.adBreaks.entries()) {
    db.insert(adBreaks)
      .values({ ...periodOf(session, at, row), adCount: row.adCount })
      .run();
  }
  for (const [at, { breakIndex: adBreak, skipped, ...row }] of folded.ads.entries()) {
    db.insert(ads)
      .values({ ...periodOf(session, at, row), adBreak, skipped })
      .run();
  }
  for (const [at, { skipped, ...row }] of folded.chapters.entries()) {
    db.insert(chapters)
      .values({ ...periodOf(session, at, row), skipped })
      .run();
  }
  for (const [at, { tsMs: ts, playheadMs: playhead, id, source }] of folded.errors.entries()) {
    db.insert(errors)
      .values({ session, ordinal: at + 1, ts, playhead, id, source })
      .run();
  }
}

type Period =
  | Omit<AdBreakRow, "index" | "adCount">
  | Omit<AdRow, "breakIndex" | "skipped">
  | Omit<ChapterRow, "skipped">;

function periodOf(session: number, at: number, row: Period) {
  return {
    session,
    ordinal: at + 1,
    startTs: row.startTsMs,
    timeSpent: row.timeSpentMs,
    completed: row.completed,
    params: JSON.stringify(row.params),
    customMetadata: JSON.stringify(row.customMetadata),
  };
}
