/** The numbers that stand above, each with what it was in the period before. */

import type { ComponentChildren } from "preact";
import type { MetricColumn, Report } from "../api/answers.ts";
import type { Asked } from "../api/use-answer.ts";
import { formatChange, formatMetricShort } from "../format/numbers.ts";
import { hintOf, unitOf } from "../model/catalogue.ts";
import { toneOf } from "../model/direction.ts";
import { Problem, Waiting } from "./panel.tsx";
import { Stat, Stats } from "./stat.tsx";

/** A metric as a report names it, and what it is called here. */
export type Headline = readonly [column: MetricColumn, label: string];

/** Headline numbers of a whole audience. */
export const AUDIENCE: readonly Headline[] = [
  ["mediaStarts", "Sessions"],
  ["contentStarts", "Content starts"],
  ["contentTimeSpent", "Content time"],
  ["contentTimeSpent:mean", "Mean content time"],
  ["completionRate", "Completion"],
  ["rebufferingRatio", "Rebuffering"],
];

interface HeadlinesProps {
  /** A report with `compare=previous`. */
  readonly asked: Asked<Report>;
  readonly metrics: readonly Headline[];
  readonly label?: string;
  /** Where a number leads. */
  readonly hrefOf?: (column: MetricColumn) => string;
}

const LABEL = "In this range, and how it differs from the period before";

/** As high as what will stand there. */
const WAITING = "\u00a0";

export function Headlines({ asked, metrics, label = LABEL, hrefOf }: HeadlinesProps) {
  const { answer, error, again } = asked;
  if (error && !answer) return <Problem message={error.message} again={again} />;
  return (
    <Stats label={label}>
      {metrics.map(([column, title]) => {
        const [now, before] = [answer?.totals[column], answer?.totals[`${column}:previous`]];
        return (
          <Stat
            key={column}
            label={title}
            hint={hintOf(column)}
            value={formatMetricShort(now, unitOf(column))}
            note={answer ? noteOf(column, now, before) : WAITING}
            tone={toneOf(column, now, before)}
            {...(hrefOf && { href: hrefOf(column) })}
          />
        );
      })}
    </Stats>
  );
}

/** From nothing there is no way to tell by how much. */
function noteOf(column: MetricColumn, now: unknown, before: unknown): string {
  if (typeof before !== "number") return "nothing before";
  const from = `from ${formatMetricShort(before, unitOf(column))}`;
  return before === 0 ? from : `${formatChange(now, before)} ${from}`;
}

interface HeadedProps extends HeadlinesProps {
  /** Stands for all of it where no session is in the range. */
  readonly empty: ComponentChildren;
  /** What stands under the numbers. It asks after them, so that they are there first. */
  readonly children: () => ComponentChildren;
}

/** A page of reports: the numbers above, and under them what they are made of; or that there is nothing. */
export function Headed({ empty, children, ...props }: HeadedProps) {
  const { answer, error } = props.asked;
  if (answer?.sessions.total === 0) return empty;
  return (
    <div class="rows">
      <Headlines {...props} />
      {answer && children()}
      {!answer && !error && <Waiting />}
    </div>
  );
}
