/** How often each hundredth of the content was watched: a hundredth of which anything was watched counts. */

import type { Span } from "../../sessions/watched.ts";

/** Hundredths `from` up to, not with, `to` that were watched `views` times. */
interface Views {
  readonly from: number;
  readonly to: number;
  readonly views: number;
}

const PARTS = 100;

/**
 * Counts the views of each hundredth.
 *
 * Where spans overlap the content was watched again; spans that only share a hundredth are one view of it.
 *
 * @param spans watched parts in milliseconds, in the order of watching
 * @param lengthMs the content's length; nothing can be said unless it is positive
 */
export function viewsOf(spans: readonly Span[], lengthMs: number): Views[] {
  if (!(lengthMs > 0) || spans.length === 0) return [];
  const counts: number[] = new Array(PARTS).fill(0);
  const edges = spans.flatMap(([fromMs, toMs]) => [
    { atMs: fromMs, step: 1 },
    { atMs: toMs, step: -1 },
  ]);
  edges.sort((a, b) => a.atMs - b.atMs || a.step - b.step);
  let times = 0;
  for (const [at, { atMs, step }] of edges.entries()) {
    times += step;
    const untilMs = edges[at + 1]?.atMs ?? atMs;
    // Multiplied first: 29 s of 100 s are then exactly 29 hundredths, and not a bit less.
    if (times > 0 && untilMs > atMs) raise(counts, times, [(atMs * PARTS) / lengthMs, (untilMs * PARTS) / lengthMs]);
  }
  return runsOf(counts);
}

/** Raises the count of every hundredth that a stretch touches. */
function raise(counts: number[], times: number, [from, to]: readonly [number, number]): void {
  const last = Math.min(PARTS, Math.ceil(to));
  for (let part = Math.floor(from); part < last; part += 1) counts[part] = Math.max(counts[part] ?? 0, times);
}

function runsOf(counts: readonly number[]): Views[] {
  const runs: Views[] = [];
  for (let from = 0; from < PARTS; ) {
    const views = counts[from] ?? 0;
    let to = from + 1;
    while (to < PARTS && counts[to] === views) to += 1;
    if (views > 0) runs.push({ from, to, views });
    from = to;
  }
  return runs;
}
