/** Whether it is all right at this moment: what is unusual against the hour before. */

import type { LiveSnapshot } from "../api/answers.ts";
import { formatCount, formatShare } from "../format/numbers.ts";

interface Verdict {
  readonly isWell: boolean;
  readonly words: string;
}

/** Fewer say nothing. */
const COUNT_MIN = 5;
const MANY_TIMES = 3;
const REBUFFERING_MAX = 0.02;
const DROP_MIN = 20;
const DROP_SHARE = 0.5;

/** The median of the hour's finished minutes. */
export function usualOf(values: readonly number[]): number {
  const sorted = values.slice(0, -1).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The first thing that is wrong, or that all is well. */
export function verdictOf(snapshot: LiveSnapshot): Verdict {
  const { minutes, errorsPerMinute, rejectedPerMinute, rebufferingRatio, playing, openSessions } = snapshot;
  const usual = (pick: (minute: LiveSnapshot["minutes"][number]) => number) => usualOf(minutes.map(pick));
  const wrong = [
    tooMany(
      "Playback errors",
      errorsPerMinute,
      usual((each) => each.errors),
    ),
    rejectedPerMinute === null
      ? undefined
      : tooMany(
          "Refused requests",
          rejectedPerMinute,
          usual((each) => each.rejected ?? 0),
        ),
    rebufferingRatio !== null && rebufferingRatio > REBUFFERING_MAX
      ? `Rebuffering takes ${formatShare(rebufferingRatio)} of the time`
      : undefined,
    dropped(
      playing,
      usual((each) => each.playingMax),
    ),
  ].filter((each) => each !== undefined);
  if (wrong[0] !== undefined) return { isWell: false, words: wrong.join("; ") };
  if (openSessions === 0) return { isWell: true, words: "No one is watching right now" };
  return { isWell: true, words: "All well: no more errors, refusals or rebuffering than is usual in this hour" };
}

function tooMany(what: string, now: number, usual: number): string | undefined {
  if (now < COUNT_MIN || now < usual * MANY_TIMES) return undefined;
  const times = usual === 0 ? "" : `, ${formatCount(Math.round(now / usual))}× the hour's usual`;
  return `${what}: ${formatCount(now)} a minute${times}`;
}

function dropped(now: number, usual: number): string | undefined {
  if (usual < DROP_MIN || now > usual * DROP_SHARE) return undefined;
  return `Only ${formatCount(now)} are playing; ${formatCount(usual)} is usual in this hour`;
}
