/**
 * The rules by which breaks and ads are over, and by which content plays, though the player didn't say so.
 *
 * Each is tried at every moment, after the event's own effect, in the order of {@link RULES_IN_ORDER}.
 *
 * @see docs/metrics.md, "Mending"
 */

import { SECOND_MS } from "../base/units.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { flag } from "../protocol/flags.ts";
import { adLengthIn } from "./content.ts";
import type { MendingRule } from "./ledger.ts";
import { RANKS } from "./order.ts";
import { plainOf } from "./plain.ts";
import type { OpenAd, Tally } from "./tally.ts";
import type { TimelineEntry } from "./timeline.ts";
import type { Witness } from "./witness.ts";

/** What the rules are tried with. */
export interface Mending {
  readonly tally: Tally;
  readonly witness: Witness;
  /** False for the numbers without mending. */
  readonly mends: boolean;
  readonly isOff: (rule: MendingRule) => boolean;
  /** Whether the session is an array, in which no arrival bears anything out. */
  readonly isArray: boolean;
}

/** A moment at which the rules are tried: a place among the moments, or an instant behind it. */
interface TriedMoment {
  readonly place: number;
  readonly entry: TimelineEntry;
  /** Absent for an instant between two events. */
  readonly event?: PlayerEvent;
}

type Try = (mending: Mending, moment: TriedMoment) => void;

const AD_LENGTH_MIN_MS = 5 * SECOND_MS;
const AD_SLACK_MS = 5 * SECOND_MS;
/** How much earlier than its length an ad may be followed by the next one. */
const AD_EARLY_MS = 2 * SECOND_MS;
const OVERDUE_MIN_MS = 90 * SECOND_MS;
/** How long a playhead stands before it says something. */
const STANDING_MIN_MS = SECOND_MS;
const COMPLETION_SOON_MS = SECOND_MS;

const RULES_IN_ORDER: readonly Try[] = [
  completeInBreak,
  breakOverByPlay,
  adOverdue,
  adOvertaken,
  breakNeverCompleted,
  breakOverByPlayhead,
];

/** Tries every rule at an event, after its own effect. */
export function mendAt(mending: Mending, place: number, entry: TimelineEntry, event: PlayerEvent): void {
  const { tally } = mending;
  if (tally.adBreak) {
    noteOpenings(mending, place, event);
    const moment = { place, entry, event };
    for (const attempt of RULES_IN_ORDER) {
      if (!tally.adBreak) break;
      attempt(mending, moment);
    }
  }
  if (!tally.adBreak && tally.main !== "playing") playImplied(mending, { place, entry, event });
}

/** Tries the rules at the instant at which an ad is over, between two events. */
export function mendBetween(mending: Mending, place: number, entry: TimelineEntry): void {
  const { tally } = mending;
  const moment = { place, entry };
  adOverdue(mending, moment);
  if (tally.adBreak) breakNeverCompleted(mending, moment);
  if (tally.adBreak) breakOverByPlayhead(mending, moment);
  if (!tally.adBreak && tally.main !== "playing") playImplied(mending, moment);
}

/** Notes that a rule mended something. @returns false where the rule only flags */
export function noteMending({ tally, isOff }: Mending, entry: TimelineEntry, rule: MendingRule): boolean {
  if (isOff(rule)) {
    addFlag(entry, flag("mendable", rule));
    return false;
  }
  const text = flag("mended", rule);
  if (entry.flags?.includes(text)) return true;
  addFlag(entry, text);
  if (entry.rule === "in-place") entry.rule = rule;
  tally.mended.set(rule, (tally.mended.get(rule) ?? 0) + 1);
  tally.mendings += 1;
  return true;
}

/** Adds a flag of the fold's; the stored event doesn't change. */
export function addFlag(entry: TimelineEntry, text: string): void {
  entry.flags ??= [];
  if (!entry.flags.includes(text)) entry.flags.push(text);
}

