/** What stands out for the worse: values of a dimension whose sessions fail more often than all others. */

import type { DimensionName, MetricColumn, Report } from "../api/answers.ts";

/** Sessions with any of it, each as a sum of flags. */
export const TROUBLE = [
  ["playbackFailures", "failed to start"],
  ["dropsBeforeStart", "left before start"],
  ["stallImpactedStreams", "stalled"],
  ["errorImpactedStreams", "had errors"],
] as const satisfies readonly (readonly [MetricColumn, string])[];

export interface Finding {
  readonly dimension: DimensionName;
  readonly value: string | null;
  readonly metric: MetricColumn;
  readonly words: string;
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
const FINDINGS_MAX = 5;

/** The five that affect most sessions beyond what is usual. @param reports one for each dimension */
export function findWorse(reports: readonly (readonly [DimensionName, Pick<Report, "rows" | "totals">])[]): Finding[] {
  const all = reports.flatMap(([dimension, { rows, totals }]) =>
    rows.flatMap((row) => TROUBLE.flatMap(([metric, words]) => findingOf({ dimension, row, totals, metric, words }))),
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

interface Candidate extends Pick<Finding, "dimension" | "metric" | "words"> {
  readonly row: Report["rows"][number];
  readonly totals: Report["totals"];
}

function findingOf({ dimension, row, totals, metric, words }: Candidate): Finding[] {
  const sessions = Number(row.mediaStarts ?? 0);
  const rest = Number(totals.mediaStarts ?? 0) - sessions;
  if (sessions < SESSIONS_MIN || rest < SESSIONS_MIN) return [];
  const affected = Number(row[metric] ?? 0);
  const share = affected / sessions;
  const others = (Number(totals[metric] ?? 0) - affected) / rest;
  if (share < others * TIMES_MIN || zOf(share, sessions, others, rest) < Z_MIN) return [];
  return [{ dimension, value: textOf(row[dimension]), metric, words, sessions, affected, share, others }];
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
function excessOf({ affected, sessions, others }: Finding): number {
  return affected - sessions * others;
}
