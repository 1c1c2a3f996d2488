/** Time: the interval between two consecutive events belongs to the state after the first. It is never negative. */

import { DAY_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import { type Mending, mendBetween, noteMending } from "./mend.ts";
import { kindOf as plainKindOf } from "./plain.ts";
import type { StillRun, Tally } from "./tally.ts";
import type { IntervalKind, TimelineEntry } from "./timeline.ts";
import { addSpan, SPANS_MAX } from "./watched.ts";
import { watch } from "./watching.ts";

const STALL_EVENTS_MIN = 3;
const STALL_MS_MIN = 2000;
/** An interval that is longer is believed only as far as something bears it out. */
const OBSERVED_MS_MAX = 90 * SECOND_MS;
const OBSERVED_SLACK_MS = 10 * SECOND_MS;
const OBSERVED_SPEED = 2;
const STILL_LIVE_MS_MAX = 10 * MINUTE_MS;
const AD_SLACK_MS = 5 * SECOND_MS;

/** An event at the end of an interval. */
export interface Until {
  /** The place of the event at its beginning. */
  readonly place: number;
  readonly atMs: number;
  readonly playheadMs: number;
  /** Whether the session is an array, in which no arrival bears anything out. */
  readonly isArray: boolean;
}

/** Spends the time from the last event to this one, before this one has its effect. */
export function spendUntil(mending: Mending, until: Until): void {
  const { tally } = mending;
  const { last } = tally;
  let ms = Math.max(0, until.atMs - last.atMs);
  let fromMs = last.atMs;
  let kind = kindOf(tally);
  const { ad, openAd } = tally;
  if (kind === "ad" && ad && openAd?.isOverdue && mending.mends) {
    const leftMs = Math.max(0, (openAd.lengthMs ?? 0) - ad.timeSpentMs);
    if (leftMs < ms) {
      if (leftMs > 0) {
        spend(mending, kind, { ms: leftMs, fromMs, until });
        putPart(last, "ad", leftMs);
      }
      mendBetween(mending, until.place, last);
      ms -= leftMs;
      fromMs += leftMs;
      kind = kindOf(tally);
    }
  }
  const countedMs = ms > OBSERVED_MS_MAX && mending.mends ? observedMs(mending, kind, ms, until) : ms;
  spend(mending, kind, { ms: countedMs, fromMs, until });
  putPart(last, kind, countedMs);
  if (countedMs === ms) return;
  putPart(last, "gap", ms - countedMs);
  noteMended(tally, ms - countedMs);
  // What comes behind a gap is another run.
  endStillRun(tally);
}

/** How much of a long interval counts. The rest was not observed. */
function observedMs(mending: Mending, kind: IntervalKind, ms: number, until: Until): number {
  if (kind !== "content" && kind !== "ad") return ms;
  const boundMs = kind === "ad" ? boundOfAd(mending.tally) : boundOfContent(mending, until);
  if (ms <= boundMs) return ms;
  return noteMending(mending, mending.tally.last, "gap-unobserved") ? Math.round(boundMs) : ms;
}

function boundOfAd({ openAd }: Tally): number {
  return Math.max(OBSERVED_MS_MAX, (openAd?.lengthMs ?? 0) + AD_SLACK_MS);
}

function boundOfContent({ tally, witness }: Mending, { playheadMs, isArray }: Until): number {
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

interface Part {
  readonly ms: number;
  readonly fromMs: number;
  readonly until: Until;
}

function spend(mending: Mending, kind: IntervalKind, part: Part): void {
  const { tally } = mending;
  const { ms } = part;
  // A run at one playhead lasts while main content plays without a break.
  if (kind !== "content") endStillRun(tally);
  if (tally.plain && plainKindOf(tally.plain) !== kind) noteMended(tally, ms);
  switch (kind) {
    case "content":
      spendContent(mending, part);
      return;
    case "ad":
      spendAd(tally, part);
      return;
    case "pause":
      tally.pauseMs += ms;
      return;
    case "buffer":
      tally.bufferMs += ms;
      if (tally.contentStarted) tally.bufferMsAfterStart += ms;
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

function spendContent({ tally, witness }: Mending, { ms, fromMs, until }: Part): void {
  const { content, chapter, last } = tally;
  tally.contentMs += ms;
  if (chapter) {
    chapter.timeSpentMs += ms;
    tally.chapterMs += ms;
  }
  weighBitrate(tally, ms);
  const stands = last.event.playheadMs === until.playheadMs;
  const wholeMs = Math.max(0, until.atMs - fromMs);
  const isLoop = !content.isLive && isLongAsContent(content.lengthMs, wholeMs);
  if (stands && !content.isLive && !isLoop) {
    prolongStillRun(tally, ms, fromMs);
    return;
  }
  endStillRun(tally);
  addPlaying(tally, fromMs, ms);
  watch(tally, witness, { place: until.place, toMs: until.playheadMs, ms: wholeMs, isLoop });
}

/** Whether an interval may have been the whole of the content, played in a loop. */
function isLongAsContent(lengthMs: number | undefined, ms: number): boolean {
  return lengthMs !== undefined && ms <= OBSERVED_MS_MAX && ms >= lengthMs;
}

function spendAd(tally: Tally, { ms, fromMs }: Part): void {
  tally.adMs += ms;
  if (tally.ad) tally.ad.timeSpentMs += ms;
  if (tally.adBreak) tally.adBreak.timeSpentMs += ms;
  addPlaying(tally, fromMs, ms);
  weighBitrate(tally, ms);
}

function addPlaying({ playing }: Tally, fromMs: number, ms: number): void {
  if (ms <= 0) return;
  if (playing.length < SPANS_MAX || playing.at(-1)?.[1] === fromMs) addSpan(playing, fromMs, fromMs + ms);
}

function weighBitrate(tally: Tally, ms: number): void {
  if (tally.bitrate === undefined) return;
  tally.bitrateMs += ms;
  tally.bitrateTimesMs += tally.bitrate * ms;
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
