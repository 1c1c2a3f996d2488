/** The numbers of ads, ad breaks and chapters; only counted ones. */

import { secondsOf } from "../../base/units.ts";
import type { MetricDefinition } from "./definition.ts";

export const AD_METRICS = [
  {
    id: "adBreaks",
    unit: "count",
    definition: "Ad breaks that opened.",
    formula: "adBreakStart",
    of: ({ adBreaks }) => adBreaks.length,
    madeOf: { events: "adBreakStart" },
    betterWhen: "more",
  },
  {
    id: "adStarts",
    unit: "count",
    definition: "Ads that began in an open break.",
    formula: "adStart in a break",
    of: ({ ads }) => ads.length,
    contextData: "a.media.ad.view",
    xdm: "advertisingDetails.isStarted",
    madeOf: { events: "adStart" },
    betterWhen: "more",
  },
  {
    id: "adCount",
    unit: "count",
    definition: "The same as adStarts.",
    formula: "adStarts",
    of: ({ ads }) => ads.length,
    madeOf: { events: "adStart" },
    betterWhen: "more",
  },
  {
    id: "adCompletes",
    unit: "count",
    definition: "Ads watched to their end.",
    formula: "ads ended by adComplete",
    of: ({ ads }) => completed(ads),
    contextData: "a.media.ad.complete",
    xdm: "advertisingDetails.isCompleted",
    madeOf: { events: "adComplete" },
    betterWhen: "more",
  },
  {
    id: "adSkips",
    unit: "count",
    definition: "Ads that were skipped.",
    formula: "ads ended by adSkip",
    of: ({ ads }) => skipped(ads),
    madeOf: { events: "adSkip" },
  },
  {
    id: "chapterStarts",
    unit: "count",
    definition: "Chapters that began.",
    formula: "chapterStart",
    of: ({ chapters }) => chapters.length,
    contextData: "a.media.chapter.view",
    xdm: "chapterDetails.isStarted",
    madeOf: { events: "chapterStart" },
    betterWhen: "more",
  },
  {
    id: "chapterCount",
    unit: "count",
    definition: "The same as chapterStarts.",
    formula: "chapterStarts",
    of: ({ chapters }) => chapters.length,
    madeOf: { events: "chapterStart" },
    betterWhen: "more",
  },
  {
    id: "chapterCompletes",
    unit: "count",
    definition: "Chapters watched to their end.",
    formula: "ended by chapterComplete",
    of: ({ chapters }) => completed(chapters),
    contextData: "a.media.chapter.complete",
    xdm: "chapterDetails.isCompleted",
    madeOf: { events: "chapterComplete" },
    betterWhen: "more",
  },
  {
    id: "chapterSkips",
    unit: "count",
    definition: "Chapters left before their end.",
    formula: "ended by chapterSkip",
    of: ({ chapters }) => skipped(chapters),
    madeOf: { events: "chapterSkip" },
  },
  {
    id: "chapterTimeSpent",
    unit: "s",
    definition: "Time playing main content while a chapter is open, stalls excluded.",
    formula: "Σ intervals `content` with an open chapter",
    contextData: "a.media.chapter.timePlayed",
    xdm: "chapterDetails.timePlayed",
    of: ({ chapterMs }) => secondsOf(chapterMs),
    madeOf: { time: ["content"], only: "in chapters" },
    betterWhen: "more",
  },
] as const satisfies readonly MetricDefinition[];

function completed(rows: readonly { completed: boolean }[]): number {
  return rows.filter((row) => row.completed).length;
}

function skipped(rows: readonly { skipped: boolean }[]): number {
  return rows.filter((row) => row.skipped).length;
}
