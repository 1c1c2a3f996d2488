/** What a session has beside its numbers: one row an ad, a break, a chapter, a player state, an error. */

import type { Parameters } from "../protocol/event.ts";

type Metadata = Readonly<Record<string, string>>;

interface PeriodRow {
  /** Milliseconds since the epoch, by the player's clock. */
  readonly startTsMs: number;
  readonly params: Parameters;
  /** The session's, merged with its own. */
  readonly customMetadata: Metadata;
  timeSpentMs: number;
  completed: boolean;
}

export interface AdBreakRow extends PeriodRow {
  /** From 1, in folded order. */
  readonly index: number;
  adCount: number;
}

export interface AdRow extends PeriodRow {
  /** The {@link AdBreakRow.index} of its break. */
  readonly breakIndex: number;
  skipped: boolean;
}

export interface ChapterRow extends PeriodRow {
  skipped: boolean;
}

/** All periods of one player state. */
export interface StateRow {
  readonly name: string;
  count: number;
  durationMs: number;
}

export interface ErrorRow {
  readonly tsMs: number;
  readonly playheadMs: number;
  readonly id: string | null;
  readonly source: string | null;
}
