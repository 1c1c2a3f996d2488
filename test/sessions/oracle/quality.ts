/** §4, quality: stalls, bitrates, dropped frames, time to start. */

import type { Part } from "./course.ts";
import type { Placed, Title } from "./told.ts";
import { isLoop, type Stretch } from "./watched.ts";

const STALL_MS = 2000;
const STALL_EVENTS = 3;

export interface Stall {
  /** The stretches of which it consists. */
  readonly stretches: readonly Stretch[];
  readonly ms: number;
}

/** Runs of at least three events at one playhead, over at least 2 s, while main content plays. */
export function stallsOf(stretches: readonly Stretch[], title: Title): Stall[] {
  if (title.isLive) return [];
  const runs: Stretch[][] = [];
  for (const stretch of stretches) {
    if (stretch.p !== stretch.q || isLoop(stretch, title)) continue;
    const run = runs.at(-1);
    const last = run?.at(-1);
    // Reading: a gap ends a run.
    if (last?.after === stretch.after - 1 && last.contentMs === last.ms) run?.push(stretch);
    else runs.push([stretch]);
  }
  return runs
    .map((run) => ({ stretches: run, ms: run.reduce((sum, { contentMs }) => sum + contentMs, 0) }))
    .filter((stall) => stall.stretches.length + 1 >= STALL_EVENTS && stall.ms >= STALL_MS);
}

/** A quality number of an event: from `qoeData`, else from `params`. */
export function qoeOf({ told: { qoeData, params } }: Placed, name: string): number | undefined {
  const value = qoeData?.[`media.qoe.${name}`] ?? params?.[`media.qoe.${name}`];
  return typeof value === "number" ? value : undefined;
}

const KILOBITS_BELOW = 10_000;

/** The bitrate after each event: the latest that was reported. */
export function bitratesOf(events: readonly Placed[]): number[] {
  let bitrate = 0;
  return events.map((event) => {
    const reported = qoeOf(event, "bitrate") ?? 0;
    if (reported > 0) bitrate = reported < KILOBITS_BELOW ? reported * 1000 : reported;
    return bitrate;
  });
}

/** The bitrates, weighted by the play time for which each was the latest; null if nothing played at any. */
export function averageBitrate(events: readonly Placed[], parts: readonly Part[]): number | null {
  const bitrates = bitratesOf(events);
  const played = parts
    .filter(({ kind }) => kind === "content" || kind === "ad")
    .map(({ after, from, to }) => ({ bitrate: bitrates[after] ?? 0, ms: to - from }))
    .filter(({ bitrate }) => bitrate > 0);
  const playedMs = played.reduce((sum, { ms }) => sum + ms, 0);
  return playedMs > 0 ? played.reduce((sum, { bitrate, ms }) => sum + bitrate * ms, 0) / playedMs : null;
}

/** The latest value reported up to the content start, or else the first after it. */
export function timeToStart(events: readonly Placed[], startedAt: number | undefined): number | null {
  let value: number | undefined;
  for (const [index, event] of events.entries()) {
    if (startedAt !== undefined && index > startedAt && value !== undefined) break;
    value = qoeOf(event, "timeToStart") ?? value;
  }
  return value === undefined ? null : value / 1000;
}

export function droppedFrames(events: readonly Placed[]): number | null {
  return events.reduce<number | null>((latest, event) => qoeOf(event, "droppedFrames") ?? latest, null);
}
