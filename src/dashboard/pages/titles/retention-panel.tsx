/** Which share of the sessions watched each part of a title, and what they watched again. */

import { useMemo } from "preact/hooks";
import { counted } from "../../../base/counted.ts";
import type { Dimensions, MetricColumn, RetentionAnswer } from "../../api/answers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import { REFRESH_MS, useReport } from "../../hooks/use-report.ts";
import { catalogue } from "../../model/catalogue.ts";
import { clashOf } from "../../model/clash.ts";
import { breakMarks, type ContentMark, chapterMarks } from "../../model/content-marks.ts";
import { change, place } from "../../model/place.ts";
import { endsOf, retentionInWords, rewatchesOf } from "../../model/retention.ts";
import { question, scope } from "../../model/scope.ts";
import { Switch } from "../../parts/choice.tsx";
import { CurveChart } from "../../parts/curve-chart.tsx";
import { Answered, Panel } from "../../parts/panel.tsx";
import type { PlotLine } from "../../parts/plot.ts";

interface RetentionPanelProps {
  readonly filters: readonly string[];
  readonly lengthSeconds: number | undefined;
}

const PERCENT = "percent";
const TIME = "time";
const PERCENT_STEPS = [10, 20, 25, 50];
const TIME_STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
const HEIGHT = 280;
const SHARE = { unit: "ratio", aggregation: "rate" } as const;

export function RetentionPanel({ filters, lengthSeconds }: RetentionPanelProps) {
  const asked = useAnswer<RetentionAnswer>(question("/admin/api/retention", { filter: filters }), REFRESH_MS);
  const marks = useMarks(filters, lengthSeconds);
  const by = place.value.params.get("along") ?? (lengthSeconds === undefined ? PERCENT : TIME);
  return (
    <Panel
      title="What gets watched"
      note={asked.answer && `Of ${counted(asked.answer.sessions, "session")} that started content of a known length.`}
      actions={
        lengthSeconds !== undefined && (
          <Switch
            label="Along the content by"
            value={by}
            options={[
              { value: PERCENT, label: "Percent" },
              { value: TIME, label: "Time" },
            ]}
            onChoose={(value) => change({ along: value }, { replace: true })}
          />
        )
      }
    >
      <Answered
        asked={asked}
        height={HEIGHT + 90}
        isEmpty={({ sessions }) => sessions === 0}
        empty={
          <p>
            There is no curve: no session that started this content reported a <code>media.length</code> above 0.
          </p>
        }
      >
        {(retention) => (
          <div class="panel-body">
            <Curve
              retention={retention}
              lengthSeconds={by === TIME ? lengthSeconds : undefined}
              marks={by === TIME ? marks : inPercent(marks, lengthSeconds)}
            />
            {retentionInWords(retention, lengthSeconds).map((sentence) => (
              <p class="says" key={sentence}>
                {sentence}
              </p>
            ))}
          </div>
        )}
      </Answered>
    </Panel>
  );
}

const MARK_ROWS_MAX = "1000";
const CHAPTERS_BY = "media.chapter.offset,media.chapter.friendlyName" satisfies Dimensions;
const BREAKS_BY = "media.ad.podSecond,media.ad.podFriendlyName" satisfies Dimensions;

/** Chapters and breaks along the content. */
function useMarks(filters: readonly string[], lengthSeconds: number | undefined): readonly ContentMark[] {
  const chapters = useMarksBy(CHAPTERS_BY, "chapterStarts", filters, lengthSeconds !== undefined);
  const breaks = useMarksBy(BREAKS_BY, "adBreaks", filters, lengthSeconds !== undefined);
  return useMemo(() => {
    if (lengthSeconds === undefined) return [];
    return [...chapterMarks(chapters?.rows ?? [], lengthSeconds), ...breakMarks(breaks?.rows ?? [], lengthSeconds)];
  }, [chapters, breaks, lengthSeconds]);
}

function useMarksBy(dimension: Dimensions, metrics: MetricColumn, filter: readonly string[], isAsked: boolean) {
  const clash = clashOf(dimension, [...scope.value.filters, ...filter], catalogue.value?.dimensions ?? []);
  return useReport({ metrics, dimension, filter, limit: MARK_ROWS_MAX }, isAsked && clash === undefined).answer;
}

function inPercent(marks: readonly ContentMark[], lengthSeconds = 1): readonly ContentMark[] {
  return marks.map((mark) => ({ ...mark, at: (mark.at / lengthSeconds) * 100 }));
}

interface CurveProps {
  readonly retention: RetentionAnswer;
  /** In percent, or in seconds as well. */
  readonly marks: readonly ContentMark[];
  /** Drawn by time where it is given, else by percent. */
  readonly lengthSeconds: number | undefined;
}

function Curve({ retention, lengthSeconds, marks }: CurveProps) {
  const xs = useMemo(() => endsOf(retention, lengthSeconds), [retention, lengthSeconds]);
  const lines = useMemo(
    (): PlotLine[] => [
      {
        label: "Watched",
        values: retention.points.map(({ share }) => share),
        tone: "first",
        filled: true,
      },
      { label: "Watched again, on a scale of its own", values: rewatchesOf(retention), tone: "second", isBars: true },
    ],
    [retention],
  );
  const formatX = (x: number) => (lengthSeconds === undefined ? `${x}%` : formatPlayhead(Math.round(x)));
  const partOf = (at: number) => `${formatX(at === 0 ? 0 : (xs[at - 1] ?? 0))} – ${formatX(xs[at] ?? 0)}`;
  return (
    <CurveChart
      label="Share of the sessions that watched each hundredth, and how many more times it was watched"
      xs={xs}
      lines={lines}
      unit={SHARE}
      formatX={formatX}
      partOf={partOf}
      steps={lengthSeconds === undefined ? PERCENT_STEPS : TIME_STEPS}
      marks={marks}
      height={HEIGHT}
    />
  );
}
