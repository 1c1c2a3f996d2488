/** Everything that is known of a session at a point of its fold: what is open, and the sums so far. */

import type { PlayerEvent } from "../protocol/event.ts";
import { type Buffers, newBuffers } from "./buffers.ts";
import type { Content } from "./content.ts";
import type { MendingRule } from "./ledger.ts";
import type { Plain } from "./plain.ts";
import { newReports, type QualityReports } from "./quality.ts";
import type { AdBreakRow, AdRow, ChapterRow, ErrorRow, StateRow } from "./rows.ts";
import { newSeeking, type Seeking } from "./seeking.ts";
import type { PlaybackState } from "./state.ts";
import type { TimelineEntry } from "./timeline.ts";
import type { Playing, Span } from "./watched.ts";

/** A run of events at one playhead while main content plays: a stall, if it turns out long enough. */
export interface StillRun {
  events: number;
  ms: number;
  readonly fromMs: number;
  /** The entries whose intervals make it up; only where a timeline is kept. */
  entries: TimelineEntry[] | undefined;
  /** How much of it each chapter was open for. */
  readonly chapterMs: Map<ChapterRow, number>;
}

/** The open break, as far as a rule needs to know it beside its row. */
interface OpenBreak {
  readonly atMs: number;
  readonly playheadMs: number;
  /** Whether the playhead has been where it was when the break began. */
  isStanding: boolean;
}

/** The open ad, as far as a rule needs to know it beside its row. */
export interface OpenAd {
  /** Its length where that is known and long enough to go by. */
  readonly lengthMs: number | undefined;
  /** Whether it is over at its length, since nothing else ends it. */
  readonly isOverdue: boolean;
  /** Whether something tells that it played, so that the playhead doesn't overtake it. */
  readonly hasWitness: boolean;
}

/** A fast interval that was watched only if the session has no other. */
interface FastInterval {
  readonly span: Span;
  /** Its place among the spans. */
  readonly at: number;
  readonly ms: number;
  /** The instant at its end. */
  readonly atMs: number;
}

/** Integer milliseconds and counts; mutable, since a session of 400 events makes one of these, not 400. */
export interface Tally {
  /** Whether entries outlive the next event: a fold for the numbers alone holds none of them. */
  keepsTimeline: boolean;
  readonly content: Content;
  readonly start: PlayerEvent;
  /** The last event that took part, and what the time after it belongs to. */
  last: TimelineEntry;
  main: PlaybackState;
  /** The state inside the open ad break. */
  inBreak: PlaybackState;
  adBreak: AdBreakRow | undefined;
  ad: AdRow | undefined;
  chapter: ChapterRow | undefined;
  openBreak: OpenBreak | undefined;
  openAd: OpenAd | undefined;
  /** What a rule ended: a completion that still comes completes it, an ad opens the break again. */
  overBreak: AdBreakRow | undefined;
  overAd: AdRow | undefined;
  /** Whether a `play` was said so far, of whatever it was. */
  playSaid: boolean;
  /** Whether the playhead has stood since a `play` that ended a pause or a buffer: it may be an old one. */
  isStale: boolean;
  /** What plays by what the player says alone; present once a rule made that another thing. */
  plain: Plain | undefined;
  readonly activeStates: Map<string, number>;
  stillRun: StillRun | undefined;

  contentStarted: boolean;
  /** Whether content was said to be complete, which counts in a session with a content start. */
  completionSaid: boolean;
  sessionEnded: boolean;
  /** The furthest playhead of an event from the content start on. */
  playheadMsMax: number;
  readonly reports: QualityReports;

  /** How often each rule mended something. */
  readonly mended: Map<MendingRule, number>;
  mendings: number;
  /** Time that counts as another kind than without mending. */
  mendedMs: number;
  /** Flags of the session that are said once. */
  readonly said: Set<string>;
  /** Intervals in which the playhead went on as milliseconds would. */
  millisecondSteps: number;
  /** Intervals that are faster than a player plays by itself. */
  fastIntervals: number;
  loneFast: FastInterval | undefined;
  readonly seeking: Seeking;
  readonly buffers: Buffers;

