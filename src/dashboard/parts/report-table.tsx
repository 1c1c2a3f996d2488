/** The rows of a report as a table, each value of a dimension a filter or a link. */

import type { ColumnName, Labels, MetricColumn, Report, ReportCell, ReportRow } from "../api/answers.ts";
import { titleOf } from "../format/names.ts";
import { formatMetric } from "../format/numbers.ts";
import { catalogue, hintOf, unitOf } from "../model/catalogue.ts";
import { equals, NOT_SET } from "../model/equals.ts";
import { addressOf } from "../model/place.ts";
import { addFilter } from "../model/scope.ts";
import { Bar } from "./bar.tsx";
import { type Column, DataTable } from "./data-table.tsx";

/** What stands in front instead of a column for each dimension. */
export interface Heads {
  /** The dimensions that they are for, with a comma between. */
  readonly of: string;
  readonly columns: readonly Column<ReportRow>[];
  /** The height of rows with such heads, in pixels. */
  readonly rowHeight: number;
}

interface ReportTableProps {
  readonly label: string;
  readonly report: Pick<Report, "columns" | "rows" | "totals">;
  /** Columns; the first is drawn as a bar. */
  readonly metrics: readonly MetricColumn[];
  readonly labels?: Labels;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly heads?: Heads | undefined;
  /** What a click on a value does; a filter, unless it is said otherwise. */
  readonly onPick?: ((filter: string, name: string) => void) | undefined;
  readonly hasTotals?: boolean;
  readonly heightMax?: number | undefined;
}

export function ReportTable(props: ReportTableProps) {
  const { label, report, metrics, labels = {}, sort, onSort, onPick = addFilter, hasTotals = true, heightMax } = props;
  // Those of the answer: the next one, by something else, may still be on its way.
  const names = report.columns.flatMap(({ kind, name }) => (kind === "dimension" ? [name] : []));
  const own = props.heads?.of === names.join() ? props.heads : undefined;
  const heads = own?.columns ?? names.map((name, at) => valueColumn({ name, title: labels[name], at, onPick }));
  const first = heads[0]?.id ?? "";
  return (
    <DataTable
      label={label}
      columns={[...heads, ...metrics.map((id, at) => metricColumn({ id, at, title: labels[id], report }))]}
      rows={report.rows}
      keyOf={(row) => JSON.stringify(names.map((name) => row[name]))}
      sort={sort}
      onSort={onSort}
      totals={hasTotals ? totalsOf(report, first, metrics) : undefined}
      {...(heightMax !== undefined && { heightMax })}
      {...(own && { rowHeight: own.rowHeight })}
    />
  );
}

const SESSION = "sid";
const TRACKS = { number: "minmax(4.5rem, 0.6fr)", second: "minmax(8rem, 1.4fr)" };

interface ValueColumn {
  readonly name: ColumnName;
  readonly title: string | undefined;
  readonly at: number;
  readonly onPick: (filter: string, name: string) => void;
}

function valueColumn({ name, title, at, onPick }: ValueColumn): Column<ReportRow> {
  return {
    id: name,
    title: title ?? name,
    hint: name,
    isSortable: true,
    ...(isNumber(name) ? { width: TRACKS.number } : at > 0 && { width: TRACKS.second }),
    cell: (row) => <Value name={name} value={row[name] ?? null} onPick={onPick} />,
  };
}

function isNumber(name: string): boolean {
  return catalogue.value?.dimensions.find((each) => each.name === name)?.type === "number";
}

interface NumberColumn {
  readonly id: MetricColumn;
  readonly at: number;
  readonly title: string | undefined;
  readonly report: Pick<Report, "rows">;
}

function metricColumn({ id, at, title, report }: NumberColumn): Column<ReportRow> {
  const most = at === 0 ? Math.max(...report.rows.map((row) => Number(row[id] ?? 0))) : 0;
  const text = (row: ReportRow) => formatMetric(row[id], unitOf(id));
  return {
    id,
    title: title ?? titleOf(id),
    hint: hintOf(id),
    isNumeric: true,
    isSortable: true,
    cell: (row) => (at === 0 ? <Bar share={Number(row[id] ?? 0) / (most || 1)}>{text(row)}</Bar> : text(row)),
  };
}

interface ValueProps extends Pick<ValueColumn, "name" | "onPick"> {
  readonly value: ReportCell;
}

/** A value of a dimension, which a click makes a filter; a session is a page of its own. */
function Value({ name, value, onPick }: ValueProps) {
  const filter = equals(name, value);
  const text = value === null ? NOT_SET : String(value);
  // No player's text is shown so, even where it is the same.
  const look = value === null ? "not-set" : "";
  if (name === SESSION) return <a href={addressOf(["sessions", text])}>{text}</a>;
  if (filter === undefined) return <span class={look}>{text}</span>;
  return (
    <button type="button" class={`pick ${look}`} title={`Only ${text}`} onClick={() => onPick(filter, name)}>
      {text}
    </button>
  );
}

function totalsOf({ totals }: Pick<Report, "totals">, first: string, metrics: readonly MetricColumn[]) {
  return { [first]: "All", ...Object.fromEntries(metrics.map((id) => [id, formatMetric(totals[id], unitOf(id))])) };
}
