/** What is in a title: its chapters and its ads. */

import type { Labels } from "../../api/answers.ts";
import { useReport } from "../../hooks/use-report.ts";
import { Breakdown } from "../../parts/breakdown.tsx";
import { AD_DIMENSIONS, AD_HEADS, AD_LABELS } from "../../parts/name-and-id.tsx";

interface InsideTitleProps {
  readonly filters: readonly string[];
}

const CHAPTERS: Labels = {
  "media.chapter.index": "No.",
  "media.chapter.friendlyName": "Chapter",
  chapterStarts: "Chapter starts",
  chapterCompletes: "Completes",
  chapterSkips: "Skips",
  chapterTimeSpent: "Time",
};

/** Only what there is. */
export function InsideTitle({ filters }: InsideTitleProps) {
  const { answer } = useReport({ metrics: "chapterStarts,adStarts", filter: filters });
  if (!answer) return null;
  const hasChapters = Number(answer.totals.chapterStarts ?? 0) > 0;
  const hasAds = Number(answer.totals.adStarts ?? 0) > 0;
  const absent = [hasChapters ? [] : "chapters", hasAds ? [] : "ads"].flat();
  return (
    <>
      {hasChapters && <ChaptersOfTitle filters={filters} />}
      {hasAds && <AdsOfTitle filters={filters} />}
      {absent.length > 0 && <p class="note">No {absent.join(" or ")} were reported for this title.</p>}
    </>
  );
}

function ChaptersOfTitle({ filters }: InsideTitleProps) {
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
      isBrief
    />
  );
}

function AdsOfTitle({ filters }: InsideTitleProps) {
  return (
    <Breakdown
      title="Ads"
      note="The ads that were shown in this title."
      name="ads"
      by={AD_DIMENSIONS}
      heads={AD_HEADS}
      metrics={["adStarts", "adCompletes", "adCompletionRate", "adSkips", "adTimeSpent"]}
      labels={AD_LABELS}
      filters={filters}
      isBrief
    />
  );
}
