/** Retention, the funnel and concurrency by counting every millisecond, of the content or of the clock. */

import { type Granularity, periodsOf, type Question, sessionsFor } from "./items.ts";
import { viewerOf } from "./metrics.ts";
import type { SessionView } from "./sessions.ts";

const PARTS = 100;

export interface OracleRetention {
  readonly sessions: number;
  /** For each hundredth: the sessions that watched any of it, and how often they watched it again. */
  readonly points: readonly { readonly sessions: number; readonly rewatches: number }[];
}

/** The share of the sessions that started content and watched each hundredth of it. */
export function retentionOf(views: readonly SessionView[], question: Question): OracleRetention {
  const started = sessionsFor(views, question).filter(({ session, metrics }) => {
    return metrics["contentStarts"] === 1 && Number(session.params["media.length"] ?? 0) > 0;
  });
  const points = Array.from({ length: PARTS }, () => ({ sessions: 0, rewatches: 0 }));
  for (const view of started) {
    for (const [part, times] of timesWatched(view).entries()) {
      const point = points[part];
      if (!point || times === 0) continue;
      point.sessions += 1;
      point.rewatches += times - 1;
    }
  }
  return { sessions: started.length, points };
}

const cache = new WeakMap<SessionView, number[]>();

/** How often each hundredth was watched: as often as its most-watched millisecond. */
function timesWatched(view: SessionView): number[] {
  const known = cache.get(view);
  if (known) return known;
  const lengthMs = Math.round(Number(view.session.params["media.length"]) * 1000);
  const watched = new Uint16Array(lengthMs);
  for (const [fromMs, toMs] of view.spans) {
    for (let ms = fromMs; ms < Math.min(toMs, lengthMs); ms += 1) watched[ms] = (watched[ms] ?? 0) + 1;
  }
  const times = new Array<number>(PARTS).fill(0);
  for (let ms = 0; ms < lengthMs; ms += 1) {
    const part = Math.floor((ms * PARTS) / lengthMs);
    times[part] = Math.max(times[part] ?? 0, watched[ms] ?? 0);
  }
  cache.set(view, times);
  return times;
}

export interface OracleConcurrency {
  readonly rows: readonly { readonly peak: number; readonly mean: number }[];
  readonly peak: number;
  /** The first instant of the highest count. */
  readonly peakAtMs: number;
  readonly mean: number;
}

/** How many sessions, or viewers, played content or an ad at once, millisecond by millisecond. */
export function concurrencyOf(
  views: readonly SessionView[],
  question: Question,
  granularity: Granularity,
  of: "sessions" | "viewers" = "sessions",
): OracleConcurrency {
  const { fromMs, toMs } = question;
  const playing = new Uint16Array(toMs - fromMs);
  const seen = new Uint8Array(playing.length);
  // A session that plays in the range may have begun long before it.
  const asked = sessionsFor(views, { ...question, fromMs: 0 });
  const players = Map.groupBy(asked, (view) => (of === "viewers" ? viewerOf(view) : view.session.sid));
  for (const [player, sessions] of players) {
    if (player !== undefined) count(playing, seen, { fromMs, plays: sessions.flatMap(playsOf) });
  }
  const starts = periodsOf(question, granularity).map((ms) => Math.max(ms, fromMs));
  const rows = starts.map((ms, at) => summaryOf(playing.subarray(ms - fromMs, (starts[at + 1] ?? toMs) - fromMs)));
  const { peak, mean } = summaryOf(playing);
  return { rows, peak, peakAtMs: fromMs + playing.indexOf(peak), mean };
}

/** Counts one player at each millisecond in which they play, once. @param seen all 0, before and after */
function count(
  playing: Uint16Array,
  seen: Uint8Array,
  { fromMs, plays }: { fromMs: number; plays: readonly (readonly [number, number, boolean])[] },
): void {
  const parts = plays.map(([from, to]) => [Math.max(from - fromMs, 0), Math.min(to - fromMs, playing.length)] as const);
  for (const [from, to] of parts) {
    for (let at = from; at < to; at += 1) {
      if (seen[at] === 0) playing[at] = (playing[at] ?? 0) + 1;
      seen[at] = 1;
    }
  }
  for (const [from, to] of parts) seen.fill(0, from, Math.max(from, to));
}

function summaryOf(playing: Uint16Array): { peak: number; mean: number } {
  let peak = 0;
  let sum = 0;
  for (let at = 0; at < playing.length; at += 1) {
    const count = playing[at] ?? 0;
    peak = Math.max(peak, count);
    sum += count;
  }
  return { peak, mean: sum / playing.length };
}

/** When it played, on the clock that dates the session, and whether that was an ad. */
export function playsOf({ session, events }: SessionView): [fromMs: number, toMs: number, isAd: boolean][] {
  const offsetMs = session.startedAt - (events[0]?.ts ?? 0);
  return events.flatMap(({ ts, mendedTs = ts, interval: { others = [], ...first } }) => {
    let fromMs = mendedTs + offsetMs;
    // An interval may be counted as one kind up to an instant, and as another behind it.
    return [first, ...others].flatMap(({ seconds, countedAs }): [number, number, boolean][] => {
      const part: [number, number, boolean] = [fromMs, fromMs + Math.round(seconds * 1000), countedAs === "ad"];
      [, fromMs] = part;
      return ["content", "ad"].includes(countedAs) ? [part] : [];
    });
  });
}

const STEPS = [
  "mediaStarts",
  "contentStarts",
  ...[10, 25, 50, 75, 95].map((at) => `progress${at}`),
  "contentCompletes",
];

/** How many sessions reached each step, and how many have no length to measure steps by. */
export function funnelOf(views: readonly SessionView[], question: Question): { steps: number[]; unknown: number } {
  const sessions = sessionsFor(views, question);
  return {
    steps: STEPS.map((id) => sessions.reduce((sum, { metrics }) => sum + (metrics[id] ?? 0), 0)),
    unknown: sessions.filter(({ metrics }) => metrics["progress10"] === null).length,
  };
}
