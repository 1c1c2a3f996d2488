/** Time: the interval between two consecutive events belongs to the state after the first. It is never negative. */

import { DAY_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import { prolongBuffer, settleWaiting } from "./buffers.ts";
import { reachesShare } from "./content.ts";
import { type Mending, mendBetween, noteMending } from "./mend.ts";
import { kindOf as plainKindOf } from "./plain.ts";
import { weighReports } from "./quality.ts";
import { AD_QUARTILES } from "./rows.ts";
import { noteTurn } from "./seeking.ts";
import type { StillRun, Tally } from "./tally.ts";
import type { IntervalKind, TimelineEntry } from "./timeline.ts";
import { SPANS_MAX } from "./watched.ts";
import { watch } from "./watching.ts";

const STALL_EVENTS_MIN = 3;
const STALL_MS_MIN = 2000;
/** An interval that is longer is believed only as far as something bears it out. */
const OBSERVED_MS_MAX = 90 * SECOND_MS;
const OBSERVED_SLACK_MS = 10 * SECOND_MS;
const OBSERVED_SPEED = 2;
const STILL_LIVE_MS_MAX = 10 * MINUTE_MS;
const AD_SLACK_MS = 5 * SECOND_MS;

/**
 * Spends the time from the last event to the next one, before that has its effect.
 *
 * @param place of the event at the beginning
 * @param atMs the instant of the event at the end
 */
export function spendUntil(mending: Mending, place: number, atMs: number, playheadMs: number): void {
  const { tally } = mending;
  const { last } = tally;
  let ms = Math.max(0, atMs - last.atMs);
  let fromMs = last.atMs;
  if (tally.openAd?.isOverdue && mending.mends) {
    fromMs += spendOverdue(mending, place, ms);
    ms -= fromMs - last.atMs;
    noteTurn(tally, last.event.playheadMs, fromMs);
  }
  const kind = kindOf(tally);
  const countedMs = ms > OBSERVED_MS_MAX && mending.mends ? observedMs(mending, kind, ms, playheadMs) : ms;
  // A run at one playhead lasts while main content plays without a break.
  if (kind === "content") spendContent(mending, { ms: countedMs, fromMs, place, wholeMs: ms, playheadMs });
  else spend(tally, kind, countedMs, fromMs);
  if (tally.plain && plainKindOf(tally.plain) !== kind) noteMended(tally, countedMs);
  putPart(last, kind, countedMs);
  if (countedMs === ms) return;
  putPart(last, "gap", ms - countedMs);
  noteMended(tally, ms - countedMs);
  // What comes behind a gap is another run.
  endStillRun(tally);
}

/** Parts an interval where its ad is over. @returns the time up to there */
function spendOverdue(mending: Mending, place: number, ms: number): number {
  const { tally } = mending;
  const { ad, openAd, last } = tally;
  if (!ad || kindOf(tally) !== "ad") return 0;
  // Whole milliseconds, as all time is: a length may have a fraction of one.
  const leftMs = Math.max(0, Math.ceil((openAd?.lengthMs ?? 0) - ad.timeSpentMs));
  if (leftMs >= ms) return 0;
  if (leftMs > 0) {
    spend(tally, "ad", leftMs, last.atMs);
    putPart(last, "ad", leftMs);
  }
  mendBetween(mending, place, last);
  return leftMs;
}

/** How much of a long interval counts. The rest was not observed. */
function observedMs(mending: Mending, kind: IntervalKind, ms: number, playheadMs: number): number {
  if (kind !== "content" && kind !== "ad") return ms;
  const boundMs = kind === "ad" ? boundOfAd(mending.tally) : boundOfContent(mending, playheadMs);
  if (ms <= boundMs) return ms;
  return noteMending(mending, mending.tally.last, "gap-unobserved") ? Math.round(boundMs) : ms;
}

function boundOfAd({ openAd }: Tally): number {
  return Math.max(OBSERVED_MS_MAX, (openAd?.lengthMs ?? 0) + AD_SLACK_MS);
}

function boundOfContent({ tally, witness, isArray }: Mending, playheadMs: number): number {
  const { content, last } = tally;
  if (content.isLive && witness.isStill) return isArray ? OBSERVED_MS_MAX : STILL_LIVE_MS_MAX;
  const stepMs = playheadMs - last.event.playheadMs;
  const isWrapped = content.isLive && stepMs < 0 && last.event.playheadMs < DAY_MS;
  const advanceMs = isWrapped ? wrappedMs(tally, stepMs) : stepMs;
  return OBSERVED_SLACK_MS + OBSERVED_SPEED * Math.max(0, advanceMs);
}

/** What a live playhead advanced over midnight; a step back in the window of a stream is none. */
function wrappedMs({ last }: Tally, stepMs: number): number {
  return last.event.playheadMs > DAY_MS / 2 ? stepMs + DAY_MS : stepMs;
}

function putPart(entry: TimelineEntry, kind: IntervalKind, ms: number): void {
  if (entry.intervalMs === 0) {
    entry.intervalMs = ms;
    entry.intervalKind = kind;
  } else if (ms > 0) {
    entry.otherParts ??= [];
    entry.otherParts.push({ kind, ms });
  }
}

function noteMended(tally: Tally, ms: number): void {
  tally.mendedMs += ms;
  tally.last.mendedMs += ms;
}

function spend(tally: Tally, kind: IntervalKind, ms: number, fromMs: number): void {
  endStillRun(tally);
  if (!tally.contentStarted && !tally.adBreak) tally.toStartMs += ms;
  switch (kind) {
    case "ad":
      spendAd(tally, ms, fromMs);
      return;
    case "pause":
      tally.pauseMs += ms;
      return;
    case "buffer":
      tally.bufferMs += ms;
      if (!tally.contentStarted) return;
      tally.bufferMsAfterStart += ms;
      prolongBuffer(tally, ms);
  }
}

/** Ends a run of events at one playhead: long enough, it was a stall, and its time was never content. */
export function endStillRun(tally: Tally): void {
  const run = tally.stillRun;
  if (!run) return;
  tally.stillRun = undefined;
  if (run.events < STALL_EVENTS_MIN || run.ms < STALL_MS_MIN) {
    addPlaying(tally, run.fromMs, run.ms);
    return;
  }
  tally.stallEvents += 1;
  tally.stallMs += run.ms;
  tally.contentMs -= run.ms;
  for (const entry of run.entries ?? []) stall(entry);
  for (const [chapter, ms] of run.chapterMs) {
    chapter.timeSpentMs -= ms;
    tally.chapterMs -= ms;
  }
}

function stall(entry: TimelineEntry): void {
  if (entry.intervalKind === "content") entry.intervalKind = "stall";
  for (const part of entry.otherParts ?? []) if (part.kind === "content") part.kind = "stall";
}

function kindOf({ adBreak, ad, inBreak, main }: Tally): IntervalKind {
  const state = adBreak ? inBreak : main;
  if (state === "paused") return "pause";
  if (state === "buffering") return "buffer";
  if (state !== "playing") return "nothing";
  if (!adBreak) return "content";
  return ad ? "ad" : "nothing";
}

interface ContentSpan {
  readonly ms: number;
  readonly fromMs: number;
  readonly place: number;
  /** With what was not observed. */
  readonly wholeMs: number;
  readonly playheadMs: number;
}

function spendContent({ tally, witness }: Mending, { ms, fromMs, place, wholeMs, playheadMs }: ContentSpan): void {
  const { content, chapter, last } = tally;
  tally.contentMs += ms;
  if (chapter) {
    chapter.timeSpentMs += ms;
    tally.chapterMs += ms;
  }
  weighReports(tally, ms);
  const stepMs = playheadMs - last.event.playheadMs;
  // A playhead that stands says that nothing played, but for that of live content.
  if (tally.playedMsSinceError !== undefined) {
    tally.playedMsSinceError += content.isLive ? ms : Math.min(ms, Math.abs(stepMs));
  }
  const isLoop = !content.isLive && isLongAsContent(content.lengthMs, wholeMs);
  if (stepMs === 0 && !content.isLive && !isLoop) {
    prolongStillRun(tally, ms, fromMs);
    return;
  }
  endStillRun(tally);
  addPlaying(tally, fromMs, ms);
  watch(tally, witness, { place, toMs: playheadMs, ms: wholeMs, countedMs: ms, atMs: fromMs + wholeMs, isLoop });
  if (stepMs !== 0) settleWaiting(tally.buffers);
}

/** Whether an interval may have been the whole of the content, played in a loop. */
function isLongAsContent(lengthMs: number | undefined, ms: number): boolean {
  return lengthMs !== undefined && ms <= OBSERVED_MS_MAX && ms >= lengthMs;
}

function spendAd(tally: Tally, ms: number, fromMs: number): void {
  tally.adMs += ms;
  if (tally.ad) tally.ad.timeSpentMs += ms;
  if (tally.adBreak) tally.adBreak.timeSpentMs += ms;
  noteQuartiles(tally);
  if (tally.playedMsSinceError !== undefined) tally.playedMsSinceError += ms;
  addPlaying(tally, fromMs, ms, 1);
  weighReports(tally, ms);
}

function noteQuartiles(tally: Tally): void {
  const { ad, adLength, counts } = tally;
  if (!ad || adLength === undefined) return;
  for (let percent = AD_QUARTILES[tally.adQuartiles]; percent; percent = AD_QUARTILES[tally.adQuartiles]) {
    if (!reachesShare(ad.timeSpentMs, adLength, percent)) return;
    counts[`adQuartile${percent}`] += 1;
    tally.adQuartiles += 1;
  }
}

function addPlaying({ playing }: Tally, fromMs: number, ms: number, ad?: 1): void {
  if (ms <= 0) return;
  const last = playing.at(-1);
  // A span belongs to its list, so that it may grow in place: most intervals extend the last one.
  if (last?.[1] === fromMs && last[2] === ad) last[1] = fromMs + ms;
  else if (playing.length < SPANS_MAX) playing.push(ad ? [fromMs, fromMs + ms, ad] : [fromMs, fromMs + ms]);
}

function prolongStillRun(tally: Tally, ms: number, fromMs: number): void {
  tally.stillRun ??= newRun(fromMs);
  const run = tally.stillRun;
  run.events += 1;
  run.ms += ms;
  if (tally.keepsTimeline) {
    run.entries ??= [];
    run.entries.push(tally.last);
  }
  const { chapter } = tally;
  if (chapter) run.chapterMs.set(chapter, (run.chapterMs.get(chapter) ?? 0) + ms);
}

function newRun(fromMs: number): StillRun {
  return { events: 1, ms: 0, fromMs, entries: undefined, chapterMs: new Map() };
}
