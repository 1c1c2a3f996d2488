/** When a title without an end is watched: how many at once, and on which weekdays at which hours. */

import { DAY_MS, HOUR_MS } from "../../../base/units.ts";
import type { ConcurrencyAnswer, Report } from "../../api/answers.ts";
import { fixed } from "../../format/numbers.ts";
import { formatTime } from "../../format/times.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import { REFRESH_MS, useReport } from "../../hooks/use-report.ts";
import { nowMs } from "../../model/clock.ts";
import { chooseSpan, question, scope } from "../../model/scope.ts";
import { HOURS, WEEKDAYS, weekOf } from "../../model/weekly.ts";
import { Answered, Panel } from "../../parts/panel.tsx";
import { TimeChart } from "../../parts/time-chart.tsx";

const HEIGHT = 220;
const WEEK_HEIGHT = 170;
const COUNT = { unit: "count", aggregation: "sum" } as const;

export function WhenWatched({ filters }: { readonly filters: readonly string[] }) {
  const asked = useAnswer<ConcurrencyAnswer>(
    question("/admin/api/concurrency", { granularity: "hour", filter: filters }),
    REFRESH_MS,
  );
  return (
    <Panel title="When it is watched" note="Sessions that played at once: the most, and the mean.">
      <Answered
        asked={asked}
        height={HEIGHT + WEEK_HEIGHT + 50}
        isEmpty={({ peak }) => peak === null}
        empty={<p>No session played in this range.</p>}
      >
        {(answer) => <Shown answer={answer} filters={filters} />}
      </Answered>
    </Panel>
  );
}

interface ShownProps {
  readonly answer: ConcurrencyAnswer;
  readonly filters: readonly string[];
}

function Shown({ answer, filters }: ShownProps) {
  const { zone } = scope.value;
  const now = nowMs();
  const hours = answer.rows.filter(({ time }) => Date.parse(time) <= now);
  const isLong = hours.length > HOURS_MAX;
  const rows = isLong ? daysOf(hours) : hours;
  return (
    <div class="panel-body">
      <TimeChart
        label="Sessions that played at once"
        times={rows.map(({ time }) => Date.parse(time))}
        toMs={Math.min(answer.to, now)}
        lines={[
          { label: "Most at once", values: rows.map(({ peak }) => peak), tone: "p95" },
          { label: "Mean", values: rows.map(({ mean }) => mean), tone: "first", filled: true },
        ]}
        granularity={isLong ? "day" : "hour"}
        isUnfinished={Date.parse(rows.at(-1)?.time ?? "") + (isLong ? DAY_MS : HOUR_MS) > Math.min(answer.to, now)}
        zone={zone}
        unit={COUNT}
        height={HEIGHT}
        onSelect={chooseSpan}
      />
      {answer.peak && (
        <p class="says">
          Most at once: {answer.peak.sessions}, on {formatTime(Date.parse(answer.peak.time), "minute", zone)}.
        </p>
      )}
      <Week filters={filters} />
    </div>
  );
}

/** Beyond a week, hours are too many to be told apart. */
const HOURS_MAX = 8 * HOURS;

function daysOf(hours: ConcurrencyAnswer["rows"]): ConcurrencyAnswer["rows"] {
  const days = Map.groupBy(hours, ({ time }) => time.slice(0, "2026-10-25".length));
  return [...days.values()].map((each) => ({
    time: each[0]?.time ?? "",
    peak: Math.max(...each.map(({ peak }) => peak)),
    mean: each.reduce((sum, { mean }) => sum + mean, 0) / each.length,
  }));
}

function Week({ filters }: Pick<ShownProps, "filters">) {
  const asked = useReport({
    metrics: "averageAudience",
    dimension: "dayOfWeek,hourOfDay",
    filter: filters,
    limit: String(WEEKDAYS.length * HOURS),
  });
  return (
    <Answered asked={asked} height={WEEK_HEIGHT}>
      {({ rows }) => <WeekTable rows={rows} />}
    </Answered>
  );
}

function WeekTable({ rows }: Pick<Report, "rows">) {
  const week = weekOf(rows);
  const most = Math.max(0, ...week.flat().map((value) => value ?? 0));
  return (
    <table class="week" aria-label="Mean sessions at once by weekday and hour">
      <thead>
        <tr>
          <td class="week-head" />
          {Array.from({ length: HOURS }, (_, hour) => (
            <th key={hour} scope="col">
              {hour % 3 === 0 ? hour : <span class="unseen">{hour}</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {WEEKDAYS.map((day, at) => (
          <tr key={day}>
            <th scope="row" class="week-head">
              {day}
            </th>
            {week[at]?.map((value, hour) => (
              <td
                class="week-cell"
                key={`${day} ${String(hour)}`}
                title={`${day} ${hour}:00: ${value === null ? "–" : fixed(value, 1)}`}
                style={{ "--share": String(most === 0 || value === null ? 0 : value / most) }}
              >
                <span class="unseen">{value === null ? "–" : fixed(value, 1)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
