/** Whether it is all right at this moment: what is unusual against the hour before. */

import type { LiveSnapshot } from "../api/answers.ts";
import { formatCount, formatShare } from "../format/numbers.ts";

interface Verdict {
  /** `early` while too little is known to say what is usual, `quiet` while no session is open. */
  readonly is: "well" | "unwell" | "early" | "quiet";
  readonly findings: readonly Finding[];
}

interface Finding {
  readonly words: string;
  /** The sessions or requests that it speaks of. */
  readonly about?: About;
}

/** `ended`: where too few play, the newest that ended are those that are missing. */
export type About = "errors" | "refused" | "rebuffering" | "ended";

type Minute = LiveSnapshot["minutes"][number];

/** What most minutes of the last hour have. */
export interface Usual {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

const ALL_WELL = "All well: no more errors, refusals or rebuffering than is usual in this hour";
/** Fewer say nothing. */
const COUNT_MIN = 5;
const MANY_TIMES = 3;
const REBUFFERING_MAX = 0.02;
const DROP_MIN = 20;
const DROP_SHARE = 0.5;
/** From so many whole minutes on there is something usual. */
const MINUTES_MIN = 10;
/** Eight of ten minutes are between them. */
const LOW = 0.1;
const HIGH = 0.9;

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
export function verdictOf(snapshot: LiveSnapshot): Verdict {
  const { errorsPerMinute, rejectedPerMinute, rebufferingRatio, playing, openSessions } = snapshot;
  const usual = (pick: (minute: Minute) => number) => usualOf(snapshot, pick)?.median;
  const errors = usual((each) => each.errors);
  const refused = usual((each) => each.rejected ?? 0);
  const findings = [
    ...foundIn(tooMany("Playback errors", errorsPerMinute, errors), "errors"),
    ...foundIn(tooMany("Refused requests", rejectedPerMinute ?? 0, refused), "refused"),
    ...foundIn(rebuffering(rebufferingRatio), "rebuffering"),
    ...foundIn(
      dropped(
        playing,
        usual((each) => each.playingMax),
      ),
      "ended",
    ),
  ];
  if (findings.length > 0) return { is: "unwell", findings };
  if (openSessions === 0) return { is: "quiet", findings: [{ words: "No one is watching right now" }] };
  if (errors !== undefined) return { is: "well", findings: [{ words: ALL_WELL }] };
  const known = finishedOf(snapshot).length;
  const words = `No trouble so far. What is usual shows after ${MINUTES_MIN} minutes; ${known} are known.`;
  return { is: "early", findings: [{ words }] };
}

function foundIn(words: string | undefined, about: About): Finding[] {
  return words === undefined ? [] : [{ words, about }];
}

function rebuffering(ratio: number | null): string | undefined {
  return ratio !== null && ratio > REBUFFERING_MAX ? `Rebuffering takes ${formatShare(ratio)} of the time` : undefined;
}

/** @param usual undefined while it is not known: then only the number itself says something */
function tooMany(what: string, now: number, usual: number | undefined): string | undefined {
  if (now < COUNT_MIN || now < (usual ?? 0) * MANY_TIMES) return undefined;
  const times = usual ? `, ${formatCount(Math.round(now / usual))}× the hour's usual` : "";
  return `${what}: ${formatCount(now)} a minute${times}`;
}

function dropped(now: number, usual: number | undefined): string | undefined {
  if (usual === undefined || usual < DROP_MIN || now > usual * DROP_SHARE) return undefined;
  return `Only ${formatCount(now)} are playing; ${formatCount(usual)} is usual in this hour`;
}
