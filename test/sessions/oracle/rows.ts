/** The rows that a session has beside its numbers, in the plainest way: ads, breaks, chapters, player states, errors. */

import type { Course, Part } from "./course.ts";
import type { Ad, Pod } from "./pod.ts";
import type { Stall } from "./quality.ts";
import { namedStates } from "./states.ts";
import type { Placed } from "./told.ts";

/** What a row says, by the names of an export's columns. */
export type Row = Readonly<Record<string, number | string | boolean | null>>;

/** The kinds of rows, by the names of their exports. */
export const ROW_KINDS = ["ads", "adBreaks", "chapters", "states", "errors"] as const;
export type Rows = Readonly<Record<(typeof ROW_KINDS)[number], readonly Row[]>>;

interface Read {
  readonly events: readonly Placed[];
  readonly course: Course;
  readonly parts: readonly Part[];
}

const QUARTERS = [0.25, 0.5, 0.75];

export function rowsOf(read: Read, stalls: readonly Stall[]): Rows {
  const { course, events } = read;
  return {
    ads: course.ads.map((ad, at) => ({ ordinal: at + 1, ...adRow(read, ad) })),
    adBreaks: course.pods.map((pod, at) => ({ ordinal: at + 1, ...podRow(read, pod) })),
    chapters: course.chapters.map((chapter, at) => ({
      ordinal: at + 1,
      startTs: chapter.by.at,
      timeSpent: chapterMs(read, stalls, (each) => each === chapter) / 1000,
      completed: chapter.isCompleted,
      skipped: chapter.isSkipped,
    })),
    states: namedStates(events).map(({ name, count, ms }) => ({ name, count, totalDuration: ms / 1000 })),
    errors: events.filter(({ type }) => type === "error").map((event, at) => ({ ordinal: at + 1, ...errorRow(event) })),
  };
}

/** The time in chapters, or in some of them, stalls excluded. */
export function chapterMs(
  { course, parts }: Read,
  stalls: readonly Stall[],
  isMeant: (chapter: Course["chapters"][number]) => boolean = () => true,
): number {
  return parts.reduce((sum, { kind, after, from, to }) => {
    const chapter = course.chapterAfter[after];
    if (kind !== "content" || !chapter || !isMeant(chapter)) return sum;
    const isStalled = stalls.some((stall) => stall.stretches.some((stretch) => stretch.after === after));
    return isStalled ? sum : sum + to - from;
  }, 0);
}

/** How long an ad played, what a gap leaves of it. */
export function adMs(parts: readonly Part[], { index }: Ad): number {
  return parts.reduce(
    (sum, { kind, ad, from, to }) => (kind === "ad" && ad?.index === index ? sum + to - from : sum),
    0,
  );
}

function adRow({ events, course, parts }: Read, ad: Ad): Row {
  const ms = adMs(parts, ad);
  const isOpen = (each: Ad | undefined) => each?.index === ad.index;
  return {
    breakIndex: course.pods.indexOf(ad.pod) + 1,
    startTs: ad.by.at,
    timeSpent: ms / 1000,
    completed: ad.isCompleted,
    skipped: ad.isSkipped,
    errors: events.filter(({ type }, index) => type === "error" && isOpen(course.adBefore[index])).length,
    abandoned: isOpen(course.adAfter[events.length - 1]),
    quartiles: QUARTERS.filter((share) => ad.lengthMs !== undefined && ms >= share * ad.lengthMs).length,
  };
}

function podRow({ course, parts }: Read, pod: Pod): Row {
  const ads = course.ads.filter((ad) => ad.pod === pod);
  const ms = ads.reduce((sum, ad) => sum + adMs(parts, ad), 0);
  return { startTs: pod.by.at, timeSpent: ms / 1000, completed: pod.isCompleted, adCount: pod.ads };
}

function errorRow({ at, playheadMs, told: { params = {}, qoeData = {} } }: Placed): Row {
  const said = (key: string) => {
    const value = qoeData[`media.qoe.${key}`] ?? params[`media.qoe.${key}`] ?? params[`media.${key}`] ?? null;
    return value === null ? null : String(value);
  };
  return { ts: at, playhead: playheadMs / 1000, id: said("errorID"), source: said("errorSource") };
}
