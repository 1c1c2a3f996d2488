/** Judges whether all is well now: what is unusual for this hour, for whom, and since when. */

import type { LiveSnapshot } from "../api/answers.ts";
import { formatCount, formatShare } from "../format/numbers.ts";
import { formatTime } from "../format/times.ts";

interface UsualVerdict {
  /** `early` while too little is known to say what is usual, `quiet` while no session is open. */
  readonly is: "well" | "unwell" | "early" | "quiet";
  readonly findings: readonly Unusual[];
}

interface Unusual {
  readonly words: string;
  /** The sessions or requests that it speaks of. */
  readonly about?: About;
  /** The player that most of them come from. */
  readonly player?: string;
}

/** `ended`: if too few play, the sessions that ended last are the missing ones. */
export type About = "errors" | "refused" | "rebuffering" | "ended";

type Minute = LiveSnapshot["minutes"][number];

/** What most minutes of the last hour have. */
export interface Usual {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

const ALL_WELL = "All well: no more errors, refusals or rebuffering than is usual in this hour";
/** Fewer in a minute say nothing. */
const COUNT_MIN = 5;
const MANY_TIMES = 3;
const REBUFFERING_MAX = 0.02;
const DROP_MIN = 20;
const DROP_SHARE = 0.5;
/** How many whole minutes it takes to know what is usual. */
const MINUTES_MIN = 10;
/** Eight of ten minutes lie between these quantiles. */
const LOW = 0.1;
const HIGH = 0.9;
/** From this share on, errors are a player's. */
const MOSTLY = 0.5;
/** This many calm minutes in a row end the trouble before them. */
const CALM_MINUTES = 2;

/** What is usual in the hour's finished minutes; undefined while they are too few to tell. */
export function usualOf(snapshot: LiveSnapshot, pick: (minute: Minute) => number): Usual | undefined {
  const finished = finishedOf(snapshot);
  if (finished.length < MINUTES_MIN) return undefined;
  const sorted = finished.map(pick).toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0;
  return { low: at(LOW), median: at(0.5), high: at(HIGH) };
}

/** Whole minutes that the server counted. */
function finishedOf({ minutes, since }: LiveSnapshot): readonly Minute[] {
  return minutes.slice(0, -1).filter(({ time }) => time >= since);
}

/** What is wrong, or that all is well. */
export function verdictOf(snapshot: LiveSnapshot): UsualVerdict {
  const findings = [
    ...tooManyErrors(snapshot),
    ...tooManyRefused(snapshot),
    ...rebuffering(snapshot),
    ...few(snapshot),
  ];
  if (findings.length > 0) return { is: "unwell", findings };
  if (snapshot.openSessions === 0) return { is: "quiet", findings: [{ words: "No one is watching right now" }] };
  const known = finishedOf(snapshot).length;
  if (known >= MINUTES_MIN) return { is: "well", findings: [{ words: ALL_WELL }] };
  const words = `No trouble so far. To know what is usual takes ${MINUTES_MIN} minutes (${known} so far).`;
  return { is: "early", findings: [{ words }] };
}

function tooManyErrors(snapshot: LiveSnapshot): Unusual[] {
  const words = tooMany(snapshot, "Playback errors", snapshot.errorsPerMinute, ({ errors }) => errors);
  if (words === undefined) return [];
  const [first] = snapshot.errorPlayers;
  if (!first || first.player === null || first.share < MOSTLY) return [{ words, about: "errors" }];
  const { player, share } = first;
  return [{ words: `${words}, ${formatShare(share)} of them on ${player}`, about: "errors", player }];
}

function tooManyRefused(snapshot: LiveSnapshot): Unusual[] {
  const { rejectedPerMinute } = snapshot;
  const words = tooMany(snapshot, "Refused requests", rejectedPerMinute ?? 0, ({ rejected }) => rejected ?? 0);
  return words === undefined ? [] : [{ words, about: "refused" }];
}

function tooMany(
  snapshot: LiveSnapshot,
  what: string,
  now: number,
  pick: (minute: Minute) => number,
): string | undefined {
  // Until the usual number is known, the number itself decides.
  const usual = usualOf(snapshot, pick)?.median;
  const isMany = (count: number) => count >= COUNT_MIN && count >= (usual ?? 0) * MANY_TIMES;
  if (!isMany(now)) return undefined;
  const times = usual ? `, ${formatCount(Math.round(now / usual))}× the hour's usual` : "";
  return `${what}: ${formatCount(now)} a minute${times}, ${sinceOf(snapshot, (minute) => isMany(pick(minute)))}`;
}

function rebuffering(snapshot: LiveSnapshot): Unusual[] {
  const isMuch = (ratio: number | null) => ratio !== null && ratio > REBUFFERING_MAX;
  const { rebufferingRatio: ratio } = snapshot;
  if (!isMuch(ratio)) return [];
  const since = sinceOf(snapshot, ({ rebufferingRatio }) => isMuch(rebufferingRatio));
  return [{ words: `Rebuffering takes ${formatShare(ratio)} of the time, ${since}`, about: "rebuffering" }];
}

function few(snapshot: LiveSnapshot): Unusual[] {
  const { playing } = snapshot;
  const usual = usualOf(snapshot, ({ playingMax }) => playingMax)?.median ?? 0;
  if (usual < DROP_MIN || playing > usual * DROP_SHARE) return [];
  const since = sinceOf(snapshot, ({ playingMax }) => playingMax <= usual * DROP_SHARE);
  const words = `Only ${formatCount(playing)} are playing, ${since}; ${formatCount(usual)} is usual in this hour`;
  return [{ words, about: "ended" }];
}

/** `since 21:52`: the first bad minute after the last calm ones in a row, or the current minute. */
function sinceOf(snapshot: LiveSnapshot, isBad: (minute: Minute) => boolean): string {
  let since = snapshot.minutes.at(-1)?.time ?? snapshot.now;
  let calm = 0;
  for (const minute of finishedOf(snapshot).toReversed()) {
    calm = isBad(minute) ? 0 : calm + 1;
    if (calm === CALM_MINUTES) break;
    if (calm === 0) since = minute.time;
  }
  return `since ${formatTime(since, "hour")}`;
}
