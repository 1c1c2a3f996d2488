/** Where chapters begin and breaks are along a content, as its sessions have them. */

import type { ReportRow } from "../api/answers.ts";

/** Something along the content. */
export interface ContentMark {
  readonly kind: "chapter" | "break";
  /** In seconds of the content. */
  readonly at: number;
  readonly label: string;
}

const PARTS = 100;
/** What fewer sessions have, as a share of what most have, is a player's slip. */
const SHARE_MIN = 0.1;

/** Where chapters begin. @param rows by `media.chapter.offset` and its name, with `chapterStarts` */
export function chapterMarks(rows: readonly ReportRow[], lengthSeconds: number): ContentMark[] {
  const all = rows.map((row) => ({
    at: row["media.chapter.offset"],
    name: row["media.chapter.friendlyName"],
    count: row.chapterStarts,
  }));
  return together(all, lengthSeconds).map(({ at, name }) => ({ kind: "chapter", at, label: name ?? "Chapter" }));
}

/** Where breaks are. @param rows by `media.ad.podSecond` and its name, with `adBreaks` */
export function breakMarks(rows: readonly ReportRow[], lengthSeconds: number): ContentMark[] {
  const all = rows.map((row) => ({
    at: row["media.ad.podSecond"],
    name: row["media.ad.podFriendlyName"],
    count: row.adBreaks,
  }));
  return together(all, lengthSeconds).map(({ at, name }) => ({ kind: "break", at, label: name ?? "Ad break" }));
}

interface Said {
  readonly at: unknown;
  readonly name: unknown;
  readonly count: unknown;
}

/** Players give places to the second or finer: those in one hundredth become one, where most of them are. */
function together(all: readonly Said[], lengthSeconds: number) {
  const placed = all.flatMap(({ at, name, count }) => {
    const isInside = typeof at === "number" && at >= 0 && at <= lengthSeconds;
    return isInside ? [{ at, name: name ? String(name) : undefined, count: Number(count ?? 0) }] : [];
  });
  const byPart = Map.groupBy(placed, ({ at }) => Math.round((at / lengthSeconds) * PARTS));
  const sums = [...byPart.values()].map((each) => {
    const most = each.reduce((a, b) => (b.count > a.count ? b : a));
    return { ...most, count: each.reduce((sum, { count }) => sum + count, 0) };
  });
  const countMin = Math.max(0, ...sums.map(({ count }) => count)) * SHARE_MIN;
  return sums.filter(({ count }) => count > 0 && count >= countMin).toSorted((a, b) => a.at - b.at);
}
