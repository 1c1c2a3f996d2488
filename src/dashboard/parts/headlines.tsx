/** The numbers that stand above, each with what it was in the earlier period. */

import type { ComponentChildren } from "preact";
import type { MetricColumn, Report } from "../api/answers.ts";
import { formatMetricShort, NOTHING } from "../format/numbers.ts";
import type { AnswerState } from "../hooks/use-answer.ts";
import { hintOf, unitOf } from "../model/catalogue.ts";
import { changeOf, type MetricChange } from "../model/change.ts";
import { Stat, type StatProps, Stats } from "./stat.tsx";

/** A metric as a report names it, and what it is called here. */
export type Headline = readonly [column: MetricColumn, label: string];

interface HeadlinesProps {
  /** A report, which may compare with an earlier period, and may be by time: then each number has its line. */
  readonly asked: AnswerState<Report>;
  readonly metrics: readonly Headline[];
  readonly label?: string;
  /** Where a number leads. */
  readonly hrefOf?: (column: MetricColumn) => string;
  readonly chosen?: MetricColumn;
  /** A remark under a number, behind its change. */
  readonly remarkOf?: (column: MetricColumn) => string | undefined;
}

const LABEL = "In this range, and how it differs from the earlier period";

function Headlines({ asked, metrics, label = LABEL, hrefOf, chosen, remarkOf }: HeadlinesProps) {
  const { answer, isWaiting } = asked;
  const isByTime = answer?.columns.some(({ kind }) => kind === "time") ?? false;
  return (
    <Stats label={label} isStale={isWaiting && answer !== undefined}>
      {metrics.map(([column, title]) => (
        <ComparedStat
          key={column}
          asked={asked}
          column={column}
          label={title}
          line={isByTime ? answer?.rows.map((row) => numberOf(row[column])) : undefined}
          isChosen={column === chosen}
          href={hrefOf?.(column)}
          remark={remarkOf?.(column)}
        />
      ))}
    </Stats>
  );
}

interface ComparedStatProps extends Pick<StatProps, "label" | "line" | "isChosen" | "href"> {
  readonly asked: AnswerState<Report>;
  readonly column: MetricColumn;
  readonly remark?: string | undefined;
}

/** A total of a report, with how it changed where the report says so. */
export function ComparedStat({ asked: { answer, error }, column, remark, ...stat }: ComparedStatProps) {
  const change = answer && changeIn(answer, column);
  return (
    <Stat
      {...stat}
      hint={hintOf(column)}
      value={answer ? formatMetricShort(answer.totals[column], unitOf(column)) : error && NOTHING}
      change={change?.by}
      note={[change?.note, remark].filter(Boolean).join(" · ") || undefined}
      tone={change?.tone ?? "plain"}
      act="show over time"
    />
  );
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** Undefined where nothing is compared. */
function changeIn({ totals, previous }: Report, column: MetricColumn): MetricChange | undefined {
  if (!previous) return undefined;
  const sessionsBefore = Number(totals["mediaStarts:previous"] ?? Number.POSITIVE_INFINITY);
  const compared = { now: totals[column], before: totals[`${column}:previous`], sessionsBefore };
  return changeOf(column, unitOf(column), { ...compared, isWhole: previous.whole });
}

interface HeadedProps extends HeadlinesProps {
  /** Stands for all of it where no session is in the range. */
  readonly empty: ComponentChildren;
  /** What stands under the numbers, and asks for its own at the same time. */
  readonly children: ComponentChildren;
}

/** A page of reports: the numbers above, and under them what they are made of; or that there is nothing. */
export function Headed({ empty, children, ...props }: HeadedProps) {
  const { answer, error } = props.asked;
  if (answer?.sessions.total === 0) return empty;
  return (
    <div class="rows">
      <Headlines {...props} />
      {(answer || !error) && children}
    </div>
  );
}
