/** What each event does to a session, and by which rule: a catalogue by type. */

import type { EventType, PlayerEvent } from "../protocol/event.ts";
import { adLengthIn } from "./content.ts";
import type { Rule } from "./ledger.ts";
import { STATES_MAX, stateNameOf, stateNamesIn } from "./reported.ts";
import type { AdRow, ErrorRow } from "./rows.ts";
import { nextState, type PlaybackState } from "./state.ts";
import type { Tally } from "./tally.ts";

/** Has an event's own effect, at its mended instant. @returns the rule that decided */
type Effect = (tally: Tally, event: PlayerEvent, atMs: number) => Rule;

/** Rows of a kind, and characters of all rows, that are kept of a session. Its numbers count the others too. */
const ROWS_MAX = 1000;
const ROW_CHARS_MAX = 2 ** 20;
const NO_PARAMS: Readonly<Record<string, never>> = {};

export const EFFECTS: Readonly<Record<EventType, Effect>> = {
  sessionStart: () => "second-start",
  sessionComplete: (tally) => {
    const isRepeated = tally.main === "ended";
    tally.main = "ended";
    tally.seeking.stop = undefined;
    tally.completionSaid = true;
    // Whether it counts is known once content starts, or at the end.
    return isRepeated ? "no-change" : "in-place";
  },
  sessionEnd: (tally) => {
    tally.sessionEnded = true;
    return "in-place";
  },
  play: changeState,
  pauseStart: changeState,
  bufferStart: changeState,
  ping: () => "in-place",
  bitrateChange: (tally) => {
    tally.bitrateChanges += 1;
    return "in-place";
  },
  error: (tally, { playheadMs, qoeData = {}, params = NO_PARAMS }, tsMs) => {
    const id = qoeData["media.qoe.errorID"] ?? params["media.qoe.errorID"] ?? params["media.errorId"];
    const source = qoeData["media.qoe.errorSource"] ?? params["media.qoe.errorSource"] ?? params["media.errorSource"];
    tally.counts.errors += 1;
    if (tally.contentStarted) tally.playedMsSinceError = 0;
    if (tally.ad) {
      tally.counts.adErrors += 1;
      tally.ad.errors += 1;
    }
    keepRow(tally, tally.errors, { tsMs, playheadMs, id: textOf(id), source: textOf(source) });
    return "in-place";
  },
  adBreakStart: (tally, event, atMs) => {
    leaveBreak(tally);
    tally.inBreak = "starting";
    tally.counts.adBreaks += 1;
    tally.adBreak = { ...periodOf(tally, event, atMs, tally.adBreaks), index: tally.counts.adBreaks, adCount: 0 };
    keepRow(tally, tally.adBreaks, tally.adBreak);
    return "in-place";
  },
  adBreakComplete: (tally) => {
    const adBreak = tally.adBreak ?? tally.overBreak;
    if (!adBreak) return "nothing-open";
    adBreak.completed = true;
    leaveBreak(tally);
    // A `play` in the break may have been main content's.
    if (tally.main === "playing") tally.contentStarted = true;
    return "in-place";
  },
  adStart: (tally, event, atMs) => {
    tally.adBreak ??= tally.overBreak;
    tally.overBreak = undefined;
    tally.overAd = undefined;
    if (!tally.adBreak) return "ad-outside-break";
    if (tally.adBreak.adCount === 0) tally.counts.breaksWithAds += 1;
    tally.adBreak.adCount += 1;
    beginAd(tally, event, atMs, tally.adBreak.index);
    return "in-place";
  },
  adComplete: (tally) => endAd(tally, "completed"),
  adSkip: (tally) => endAd(tally, "skipped"),
  chapterStart: (tally, event, atMs) => {
    tally.chapter = { ...periodOf(tally, event, atMs, tally.chapters), skipped: false };
    tally.counts.chapters += 1;
    keepRow(tally, tally.chapters, tally.chapter);
    return "in-place";
  },
  chapterComplete: (tally) => endChapter(tally, "completed"),
  chapterSkip: (tally) => endChapter(tally, "skipped"),
  stateStart: (tally, { params }, atMs) => {
    const name = stateNameOf(params);
    return name === undefined ? "state-without-name" : activate(tally, name, atMs);
  },
  stateEnd: (tally, { params }, atMs) => {
    const name = stateNameOf(params);
    return name === undefined ? "state-without-name" : deactivate(tally, name, atMs);
  },
  statesUpdate: updateStates,
};

function beginAd(tally: Tally, event: PlayerEvent, atMs: number, breakIndex: number): void {
  const period = periodOf(tally, event, atMs, tally.ads);
  tally.ad = { ...period, breakIndex, skipped: false, errors: 0, abandoned: false };
  tally.adLength = adLengthIn(event.params);
  tally.adQuartiles = 0;
  if (tally.counts.ads === 0) tally.firstAdMs = atMs;
  tally.counts.ads += 1;
  keepRow(tally, tally.ads, tally.ad);
  tally.inBreak = "playing";
}

