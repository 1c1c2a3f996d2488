/** §8, gap-unobserved: no interval of over 90 s counts more than its playhead, or its ad's length, can vouch for. */

import type { Part } from "./course.ts";
import type { Options, Placed, Title } from "./told.ts";

const GAP_MS = 90_000;
const DAY_MS = 86_400_000;
const LIVE_MS = 10 * 60_000;

export function withGaps(
  parts: readonly Part[],
  events: readonly Placed[],
  { isLive }: Title,
  { isArray }: Options,
  isSessionStill: boolean,
): Part[] {
  const most = ({ after, kind, ad }: Part): number => {
    if (kind === "ad") return Math.max(GAP_MS, (ad?.lengthMs ?? 0) + 5000);
    if (isLive && isSessionStill) return isArray ? GAP_MS : LIVE_MS;
    const from = events[after]?.playheadMs ?? 0;
    const to = events[after + 1]?.playheadMs ?? 0;
    // A live playhead that wraps at midnight goes on.
    const isWrapped = isLive && to < from && from > DAY_MS / 2 && from < DAY_MS;
    return 10_000 + 2 * Math.max(0, isWrapped ? to + DAY_MS - from : to - from);
  };
  return parts.flatMap((part) => {
    const { kind, from, to } = part;
    const counts = kind === "content" || kind === "ad" ? most(part) : Number.POSITIVE_INFINITY;
    if (to - from <= GAP_MS || to - from <= counts) return [part];
    const middle = from + counts;
    return [
      { ...part, to: middle },
      { ...part, from: middle, kind: "gap" as const },
    ];
  });
}

/** The time that has another kind in one reading than in the other. */
export function unlikeMs(some: readonly Part[], others: readonly Part[]): number {
  const kindAt = (parts: readonly Part[], at: number) => {
    return parts.find(({ from, to }) => from <= at && at < to)?.kind ?? "nothing";
  };
  const edges = [...new Set([...some, ...others].flatMap(({ from, to }) => [from, to]))].toSorted((a, b) => a - b);
  return edges.reduce((sum, from, index) => {
    const to = edges[index + 1];
    return to === undefined || kindAt(some, from) === kindAt(others, from) ? sum : sum + to - from;
  }, 0);
}
