/** Numbers by the values of a dimension: any column sorts them, a click leads deeper, and CSV takes them away. */

import type { ComponentChildren } from "preact";
import { counted } from "../../base/counted.ts";
import type { DimensionName, Dimensions, MetricColumn, Report } from "../api/answers.ts";
import { formatCount } from "../format/numbers.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { REFRESH_MS } from "../hooks/use-report.ts";
import { catalogue, labelOf } from "../model/catalogue.ts";
import { clashOf } from "../model/clash.ts";
import { filterInWords } from "../model/filter.ts";
import { addressOf, change, place } from "../model/place.ts";
import { keptWith, question, removeFilter, scope } from "../model/scope.ts";
import { Choice, Switch } from "./choice.tsx";
import { Combobox } from "./combobox.tsx";
import { downloadCsv } from "./download.ts";
import { dimensionOptions } from "./names.ts";
import { Answered, Empty, Panel } from "./panel.tsx";
import { ReportTable, type ReportTableProps } from "./report-table.tsx";

type OfTable = "metrics" | "changeOf" | "labels" | "heads" | "hrefOf" | "isBrief" | "isAbsent";

interface BreakdownProps extends Pick<ReportTableProps, OfTable> {
  readonly title?: string;
  readonly note?: ComponentChildren;
  /** Names its sort, limit and tab in the address, on a page with several breakdowns. */
  readonly name?: string;
  /** One dimension, or two with a comma between. */
  readonly by: Dimensions;
  /** A column, `-` in front for descending; the first metric, descending, unless it or the address says otherwise. */
  readonly sort?: MetricColumn | DimensionName;
  /** Filters beside those of the page. */
  readonly filters?: readonly string[];
  readonly empty?: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** What tints a cell, by the answer's totals. */
  readonly toneIn?: (report: Report) => ReportTableProps["toneOf"];
}

/** How many rows a table may ask for. */
export const LIMITS = ["100", "1000", "10000"];
const ROW_PX = 38;
const ROWS_WAITED_FOR = 12;

/** The name of a breakdown's parameter in the address. */
function paramOf(name: string | undefined, what: "sort" | "limit" | "by"): string {
  return name === undefined ? what : `${name}-${what}`;
}

export function Breakdown(props: BreakdownProps) {
  const { by, metrics, filters = [], name, title = `By ${wordsOf(by)}`, empty, toneIn } = props;
  const { params } = place.value;
  const limit = params.get(paramOf(name, "limit")) ?? LIMITS[0] ?? "";
  const sort = sortOf(props, params.get(paramOf(name, "sort")));
  const path = question("/admin/api/reports", {
    metrics: metrics.join(","),
    dimension: by,
    sort,
    limit,
    filter: filters,
    compare: props.changeOf && scope.value.compare,
  });
  const clash = clashOf(by, [...scope.value.filters, ...filters], catalogue.value?.dimensions ?? []);
  const asked = useAnswer<Report>(clash === undefined ? path : undefined, REFRESH_MS);
  const mayBeMore = (asked.answer?.rows.length ?? 0) >= Number(LIMITS[0]);
  return (
    <Panel
      title={title}
      note={
        <>
          {props.note} <SessionsLink answer={asked.answer} filters={filters} />
        </>
      }
      actions={
        <>
          {props.actions}
          {mayBeMore && <RowsChoice limit={limit} param={paramOf(name, "limit")} />}
          <button type="button" class="button" onClick={() => void downloadCsv(path, `playhead-${by}.csv`)}>
            CSV
          </button>
        </>
      }
    >
      {clash === undefined ? (
        <Answered
          asked={asked}
          height={ROW_PX * ROWS_WAITED_FOR}
          isEmpty={({ rows }) => rows.length === 0}
          empty={empty}
        >
          {(report) => (
            <ReportTable
              {...props}
              label={title}
              report={report}
              sort={sort}
              toneOf={toneIn?.(report)}
              onSort={(column) => change({ [paramOf(name, "sort")]: column }, { replace: true })}
            />
          )}
        </Answered>
      ) : (
        <Clash filter={clash} />
      )}
    </Panel>
  );
}

