/** What a session has beside its numbers: one row an ad, a break, a chapter, a player state, an error. */

import type { Parameters } from "../protocol/event.ts";
import { adLengthIn, reachesShare } from "./content.ts";

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
  /** Errors while it was open. */
  errors: number;
  /** Whether the session closed while it was open. */
  abandoned: boolean;
}

/** The shares of an ad's length that count, in percent. */
export const AD_QUARTILES = [25, 50, 75] as const;

/** How many of the quartiles an ad has played; 0 where its length is unknown. */
export function quartilesIn({ timeSpentMs, params }: Pick<AdRow, "timeSpentMs" | "params">): number {
  const length = adLengthIn(params);
  if (length === undefined) return 0;
  return AD_QUARTILES.filter((percent) => reachesShare(timeSpentMs, length, percent)).length;
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
