/** What is in a title: its chapters and its ads. */

import type { Labels } from "../../api/answers.ts";
import { Breakdown } from "../../parts/breakdown.tsx";
import { AD_DIMENSIONS, AD_HEADS, AD_LABELS } from "../../parts/name-and-id.tsx";

interface InsideTitleProps {
  readonly filters: readonly string[];
}

const CHAPTERS: Labels = {
  "media.chapter.index": "No.",
  "media.chapter.friendlyName": "Chapter",
  chapterStarts: "Starts",
  chapterCompletes: "Completes",
  chapterSkips: "Skips",
  chapterTimeSpent: "Time",
};
const HEIGHT_MAX = 380;

export function ChaptersOfTitle({ filters }: InsideTitleProps) {
  return (
    <Breakdown
      title="Chapters"
      note="Each session counts once for each chapter that it has."
      name="chapters"
      by="media.chapter.index,media.chapter.friendlyName"
      sort="media.chapter.index"
      metrics={["chapterStarts", "chapterCompletes", "chapterSkips", "chapterTimeSpent"]}
      labels={CHAPTERS}
      filters={filters}
      heightMax={HEIGHT_MAX}
      empty={
        <p>
          No chapters were played. A <code>chapterStart</code> event brings one.
        </p>
      }
    />
  );
}

export function AdsOfTitle({ filters }: InsideTitleProps) {
  return (
    <Breakdown
      title="Ads"
      note="Counted are the ads that were shown in this title."
      name="ads"
      by={AD_DIMENSIONS}
      heads={AD_HEADS}
      metrics={["adStarts", "adCompletes", "adCompletionRate", "adSkips", "adTimeSpent"]}
      labels={AD_LABELS}
      filters={filters}
      heightMax={HEIGHT_MAX}
      empty={
        <p>
          No ads were shown. <code>adBreakStart</code> and <code>adStart</code> events bring them.
        </p>
      }
    />
  );
}
