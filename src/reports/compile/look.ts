/** A look at the facts: what is found in a period, as SQL. */

import type { Plan, PlannedPeriod } from "./plan.ts";

/** What the names of a period's numbers begin with. */
export const PREFIXES = { now: "n", previous: "p" } as const;

/** A period, with what the names of its numbers begin with. */
export interface LookedAt {
  readonly prefix: string;
  readonly period: PlannedPeriod;
}

/** What is found in a period. */
export interface Look {
  readonly tables: readonly string[];
  /** The table of its groups; absent where none are looked for. */
  readonly groups?: string;
  /** Tables of one row, with the numbers of all groups together. */
  readonly totals: readonly string[];
}

export function periodsOf({ now, previous }: Plan): LookedAt[] {
  const asked = [{ prefix: PREFIXES.now, period: now }];
  return previous ? [...asked, { prefix: PREFIXES.previous, period: previous }] : asked;
}

/** A table of some columns; nothing without them. */
export function selectSql(columns: readonly string[], from: string): string {
  return columns.length === 0 ? "" : `(SELECT ${columns.join(", ")} FROM ${from})`;
}
