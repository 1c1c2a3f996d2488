/** Quality by title, the worst first: of those with enough sessions to say something. */

import { counted } from "../../../base/counted.ts";
import type { ColumnName, Labels } from "../../api/answers.ts";
import { useReport } from "../../api/use-report.ts";
import { formatCount } from "../../format/numbers.ts";
import { change, place } from "../../model/place.ts";
import { boundFor, sorted, withAtLeast } from "../../model/title-rows.ts";
import { Choice } from "../../parts/choice.tsx";
import { TITLE_DIMENSIONS, TITLE_HEADS } from "../../parts/name-and-id.tsx";
import { Answered, Panel } from "../../parts/panel.tsx";
import { ReportTable } from "../../parts/report-table.tsx";

const LABELS = {
  rebufferingRatio: "Rebuffering",
  mediaStarts: "Sessions",
  "timeToStart:p95": "Startup, p95",
  averageBitrate: "Bitrate, mean",
  "errorImpactedStreams:mean": "With errors",
  exitsBeforeStart: "Left before start",
} as const satisfies Labels;
const METRICS = Object.keys(LABELS) as readonly (keyof typeof LABELS)[];
/** Takes the titles with most sessions: those that hardly any viewer watches are no place to begin. */
const TITLES_MAX = 500;
const BOUNDS = [1, 5, 10, 20, 50, 100, 500];
const SORT_DEFAULT = `-${METRICS[0]}`;
const HEIGHT_MAX = 560;

export function WorstTitles() {
  const { params } = place.value;
  const asked = useReport({
    metrics: METRICS.join(","),
    ...{ dimension: TITLE_DIMENSIONS, sort: "-mediaStarts" satisfies `-${ColumnName}`, limit: String(TITLES_MAX) },
  });
  const rows = asked.answer?.rows ?? [];
  const chosen = Number(params.get("sessions-min") ?? "");
  const bound = chosen > 0 ? chosen : boundFor(rows);
  const sort = params.get("titles-sort") ?? SORT_DEFAULT;
  const of = rows.length < TITLES_MAX ? "all titles" : `the ${formatCount(TITLES_MAX)} titles with most sessions`;
  return (
    <Panel
      title="Titles, the worst first"
      note={asked.answer && `Of ${of}, those with at least ${counted(bound, "session")}.`}
      actions={
        <Choice
          label="At least"
          value={String(bound)}
          options={BOUNDS.map((value) => ({ value: String(value), label: counted(value, "session") }))}
          onChoose={(value) => change({ "sessions-min": value }, { replace: true })}
        />
      }
    >
      <Answered
        asked={asked}
        isEmpty={(report) => withAtLeast(report.rows, bound).length === 0}
        empty={<p>No title has as many sessions in this range.</p>}
      >
        {(report) => (
          <ReportTable
            label="Titles, the worst first"
            report={{ ...report, rows: sorted(withAtLeast(report.rows, bound), sort) }}
            heads={TITLE_HEADS}
            metrics={METRICS}
            labels={LABELS}
            sort={sort}
            onSort={(column) => change({ "titles-sort": column }, { replace: true })}
            hasTotals={false}
            heightMax={HEIGHT_MAX}
          />
        )}
      </Answered>
    </Panel>
  );
}
