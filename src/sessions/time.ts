/** Time: the interval between two consecutive events belongs to the state after the first. It is never negative. */

import type { PlayerEvent } from "../protocol/event.ts";
import type { StillRun, Tally } from "./tally.ts";
import type { IntervalKind } from "./timeline.ts";
import { addSpan, isWatched, SPANS_MAX } from "./watched.ts";

const STALL_EVENTS_MIN = 3;
const STALL_MS_MIN = 2000;

/** Spends the time from the last event to this one, before this one has its effect. */
export function spendUntil(tally: Tally, event: PlayerEvent): void {
  const { last } = tally;
  const ms = Math.max(0, event.tsMs - last.event.tsMs);
  const kind = kindOf(tally);
  last.intervalMs = ms;
  last.intervalKind = kind;
  // A run at one playhead lasts while main content plays without a break.
  if (kind !== "content") endStillRun(tally);
  switch (kind) {
    case "content":
      spendContent(tally, event, ms);
      return;
    case "ad":
      spendAd(tally, ms);
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
    addPlaying(tally, run.fromTsMs, run.ms);
    return;
  }
  tally.stallEvents += 1;
  tally.stallMs += run.ms;
  tally.contentMs -= run.ms;
  for (const entry of run.entries ?? []) entry.intervalKind = "stall";
  for (const [chapter, ms] of run.chapterMs) {
    chapter.timeSpentMs -= ms;
    tally.chapterMs -= ms;
  }
}

function kindOf({ adBreak, ad, inBreak, main }: Tally): IntervalKind {
  const state = adBreak ? inBreak : main;
  if (state === "paused") return "pause";
  if (state === "buffering") return "buffer";
  if (state !== "playing") return "nothing";
  if (!adBreak) return "content";
  return ad ? "ad" : "nothing";
}

function spendContent(tally: Tally, event: PlayerEvent, ms: number): void {
  const fromMs = tally.last.event.playheadMs;
  tally.contentMs += ms;
  if (tally.chapter) {
    tally.chapter.timeSpentMs += ms;
    tally.chapterMs += ms;
  }
  weighBitrate(tally, ms);
  if (fromMs === event.playheadMs) {
    prolongStillRun(tally, ms);
    return;
  }
  endStillRun(tally);
  addPlaying(tally, tally.last.event.tsMs, ms);
  if (isWatched(fromMs, event.playheadMs, ms)) addSpan(tally.spans, fromMs, event.playheadMs);
}

function spendAd(tally: Tally, ms: number): void {
  tally.adMs += ms;
  if (tally.ad) tally.ad.timeSpentMs += ms;
  if (tally.adBreak) tally.adBreak.timeSpentMs += ms;
  addPlaying(tally, tally.last.event.tsMs, ms);
  weighBitrate(tally, ms);
}

function addPlaying({ playing }: Tally, fromTsMs: number, ms: number): void {
  if (ms <= 0) return;
  if (playing.length < SPANS_MAX || playing.at(-1)?.[1] === fromTsMs) addSpan(playing, fromTsMs, fromTsMs + ms);
}

function weighBitrate(tally: Tally, ms: number): void {
  if (tally.bitrate === undefined) return;
  tally.bitrateMs += ms;
  tally.bitrateTimesMs += tally.bitrate * ms;
}

function prolongStillRun(tally: Tally, ms: number): void {
  tally.stillRun ??= newRun(tally);
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

function newRun({ last }: Tally): StillRun {
  return { events: 1, ms: 0, fromTsMs: last.event.tsMs, entries: undefined, chapterMs: new Map() };
}
