/** The rows of a report as a table: a click on a row leads deeper, the funnel at its end makes its value a filter. */

import type { ColumnName, Labels, MetricColumn, Report, ReportCell, ReportRow } from "../api/answers.ts";
import { columnFormat } from "../format/numbers.ts";
import { catalogue, hintOf, labelOf, unitOf } from "../model/catalogue.ts";
import { changeOf } from "../model/change.ts";
import { equals, NOT_SET } from "../model/equals.ts";
import { filterInWords } from "../model/filter.ts";
import { addressOf } from "../model/place.ts";
import { addFilter, keptWith } from "../model/scope.ts";
import { DataTable, type TableColumn } from "./data-table.tsx";

/** What stands in front instead of a column for each dimension. */
export interface RowHeads {
  /** The dimensions that they are for, with a comma between. */
  readonly of: string;
  readonly columns: readonly TableColumn<ReportRow>[];
  /** The height of rows with such heads, in pixels. */
  readonly rowHeight: number;
  readonly hrefOf?: (row: ReportRow) => string | undefined;
}

export interface ReportTableProps {
  readonly label: string;
  readonly report: Pick<Report, "columns" | "rows" | "totals" | "previous">;
  /** Columns; the first is drawn as a bar. */
  readonly metrics: readonly MetricColumn[];
  /** The column whose change since the earlier period stands beside it, where the report has that. */
  readonly changeOf?: MetricColumn | undefined;
  readonly labels?: Labels | undefined;
  /** Columns of numbers that no report has, such as a chart for each row. */
  readonly more?: readonly TableColumn<ReportRow>[] | undefined;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly heads?: RowHeads | undefined;
  /** Where a click on a row leads; to the sessions behind it, unless it is said otherwise. */
  readonly hrefOf?: ((filter: string, name: string) => string) | undefined;
  readonly toneOf?: ((row: ReportRow, column: MetricColumn) => string) | undefined;
  readonly hasTotals?: boolean | undefined;
  readonly isBrief?: boolean | undefined;
  /** Numbers that a row has none of, whatever the report says. */
  readonly isAbsent?: ((row: ReportRow, column: MetricColumn) => boolean) | undefined;
}

export function ReportTable(props: ReportTableProps) {
  const { label, report, metrics, labels = {}, sort, onSort, hasTotals = true, isBrief = false, more = [] } = props;
  // Those of the answer: the next one, by something else, may still be on its way.
  const names = report.columns.flatMap(({ kind, name }) => (kind === "dimension" ? [name] : []));
  const own = props.heads?.of === names.join() ? props.heads : undefined;
  const heads = own?.columns ?? names.map((name, at) => valueColumn(name, labels[name] ?? labelOf(name), at));
  const first = heads[0]?.id ?? "";
  return (
    <DataTable
      label={label}
      columns={[...heads, ...metrics.flatMap((id) => metricColumns(id, props)), ...more]}
      rows={report.rows}
      keyOf={(row) => JSON.stringify(names.map((name) => row[name]))}
      sort={sort}
      onSort={onSort}
      totals={hasTotals ? totalsOf(props, first) : undefined}
      hrefOf={own?.hrefOf ?? ((row) => hrefOf(row, names, props))}
      filterOf={(row) => filterOf(row, names)}
      barOf={barsOf(report.rows, metrics[0])}
      isBrief={isBrief}
      {...(own && { rowHeight: own.rowHeight })}
    />
  );
}

const TRACKS = {
  number: "minmax(4.5rem, 0.6fr)",
  second: "minmax(8rem, 1.4fr)",
  change: "minmax(min(6rem, var(--track)), 0.7fr)",
};

function valueColumn(name: ColumnName, title: string, at: number): TableColumn<ReportRow> {
  return {
    id: name,
    title,
    hint: name,
    isSortable: true,
    ...(isNumber(name) ? { width: TRACKS.number } : at > 0 && { width: TRACKS.second }),
    cell: (row) => <Value value={row[name] ?? null} />,
  };
}

