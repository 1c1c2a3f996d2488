/** Makes the rows of mistakes, without flags that say what is right. */

import type { ReportRow } from "../api/answers.ts";

/** Content without a length says so, which is no mistake of its player. */
const ENDLESS = ["live", "linear"];
const LENGTH_UNKNOWN = "length-unknown";

/** Filters beside a flag's own, that leave only the sessions where it is a mistake. */
export function mistakenOnly(flag: string): readonly string[] {
  return flag === LENGTH_UNKNOWN ? ENDLESS.map((type) => `media.contentType!=${type}`) : [];
}

/**
 * One row a flag, those in most sessions first.
 *
 * @param rows by flag and content type: a session has one type, so its rows add up
 */
export function flagRows(rows: readonly ReportRow[]): readonly ReportRow[] {
  const byFlag = new Map<string, { flag: string; mediaStarts: number; events: number }>();
  for (const row of rows) {
    const flag = String(row.flag);
    if (flag === LENGTH_UNKNOWN && ENDLESS.includes(String(row["media.contentType"]))) continue;
    const sum = byFlag.get(flag) ?? { flag, mediaStarts: 0, events: 0 };
    sum.mediaStarts += Number(row.mediaStarts);
    sum.events += Number(row.events);
    byFlag.set(flag, sum);
  }
  return [...byFlag.values()].toSorted((a, b) => b.mediaStarts - a.mediaStarts);
}