/** Leaves the open break, and what a rule ended of it. */
function leaveBreak(tally: Tally): void {
  tally.adBreak = undefined;
  tally.ad = undefined;
  tally.overBreak = undefined;
  tally.overAd = undefined;
}

/** Ends come first. @returns the rule of a state that changed, else of one that was so already, else of the first */
function updateStates(tally: Tally, { params }: PlayerEvent, atMs: number): Rule {
  const rules = [
    ...stateNamesIn(params, "statesEnd").map((name) => deactivate(tally, name, atMs)),
    ...stateNamesIn(params, "statesStart").map((name) => activate(tally, name, atMs)),
  ];
  const counted = (["in-place", "no-change"] as const).find((rule) => rules.includes(rule));
  return counted ?? rules[0] ?? "state-without-name";
}

function activate(tally: Tally, name: string, atMs: number): Rule {
  if (tally.activeStates.has(name)) return "no-change";
  const row = tally.states.get(name) ?? { name, count: 0, durationMs: 0 };
  if (row.count === 0 && tally.states.size >= STATES_MAX) return "state-limit";
  row.count += 1;
  tally.states.set(name, row);
  tally.activeStates.set(name, atMs);
  return "in-place";
}

function deactivate(tally: Tally, name: string, atMs: number): Rule {
  if (endState(tally, name, atMs)) return "in-place";
  return !tally.states.has(name) && tally.states.size >= STATES_MAX ? "state-limit" : "nothing-open";
}

/** Ends a player state. @returns whether it was active */
export function endState(tally: Tally, name: string, atMs: number): boolean {
  const sinceMs = tally.activeStates.get(name);
  const row = tally.states.get(name);
  if (sinceMs === undefined || !row) return false;
  row.durationMs += Math.max(0, atMs - sinceMs);
  tally.activeStates.delete(name);
  return true;
}

/** `play`, `pauseStart` and `bufferStart` go to the open ad break if there is one; main content's state waits. */
function changeState(tally: Tally, { type }: PlayerEvent): Rule {
  const before = tally.adBreak ? tally.inBreak : tally.main;
  const after = nextState(before, type);
  if (type === "play") tally.playSaid = true;
  if (!tally.adBreak && after === "playing") tally.contentStarted = true;
  if (after === before) return before === "ended" ? "content-ended" : "no-change";
  if (tally.adBreak) tally.inBreak = after;
  else {
    tally.isStale = after === "playing" && (before === "paused" || before === "buffering");
    tally.main = after;
  }
  countEntry(tally, after);
  return "in-place";
}

function countEntry(tally: Tally, state: PlaybackState): void {
  if (state === "paused") tally.pauseEvents += 1;
  if (state === "buffering") tally.bufferEvents += 1;
}

function endAd(tally: Tally, how: "completed" | "skipped"): Rule {
  const ad = tally.ad ?? tally.overAd;
  if (!ad) return "nothing-open";
  ad[how] = true;
  tally.counts[how === "completed" ? "adCompletes" : "adSkips"] += 1;
  if (tally.ad) tally.inBreak = "starting";
  tally.ad = undefined;
  tally.overAd = undefined;
  return "in-place";
}

function endChapter(tally: Tally, how: "completed" | "skipped"): Rule {
  if (!tally.chapter) return "nothing-open";
  tally.chapter[how] = true;
  tally.counts[how === "completed" ? "chapterCompletes" : "chapterSkips"] += 1;
  tally.chapter = undefined;
  return "in-place";
}

function periodOf(tally: Tally, { params, customMetadata }: PlayerEvent, startTsMs: number, rows: readonly unknown[]) {
  const isKept = hasRoom(tally, rows);
  return {
    startTsMs,
    params: (isKept && params) || NO_PARAMS,
    customMetadata: isKept ? { ...tally.start.customMetadata, ...customMetadata } : {},
    timeSpentMs: 0,
    completed: false,
  };
}

/** A session may have as many ads as it has events, each with all of the metadata. */
function hasRoom({ rowChars }: Tally, rows: readonly unknown[]): boolean {
  return rows.length < ROWS_MAX && rowChars < ROW_CHARS_MAX;
}

function keepRow<Row extends Partial<AdRow> | ErrorRow>(tally: Tally, rows: Row[], row: Row): void {
  if (!hasRoom(tally, rows)) return;
  tally.rowChars += charsIn(row);
  rows.push(row);
}

function charsIn(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  let chars = 0;
  for (const key of Object.keys(value)) chars += key.length + charsIn((value as Record<string, unknown>)[key]);
  return chars;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