interface RowsChoiceProps {
  readonly limit: string;
  /** Its parameter in the address. */
  readonly param: string;
}

/** How many rows a table asks for. */
export function RowsChoice({ limit, param }: RowsChoiceProps) {
  return (
    <Choice
      label="Rows"
      value={limit}
      options={LIMITS.map((value) => ({ value, label: formatCount(Number(value)) }))}
      onChoose={(value) => change({ [param]: value }, { replace: true })}
    />
  );
}

function wordsOf(by: string): string {
  return by
    .split(",")
    .map((name, at) => (at === 0 ? labelOf(name).toLowerCase() : labelOf(name)))
    .join(" and ");
}

/** To the sessions that the numbers are of. */
function SessionsLink({ answer, filters }: { answer: Report | undefined; filters: readonly string[] }) {
  const total = answer?.sessions.total ?? 0;
  if (total === 0) return null;
  return (
    <a class="to-sessions" href={addressOf(["sessions"], keptWith(filters))}>
      {counted(total, "session")} →
    </a>
  );
}

/** Instead of a question that would be refused. */
export function Clash({ filter }: { readonly filter: string }) {
  return (
    <Empty>
      <p>
        Not available with the filter <q>{filterInWords(filter)}</q>.
      </p>
      <button type="button" class="button" onClick={() => removeFilter(filter)}>
        Without this filter
      </button>
    </Empty>
  );
}

/** What is sorted by: as the address says, if there is such a column. */
function sortOf({ by, metrics, sort }: BreakdownProps, asked: string | null): string {
  const known: readonly string[] = [...by.split(","), ...metrics];
  return asked !== null && known.includes(asked.replace(/^-/, "")) ? asked : (sort ?? `-${metrics[0]}`);
}

/** One of the dimensions that a breakdown changes between. */
export interface BreakdownTab extends Pick<BreakdownProps, "heads" | "isAbsent"> {
  /** One dimension, or two with a comma between. */
  readonly by: Dimensions;
  readonly label: string;
}

interface TabbedBreakdownProps extends Omit<BreakdownProps, "by" | "heads" | "actions"> {
  /** The first is shown unless the address says otherwise. */
  readonly tabs: readonly [BreakdownTab, ...BreakdownTab[]];
  /** Whether any other dimension may be chosen beside them. */
  readonly isOpenToAll?: boolean;
}

/** A breakdown by one of a few dimensions, chosen by buttons. */
export function TabbedBreakdown({ tabs, isOpenToAll = false, ...props }: TabbedBreakdownProps) {
  const param = paramOf(props.name, "by");
  const chosen = place.value.params.get(param);
  const known = tabs.find(({ by }) => by === chosen);
  const other = isOpenToAll && chosen !== null && !known ? (chosen as Dimensions) : undefined;
  const tab = known ?? (other === undefined ? tabs[0] : { by: other, label: "" });
  const choose = (by: string) =>
    change(
      { [param]: by === tabs[0].by ? undefined : by, [paramOf(props.name, "sort")]: undefined },
      { replace: true },
    );
  return (
    <Breakdown
      {...props}
      {...tab}
      actions={
        <>
          <Switch
            label={`${props.title ?? "Broken down"} by`}
            value={tab.by}
            options={tabs.map(({ by, label }) => ({ value: by, label }))}
            onChoose={choose}
          />
          {isOpenToAll && (
            <Combobox
              label="Break down by"
              isLabelHidden
              recentAs="dimensions"
              value={other ?? ""}
              placeholder="More…"
              options={dimensionOptions()}
              onChoose={choose}
            />
          )}
        </>
      }
    />
  );
}
