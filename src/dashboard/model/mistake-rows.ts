/** Makes the rows of mistakes, without flags that say what is right. */

import { LIVE_TYPES } from "../../sessions/content.ts";
import type { ReportRow } from "../api/answers.ts";
import { isEndless } from "./kinds.ts";

const LENGTH_UNKNOWN = "length-unknown";

/** Filters beside a flag's own, that leave out live content where it has no length to send. */
export function mistakenOnly(flag: string): readonly string[] {
  return flag === LENGTH_UNKNOWN ? LIVE_TYPES.map((type) => `media.contentType!=${type}`) : [];
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
    if (flag === LENGTH_UNKNOWN && isEndless(row["media.contentType"])) continue;
    const sum = byFlag.get(flag) ?? { flag, mediaStarts: 0, events: 0 };
    sum.mediaStarts += Number(row.mediaStarts);
    sum.events += Number(row.events);
    byFlag.set(flag, sum);
  }
  return [...byFlag.values()].toSorted((a, b) => b.mediaStarts - a.mediaStarts);
}
