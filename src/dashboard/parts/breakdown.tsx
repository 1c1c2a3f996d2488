/** Numbers by the values of a dimension: sorted by any of them, narrowed down by a click, and taken away as CSV. */

import type { Report } from "../api/answers.ts";
import { useAnswer } from "../api/use-answer.ts";
import { titleOf } from "../format/names.ts";
import { formatMetric } from "../format/numbers.ts";
import { catalogue, hintOf, unitOf } from "../model/catalogue.ts";
import { change, place } from "../model/place.ts";
import { addFilter, equals, question } from "../model/scope.ts";
import { Bar } from "./bar.tsx";
import { Choice, type Option } from "./choice.tsx";
import { type Column, DataTable } from "./data-table.tsx";
import { downloadCsv } from "./download.ts";
import { Answered, Panel } from "./panel.tsx";

export interface BreakdownProps {
  readonly title?: string;
  readonly by: string;
  /** Columns; the first is drawn as a bar. */
  readonly metrics: readonly string[];
  /** What the numbers are called, where their names say too little. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Filters beside those of the page. */
  readonly filters?: readonly string[];
  /** Called with another dimension; without it there is no choice. */
  readonly onChooseDimension?: (name: string) => void;
}

type Row = Report["rows"][number];
const LIMITS = ["100", "1000", "10000"];
const METADATA = "customMetadata.KEY";

export function Breakdown(props: BreakdownProps) {
  const { by, metrics, labels = {}, filters = [], onChooseDimension, title } = props;
  const { params } = place.value;
  const [sort, limit] = [params.get("sort") ?? `-${metrics[0]}`, params.get("limit") ?? "100"];
  const known = [by, ...metrics].some((each) => sort === each || sort === `-${each}`) ? sort : `-${metrics[0]}`;
  const path = question("/admin/api/reports", {
    metrics: metrics.join(","),
    dimension: by,
    sort: known,
    limit,
    filter: filters,
  });
  const asked = useAnswer<Report>(path);
  return (
    <Panel
      title={title ?? "By"}
      note={catalogue.value?.dimensions.find(({ name }) => name === by)?.summary}
      actions={
        <>
          {onChooseDimension && <DimensionChoice value={by} onChoose={onChooseDimension} />}
          <Choice
            label="Rows"
            value={limit}
            options={LIMITS.map((value) => ({ value, label: Number(value).toLocaleString("en-US") }))}
            onChoose={(value) => change({ limit: value }, { replace: true })}
          />
          <button type="button" class="button" onClick={() => void downloadCsv(path, `playhead-${by}.csv`)}>
            CSV
          </button>
        </>
      }
    >
      <Answered asked={asked} isEmpty={({ rows }) => rows.length === 0}>
        {(report) => (
          <DataTable
            label={`By ${by}`}
            columns={columnsOf({ by, metrics, labels, report })}
            rows={report.rows}
            keyOf={(row) => String(row[by])}
            sort={known}
            onSort={(column) => change({ sort: column }, { replace: true })}
            totals={totalsOf(report, by, metrics)}
          />
        )}
      </Answered>
    </Panel>
  );
}

interface Shown extends Pick<BreakdownProps, "by" | "metrics"> {
  readonly labels: Readonly<Record<string, string>>;
  readonly report: Report;
}

function columnsOf({ by, metrics, labels, report }: Shown): Column<Row>[] {
  const most = new Map(metrics.map((id) => [id, Math.max(...report.rows.map((row) => Number(row[id] ?? 0)))]));
  const first: Column<Row> = {
    id: by,
    title: by,
    isSortable: true,
    cell: (row) => <Value name={by} value={row[by]} />,
  };
  return [
    first,
    ...metrics.map((id, at): Column<Row> => {
      const text = (row: Row) => formatMetric(row[id], unitOf(id));
      return {
        id,
        title: labels[id] ?? titleOf(id),
        hint: hintOf(id),
        isNumeric: true,
        isSortable: true,
        cell: (row) =>
          at === 0 ? <Bar share={Number(row[id] ?? 0) / (most.get(id) || 1)}>{text(row)}</Bar> : text(row),
      };
    }),
  ];
}

/** A value of a dimension, which a click makes a filter. */
function Value({ name, value }: { readonly name: string; readonly value: unknown }) {
  const filter = equals(name, value);
  const text = String(value);
  if (filter === undefined) return <span>{text}</span>;
  return (
    <button type="button" class="pick" title={`Only ${text}`} onClick={() => addFilter(filter)}>
      {text}
    </button>
  );
}

function totalsOf({ totals }: Report, by: string, metrics: readonly string[]) {
  return { [by]: "All", ...Object.fromEntries(metrics.map((id) => [id, formatMetric(totals[id], unitOf(id))])) };
}

function DimensionChoice({ value, onChoose }: { readonly value: string; readonly onChoose: (name: string) => void }) {
  const options = (catalogue.value?.dimensions ?? [])
    .filter(({ name }) => name !== METADATA)
    .map(({ name, scope }): Option => ({ value: name, label: name, group: scope }));
  return <Choice label="Break down by" value={value} options={options} onChoose={onChoose} />;
}
