/** What a session's ads did, by their events: how long each played, and which errors and breaks were theirs. */

import { adLengthIn, reachesShare } from "../../../sessions/content.ts";
import { hadEffect } from "../../../sessions/ledger.ts";
import type { LedgerEvent } from "../../api/answers.ts";
import { intervalsOf, isOutsideBreaks, type SessionCourse, type TakenEvent } from "./course.ts";

type Events = Pick<SessionCourse, "taking">;

function isEffective({ event }: TakenEvent, type: LedgerEvent["type"]): boolean {
  return event.type === type && hadEffect(event.rule);
}

/** The ads that count, by their `adStart`. */
export function adsIn({ taking }: Events): number[] {
  return taking.filter((each) => isEffective(each, "adStart")).map(({ at }) => at);
}

/** The ads that played for a share of their length. */
export function adsPlayedTo({ taking }: Events, percent: number): number[] {
  const playedMs = new Map<TakenEvent, number>();
  let ad: TakenEvent | undefined;
  for (const each of taking) {
    if (isEffective(each, "adStart")) ad = each;
    for (const { countedAs, fromMs, toMs } of intervalsOf(each)) {
      if (ad && countedAs === "ad") playedMs.set(ad, (playedMs.get(ad) ?? 0) + toMs - fromMs);
    }
  }
  return [...playedMs].filter(([{ event }, ms]) => hasPlayed(event, ms, percent)).map(([{ at }]) => at);
}

function hasPlayed({ params }: LedgerEvent, playedMs: number, percent: number): boolean {
  const length = adLengthIn(params);
  return length !== undefined && reachesShare(playedMs, length, percent);
}

/** The open ad behind each event. */
function openAds({ taking }: Events): (number | undefined)[] {
  let open: number | undefined;
  return taking.map((each) => {
    const { event, at } = each;
    if (isEffective(each, "adStart")) open = at;
    const isEnded = ["adComplete", "adSkip", "adBreakStart"].includes(event.type) && hadEffect(event.rule);
    if (isEnded || isOutsideBreaks(event) || event.flags.includes("mended:ad-overdue")) open = undefined;
    return open;
  });
}

/** The ad that is open behind the last event. */
export function openAdsOf(events: Events): number[] {
  return openAds(events)
    .slice(-1)
    .flatMap((ad) => ad ?? []);
}

/** The errors while an ad was open. */
export function errorsInAds(events: Events): number[] {
  const open = openAds(events);
  return events.taking.filter((each, i) => isEffective(each, "error") && open[i - 1] !== undefined).map(({ at }) => at);
}

/** The breaks that ended without an ad; the open one of a session that may go on is undecided. */
export function emptyBreaksOf({ taking, isOver }: SessionCourse): number[] {
  const empty: number[] = [];
  let isEmpty = false;
  for (const each of taking) {
    if (isEffective(each, "adBreakStart")) {
      empty.push(each.at);
      isEmpty = true;
    } else if (isEmpty && isEffective(each, "adStart")) {
      empty.pop();
      isEmpty = false;
    }
  }
  const last = taking.at(-1);
  if (isEmpty && !isOver && last && !isOutsideBreaks(last.event)) empty.pop();
  return empty;
}