  pauseEvents: number;
  bufferEvents: number;
  stallEvents: number;
  bitrateChanges: number;
  contentMs: number;
  adMs: number;
  chapterMs: number;
  pauseMs: number;
  bufferMs: number;
  bufferMsAfterStart: number;
  stallMs: number;
  /** Content that was watched, what was watched twice twice, and the time that it took. */
  watchedMs: number;
  watchingMs: number;
  /** The first instant; the start's own may lie behind it. */
  beganMs: number;
  /** Time up to the content start, that in breaks left out. */
  toStartMs: number;
  /** The instant of the first ad. */
  firstAdMs: number | undefined;
  /** What played behind the latest error since the content start; undefined without one. */
  playedMsSinceError: number | undefined;
  /** The length of the open ad in seconds, if it is known, and how many of its quartiles have played. */
  adLength: number | undefined;
  adQuartiles: number;
  /** How many there were, whether their rows are kept or not. */
  readonly counts: Record<"adBreaks" | "breaksWithAds" | "ads" | "adCompletes" | "adSkips" | "adErrors", number> &
    Record<"adQuartile25" | "adQuartile50" | "adQuartile75", number> &
    Record<"chapters" | "chapterCompletes" | "chapterSkips" | "errors", number>;
  /** The characters of the rows that are kept. */
  rowChars: number;

  readonly spans: Span[];
  /** When content or an ad played: sorted, and none touches the next of its kind. */
  readonly playing: [...Playing][];
  readonly adBreaks: AdBreakRow[];
  readonly ads: AdRow[];
  readonly chapters: ChapterRow[];
  readonly states: Map<string, StateRow>;
  readonly errors: ErrorRow[];
}

/** The tally of a session of which only the start is known. */
export function newTally(entry: TimelineEntry, content: Content, keepsTimeline: boolean): Tally {
  return {
    keepsTimeline,
    content,
    start: entry.event,
    last: entry,
    main: "starting",
    inBreak: "starting",
    adBreak: undefined,
    ad: undefined,
    chapter: undefined,
    openBreak: undefined,
    openAd: undefined,
    overBreak: undefined,
    overAd: undefined,
    playSaid: false,
    isStale: false,
    plain: undefined,
    activeStates: new Map(),
    stillRun: undefined,
    contentStarted: false,
    completionSaid: false,
    sessionEnded: false,
    playheadMsMax: -1,
    reports: newReports(),
    mended: new Map(),
    mendings: 0,
    mendedMs: 0,
    said: new Set(),
    millisecondSteps: 0,
    fastIntervals: 0,
    loneFast: undefined,
    seeking: newSeeking(),
    buffers: newBuffers(),
    pauseEvents: 0,
    bufferEvents: 0,
    stallEvents: 0,
    bitrateChanges: 0,
    contentMs: 0,
    adMs: 0,
    chapterMs: 0,
    pauseMs: 0,
    bufferMs: 0,
    bufferMsAfterStart: 0,
    stallMs: 0,
    watchedMs: 0,
    watchingMs: 0,
    beganMs: entry.atMs,
    toStartMs: 0,
    firstAdMs: undefined,
    playedMsSinceError: undefined,
    adLength: undefined,
    adQuartiles: 0,
    counts: newCounts(),
    rowChars: 0,
    spans: [],
    playing: [],
    adBreaks: [],
    ads: [],
    chapters: [],
    states: new Map(),
    errors: [],
  };
}

function newCounts(): Tally["counts"] {
  return {
    adBreaks: 0,
    breaksWithAds: 0,
    ads: 0,
    adCompletes: 0,
    adSkips: 0,
    adErrors: 0,
    adQuartile25: 0,
    adQuartile50: 0,
    adQuartile75: 0,
    chapters: 0,
    chapterCompletes: 0,
    chapterSkips: 0,
    errors: 0,
  };
}
