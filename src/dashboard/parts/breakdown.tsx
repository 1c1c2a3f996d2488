/** Numbers by the values of a dimension: sorted by any of them, narrowed down by a click, and taken away as CSV. */

import type { ComponentChildren } from "preact";
import type { DimensionName, Dimensions, Labels, MetricColumn, Report } from "../api/answers.ts";
import { useAnswer } from "../api/use-answer.ts";
import { catalogue } from "../model/catalogue.ts";
import { clashOf } from "../model/clash.ts";
import { change, place } from "../model/place.ts";
import { question, removeFilter, scope } from "../model/scope.ts";
import { Choice, type Option, Switch } from "./choice.tsx";
import { downloadCsv } from "./download.ts";
import { Answered, Empty, Panel } from "./panel.tsx";
import { type Heads, ReportTable } from "./report-table.tsx";

interface BreakdownProps {
  readonly title?: string;
  readonly note?: ComponentChildren;
  /** What its sort, limit and tab are called by in the address, on a page that has several. */
  readonly name?: string;
  /** One dimension, or two with a comma between. */
  readonly by: Dimensions;
  /** Columns; the first is drawn as a bar, and is sorted by unless `sort` or the address says otherwise. */
  readonly metrics: readonly MetricColumn[];
  readonly labels?: Labels;
  /** A column, `-` in front for descending. */
  readonly sort?: MetricColumn | DimensionName;
  /** Filters beside those of the page. */
  readonly filters?: readonly string[];
  readonly heads?: Heads | undefined;
  readonly heightMax?: number;
  readonly empty?: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** What a click on a value does; a filter, unless it is said otherwise. */
  readonly onPick?: ((filter: string, name: string) => void) | undefined;
  /** Called with another dimension; without it there is no choice. */
  readonly onChooseDimension?: (name: string) => void;
}

/** How many rows a table may ask for. */
export const LIMITS = ["100", "1000", "10000"];
const METADATA = "customMetadata.KEY";

/** What something of one of several breakdowns is called in the address. */
function paramOf(name: string | undefined, what: "sort" | "limit" | "by"): string {
  return name === undefined ? what : `${name}-${what}`;
}

export function Breakdown(props: BreakdownProps) {
  const { by, metrics, filters = [], name, title = `By ${by}`, empty } = props;
  const { params } = place.value;
  const limit = params.get(paramOf(name, "limit")) ?? LIMITS[0] ?? "";
  const sort = sortOf(props, params.get(paramOf(name, "sort")));
  const path = question("/admin/api/reports", {
    metrics: metrics.join(","),
    dimension: by,
    sort,
    limit,
    filter: filters,
  });
  const clash = clashOf(by, [...scope.value.filters, ...filters], catalogue.value?.dimensions ?? []);
  const asked = useAnswer<Report>(clash === undefined ? path : undefined);
  const summary = catalogue.value?.dimensions.find((each) => each.name === by)?.summary;
  const mayBeMore = (asked.answer?.rows.length ?? 0) >= Number(LIMITS[0]);
  return (
    <Panel
      title={title}
      note={props.note ?? summary}
      actions={
        <>
          {props.actions}
          {props.onChooseDimension && <DimensionChoice value={by} onChoose={props.onChooseDimension} />}
          {mayBeMore && (
            <Choice
              label="Rows"
              value={limit}
              options={LIMITS.map((value) => ({ value, label: Number(value).toLocaleString("en-US") }))}
              onChoose={(value) => change({ [paramOf(name, "limit")]: value }, { replace: true })}
            />
          )}
          <button type="button" class="button" onClick={() => void downloadCsv(path, `playhead-${by}.csv`)}>
            CSV
          </button>
        </>
      }
    >
      {clash === undefined ? (
        <Answered asked={asked} isEmpty={({ rows }) => rows.length === 0} empty={empty}>
          {(report) => (
            <ReportTable
              {...props}
              label={title}
              report={report}
              sort={sort}
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

/** Instead of a question that would be refused. */
export function Clash({ filter }: { readonly filter: string }) {
  return (
    <Empty>
      <p>
        This can't be told under the filter <code>{filter}</code>: nothing that is counted here has it.
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

function DimensionChoice({ value, onChoose }: { readonly value: string; readonly onChoose: (name: string) => void }) {
  const options = (catalogue.value?.dimensions ?? [])
    .filter(({ name }) => name !== METADATA)
    .map(({ name, scope }): Option => ({ value: name, label: name, group: scope }));
  return <Choice label="Break down by" value={value} options={options} onChoose={onChoose} />;
}

/** One of the dimensions that a breakdown changes between. */
export interface Tab extends Pick<BreakdownProps, "heads"> {
  /** One dimension, or two with a comma between. */
  readonly by: Dimensions;
  readonly label: string;
}

interface TabbedBreakdownProps extends Omit<BreakdownProps, "by" | "heads" | "actions" | "onChooseDimension"> {
  readonly name: string;
  /** The first is shown unless the address says otherwise. */
  readonly tabs: readonly [Tab, ...Tab[]];
}

/** A breakdown by one of a few dimensions, chosen by buttons. */
export function TabbedBreakdown({ tabs, ...props }: TabbedBreakdownProps) {
  const param = paramOf(props.name, "by");
  const chosen = place.value.params.get(param);
  const tab = tabs.find(({ by }) => by === chosen) ?? tabs[0];
  return (
    <Breakdown
      {...props}
      by={tab.by}
      heads={tab.heads}
      actions={
        <Switch
          label={`${props.title ?? "Broken down"} by`}
          value={tab.by}
          options={tabs.map(({ by, label }) => ({ value: by, label }))}
          onChoose={(by) => change({ [param]: by === tabs[0].by ? undefined : by }, { replace: true })}
        />
      }
    />
  );
}