function noteOpenings({ tally, witness }: Mending, place: number, { type, params }: PlayerEvent): void {
  const atMs = witness.atMs(place);
  const playheadMs = witness.playheadMs(place);
  const { openBreak } = tally;
  if (type === "adBreakStart" || !openBreak) tally.openBreak = { atMs, playheadMs, isStanding: true };
  else if (playheadMs !== openBreak.playheadMs) openBreak.isStanding = false;
  if (type === "adStart" && tally.ad) tally.openAd = openAdOf(tally, witness, place, mendingLengthMs(params));
}

function mendingLengthMs(params: PlayerEvent["params"]): number | undefined {
  const lengthMs = (adLengthIn(params) ?? 0) * SECOND_MS;
  return lengthMs >= AD_LENGTH_MIN_MS ? lengthMs : undefined;
}

function openAdOf(tally: Tally, witness: Witness, place: number, lengthMs: number | undefined): OpenAd {
  const end = witness.endOfAd(place);
  const rank = typeof end === "number" ? witness.rank(end) : undefined;
  const isEnded = rank === RANKS.adComplete || rank === RANKS.adSkip;
  const isOpen = end === "unsure" && !witness.isOver;
  if (lengthMs === undefined) return { lengthMs, isOverdue: false, hasWitness: isEnded || isOpen };
  const until = typeof end === "number" ? end : isOpen ? witness.length - 1 : undefined;
  const ms = until === undefined ? Number.POSITIVE_INFINITY : witness.atMs(until) - witness.atMs(place);
  const isByNext = rank !== RANKS.adBreakStart && ms >= lengthMs - AD_EARLY_MS;
  const hasWitness = ms <= lengthMs + AD_SLACK_MS && (isEnded || isOpen || isByNext);
  const openAd = { lengthMs, isOverdue: false, hasWitness };
  if (isEnded || end === "unsure") return openAd;
  return {
    ...openAd,
    isOverdue: isOverdue(
      { openAd, openBreak: tally.openBreak, content: tally.content },
      witness,
      place,
      end ?? witness.length - 1,
    ),
  };
}

type AdFacts = Pick<Tally, "openAd" | "openBreak" | "content">;

/** Whether an ad plays for so long that it must be over, up to what ends it, and nothing overtakes it before. */
function isOverdue(facts: AdFacts, witness: Witness, place: number, end: number): boolean {
  const { openAd, openBreak } = facts;
  const lengthMs = openAd?.lengthMs ?? 0;
  let playedMs = 0;
  let isPlaying = true;
  let hasMoved = false;
  let isStanding = openBreak?.isStanding ?? false;
  for (let at = place + 1; at <= end; at += 1) {
    if (isPlaying) playedMs += Math.max(0, witness.atMs(at) - witness.atMs(at - 1));
    hasMoved ||= witness.playheadMs(at) !== witness.playheadMs(place);
    if (hasMoved ? playedMs >= lengthMs + AD_SLACK_MS : isFarOver(playedMs, lengthMs)) return true;
    isPlaying = isPlayingAfter(witness.rank(at), isPlaying);
    isStanding &&= witness.playheadMs(at) === openBreak?.playheadMs;
    if (isStanding && isOvertaken(facts, witness, at)) return false;
  }
  return false;
}

function isFarOver(playedMs: number, lengthMs: number): boolean {
  return playedMs >= 2 * lengthMs && playedMs >= OVERDUE_MIN_MS;
}

function isPlayingAfter(rank: number, wasPlaying: boolean): boolean {
  if (rank === RANKS.play) return true;
  return wasPlaying && rank !== RANKS.pauseStart && rank !== RANKS.bufferStart;
}

/** Whether main content plays behind a place, at which the playhead has stood since the break began. */
function isOvertaken({ openAd, openBreak, content }: AdFacts, witness: Witness, place: number): boolean {
  if (content.isLive || !openAd || openAd.hasWitness || !openBreak) return false;
  return witness.atMs(place) - openBreak.atMs >= STANDING_MIN_MS && witness.areTwoInStep(place);
}

function completeInBreak(mending: Mending, { place, entry, event }: TriedMoment): void {
  if (event?.type !== "sessionComplete" || mending.tally.ad) return;
  if (!mending.witness.followsNoAd(place)) return;
  if (noteBefore(mending, entry, "complete-in-break")) endBreak(mending.tally);
}

