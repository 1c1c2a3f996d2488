/** What stands out for the worse: values of a dimension whose sessions fail more often than all others. */

import type { DimensionName } from "../catalogue/dimensions.ts";
import type { MetricColumn } from "../catalogue/metrics.ts";
import type { ReportResult } from "./report.ts";

/** Whose sessions are compared with all others. */
export const SUSPECTS = [
  "media.playerName",
  "media.sdkVersion",
  "media.channel",
  "media.contentType",
] as const satisfies readonly DimensionName[];

/** Sessions with any of it, each as a sum of flags. */
export const TROUBLE = [
  "playbackFailures",
  "dropsBeforeStart",
  "stallImpactedStreams",
  "errorImpactedStreams",
] as const satisfies readonly MetricColumn[];

type Trouble = (typeof TROUBLE)[number];

export interface Worse {
  readonly dimension: DimensionName;
  readonly value: string | null;
  readonly metric: Trouble;
  /** Its sessions, those of them with the trouble, and the shares of its own and of all others. */
  readonly sessions: number;
  readonly affected: number;
  readonly share: number;
  readonly others: number;
}

const SESSIONS_MIN = 100;
/** Further from the others than chance comes, even among hundreds of values. */
const Z_MIN = 4;
/** A smaller difference is not worth a look, however sure it is. */
const TIMES_MIN = 1.5;
export const FINDINGS_MAX = 5;

type Counts = Pick<ReportResult, "rows" | "totals">;

/** The five that affect most sessions beyond what is usual. @param reports one for each dimension */
export function findWorse(reports: readonly (readonly [DimensionName, Counts])[]): Worse[] {
  const all = reports.flatMap(([dimension, { rows, totals }]) =>
    rows.flatMap((row) => TROUBLE.flatMap((metric) => worseIn({ dimension, row, totals, metric }))),
  );
  const worst = all.toSorted((a, b) => excessOf(b) - excessOf(a));
  // Each value appears once, by what is worst about it. Two of the same sessions are one, as a player's only version.
  const seen = new Set<string>();
  const each = worst.filter(({ dimension, value, metric, affected, sessions }) => {
    const keys = [JSON.stringify([dimension, value]), JSON.stringify([metric, affected, sessions])];
    const isNew = !keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    return isNew;
  });
  return each.slice(0, FINDINGS_MAX);
}

interface Candidate extends Pick<Worse, "dimension" | "metric"> {
  readonly row: Counts["rows"][number];
  readonly totals: Counts["totals"];
}

function worseIn({ dimension, row, totals, metric }: Candidate): Worse[] {
  const sessions = Number(row.mediaStarts ?? 0);
  const rest = Number(totals.mediaStarts ?? 0) - sessions;
  if (sessions < SESSIONS_MIN || rest < SESSIONS_MIN) return [];
  const affected = Number(row[metric] ?? 0);
  const share = affected / sessions;
  const others = (Number(totals[metric] ?? 0) - affected) / rest;
  if (share < others * TIMES_MIN || zOf(share, sessions, others, rest) < Z_MIN) return [];
  return [{ dimension, value: textOf(row[dimension]), metric, sessions, affected, share, others }];
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** How many standard errors the one share is above the other. */
function zOf(share: number, count: number, others: number, rest: number): number {
  const both = (share * count + others * rest) / (count + rest);
  const error = Math.sqrt(both * (1 - both) * (1 / count + 1 / rest));
  return error === 0 ? 0 : (share - others) / error;
}

/** Sessions that would be well if it were as the others. */
function excessOf({ affected, sessions, others }: Worse): number {
  return affected - sessions * others;
}