function isNumber(name: string): boolean {
  return catalogue.value?.dimensions.find((each) => each.name === name)?.type === "number";
}

/** A value of a dimension: no player's text is shown as none is, even where it is the same. */
function Value({ value }: { readonly value: ReportCell }) {
  return value === null ? <span class="not-set">{NOT_SET}</span> : <span>{String(value)}</span>;
}

function metricColumns(id: MetricColumn, props: ReportTableProps): TableColumn<ReportRow>[] {
  const { report, labels = {}, toneOf, isAbsent } = props;
  const { text, unit } = columnFormat([...report.rows.map((row) => row[id]), report.totals[id]], unitOf(id));
  const column: TableColumn<ReportRow> = {
    id,
    title: labels[id] ?? labelOf(id),
    unit,
    hint: hintOf(id),
    isNumeric: true,
    isSortable: true,
    cell: (row) => {
      const tone = toneOf?.(row, id);
      const value = isAbsent?.(row, id) ? text(null) : text(row[id]);
      return tone ? <span class={`tinted ${tone}`}>{value}</span> : value;
    },
  };
  return props.changeOf === id && report.previous ? [column, changeColumn(id, props)] : [column];
}

function changeColumn(id: MetricColumn, { report }: ReportTableProps): TableColumn<ReportRow> {
  return {
    id: `${id}:change`,
    title: "Change",
    hint: "Since the earlier period",
    isNumeric: true,
    width: TRACKS.change,
    cell: (row) => <Change id={id} row={row} isWhole={report.previous?.whole ?? false} />,
  };
}

function Change({ id, row, isWhole }: { id: MetricColumn; row: ReportRow; isWhole: boolean }) {
  const before = row[`${id}:previous`];
  const sessionsBefore = Number(row["mediaStarts:previous"] ?? before ?? 0);
  const { by, tone, note } = changeOf(id, unitOf(id), { now: row[id], before, sessionsBefore, isWhole });
  return by === undefined ? (
    <span class="change faint" title={note}>
      –
    </span>
  ) : (
    <span class={`change ${tone}`} title={note}>
      {by}
    </span>
  );
}

/** The filter of a row: its first value is what it is of. */
function filterTextOf(row: ReportRow, names: readonly ColumnName[]): { filter: string; name: string } | undefined {
  const [name] = names;
  const filter = name === undefined ? undefined : equals(name, row[name] ?? null);
  return name === undefined || filter === undefined ? undefined : { filter, name };
}

function filterOf(row: ReportRow, names: readonly ColumnName[]) {
  const found = filterTextOf(row, names);
  return found && { label: `Filter: ${filterInWords(found.filter)}`, act: () => addFilter(found.filter) };
}

const SESSION = "sid";

function hrefOf(row: ReportRow, names: readonly ColumnName[], props: ReportTableProps): string | undefined {
  if (names[0] === SESSION) return addressOf(["sessions", String(row[SESSION])]);
  const found = filterTextOf(row, names);
  if (!found) return undefined;
  if (props.hrefOf) return props.hrefOf(found.filter, found.name);
  const filters = names.flatMap((name) => equals(name, row[name] ?? null) ?? []);
  return addressOf(["sessions"], keptWith(filters));
}

/** How long bars are; none where all are equal. */
function barsOf(rows: Report["rows"], metric: MetricColumn | undefined) {
  const values = rows.map((row) => (metric === undefined ? 0 : Number(row[metric] ?? 0)));
  const most = Math.max(0, ...values);
  if (metric === undefined || most <= 0 || values.every((value) => value === most)) return undefined;
  return (row: ReportRow) => Math.max(0, Number(row[metric] ?? 0)) / most;
}

function totalsOf({ report, metrics }: ReportTableProps, first: string) {
  const { rows, totals } = report;
  const texts = metrics.map((id) => {
    const { text } = columnFormat([...rows.map((row) => row[id]), totals[id]], unitOf(id));
    return [id, text(totals[id])];
  });
  return { [first]: "All", ...Object.fromEntries(texts) };
}