function breakOverByPlay(mending: Mending, { place, entry, event }: TriedMoment): void {
  const { tally, witness } = mending;
  if (event?.type !== "play" || tally.ad || !witness.followsNoAd(place)) return;
  const completion = witness.completionOf(place);
  const isSoonOver =
    typeof completion === "number"
      ? witness.atMs(completion) - witness.atMs(place) <= COMPLETION_SOON_MS
      : completion === undefined || witness.isOver;
  const isOver = tally.content.isLive || isSoonOver || witness.isInStep(place);
  if (!isOver && (completion === "unsure" || tally.main === "playing")) return;
  if (!noteBefore(mending, entry, "break-over-by-play")) return;
  if (isOver) {
    endBreak(tally);
    playMain(tally);
  } else tally.main = "playing";
}

function adOverdue(mending: Mending, { entry }: TriedMoment): void {
  const { tally } = mending;
  const { ad, openAd } = tally;
  if (!ad || !openAd?.isOverdue || openAd.lengthMs === undefined || ad.timeSpentMs < openAd.lengthMs) return;
  if (noteBefore(mending, entry, "ad-overdue")) endAd(tally);
  else tally.openAd = { ...openAd, isOverdue: false };
}

function adOvertaken(mending: Mending, { place, entry }: TriedMoment): void {
  const { tally, witness } = mending;
  if (!tally.ad || !tally.openBreak?.isStanding || !isOvertaken(tally, witness, place)) return;
  if (!noteBefore(mending, entry, "ad-overtaken")) return;
  endAd(tally);
  endBreak(tally);
  if (tally.main === "playing" || tally.playSaid) playMain(tally);
}

function breakNeverCompleted(mending: Mending, { place, entry }: TriedMoment): void {
  const { tally, witness } = mending;
  if (tally.ad || witness.completionOf(place) !== undefined || witness.hasAdBehind(place)) return;
  if (place === witness.length - 1) return;
  if (!noteBefore(mending, entry, "break-never-completed")) return;
  endBreak(tally);
  if (tally.main === "playing" || (tally.main === "starting" && tally.playSaid)) playMain(tally);
}

function breakOverByPlayhead(mending: Mending, { place, entry }: TriedMoment): void {
  const { tally, witness } = mending;
  if (tally.content.isLive || tally.ad || !witness.isInStep(place) || !witness.followsNoAd(place, true)) return;
  if (!noteBefore(mending, entry, "break-over-by-playhead")) return;
  endBreak(tally);
  if (tally.main === "playing" || tally.playSaid) playMain(tally);
}

function playImplied(mending: Mending, { place, entry }: TriedMoment): void {
  const { tally, witness } = mending;
  if (tally.content.isLive || !witness.areTwoInStep(place)) return;
  if (!witness.hasPlay) {
    addFlagOnce(tally, entry, "playhead-moves-without-play");
    return;
  }
  if (tally.main !== "ended") {
    if (tally.main === "starting" && !tally.playSaid) return;
    if (witness.isPlaySaidNext(place) !== false) return;
  }
  if (noteBefore(mending, entry, "play-implied")) playMain(tally);
}

/** Notes a mending that changes what plays: from here on it is told apart from what the player says. */
function noteBefore(mending: Mending, entry: TimelineEntry, rule: MendingRule): boolean {
  const plain = mending.tally.plain ?? plainOf(mending.tally);
  if (!noteMending(mending, entry, rule)) return false;
  mending.tally.plain = plain;
  return true;
}

/** Flags something that would be said of each event of a session, at the first of them. */
export function addFlagOnce(tally: Tally, entry: TimelineEntry, text: Parameters<typeof flag>[0]): void {
  if (tally.said.has(text)) return;
  tally.said.add(text);
  addFlag(entry, flag(text));
}

function endAd(tally: Tally): void {
  tally.overAd = tally.ad;
  tally.ad = undefined;
  tally.inBreak = "starting";
}

function endBreak(tally: Tally): void {
  tally.overBreak = tally.adBreak;
  tally.adBreak = undefined;
}

function playMain(tally: Tally): void {
  tally.main = "playing";
  tally.contentStarted = true;
  tally.isStale = false;
}
