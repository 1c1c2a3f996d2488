/** A table of any length, sorted by its headings. It draws only the rows in sight, and the page scrolls for it. */

import type { ComponentChildren } from "preact";
import { formatCount } from "../format/numbers.ts";
import { Icon } from "./icon.tsx";
import { useListed } from "./use-listed.ts";
import { VirtualList } from "./virtual-list.tsx";

export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** What its numbers are counted in, where they don't say so. */
  readonly unit?: string | undefined;
  /** What it means, shown with the heading. */
  readonly hint?: string | undefined;
  readonly isNumeric?: boolean;
  /** A track of a CSS grid; default `minmax(9rem, 1fr)`. */
  readonly width?: string;
  readonly isSortable?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

/** What a row does besides being read. */
interface RowActions<Row> {
  /** Where a click on the row leads, one step deeper. */
  readonly hrefOf?: ((row: Row) => string | undefined) | undefined;
  /** What the funnel at its end makes a filter of. */
  readonly filterOf?: ((row: Row) => { readonly label: string; readonly act: () => void } | undefined) | undefined;
  /** How long the bar under its first cell is, from 0 to 1. */
  readonly barOf?: ((row: Row) => number) | undefined;
}

interface DataTableProps<Row> extends RowActions<Row> {
  /** What it lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** The id of the sorting column, with `-` in front for descending. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  /** A row of sums under the headings. */
  readonly totals?: Readonly<Record<string, ComponentChildren>> | undefined;
  /** Scrolls by itself beyond this height; without it the page does. */
  readonly heightMax?: number | undefined;
  /** Shows the first rows, and the others at a click. */
  readonly isBrief?: boolean;
  readonly rowHeight?: number;
  /** Marks a row, such as the chosen one. */
  readonly isMarked?: (row: Row) => boolean;
  readonly shown?: number | undefined;
  /** Whether to scroll to rows that are added at the end. */
  readonly isFollowing?: boolean | undefined;
  /** Called when the last row comes into sight. */
  readonly onEnd?: (() => void) | undefined;
}

const ROW_HEIGHT = 38;
const BRIEF_ROWS = 10;
const ROWS = "rows";
const TRACK = "minmax(var(--track), 1fr)";
const FIRST_TRACK = "minmax(11rem, 2.2fr)";

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, keyOf, totals, isMarked, heightMax, rowHeight = ROW_HEIGHT, isBrief = false } = props;
  const [whole, toggleWhole] = useListed("whole", label);
  const isCut = isBrief && !whole.has(ROWS) && props.rows.length > BRIEF_ROWS + 1;
  const rows = isCut ? props.rows.slice(0, BRIEF_ROWS) : props.rows;
  const tracks = columns.map(({ width }, at) => width ?? (at === 0 ? FIRST_TRACK : TRACK)).join(" ");
  return (
    <>
      {/* On a narrow screen the table scrolls sideways, by keyboard too. */}
      <div class="table-scroll" tabIndex={0} role="group" aria-label={label}>
        <div
          class="table"
          role="table"
          aria-label={label}
          aria-rowcount={props.rows.length + 1}
          style={{ "--tracks": tracks }}
        >
          <div class="table-head" role="rowgroup">
            <div class="table-row" role="row">
              {columns.map((column) => (
                <Heading key={column.id} column={column} {...props} />
              ))}
            </div>
            {totals && <Totals columns={columns} totals={totals} />}
          </div>
          <VirtualList
            role="rowgroup"
            count={rows.length}
            rowHeight={rowHeight}
            heightMax={heightMax}
            shown={props.shown}
            isFollowing={props.isFollowing}
            onEnd={props.onEnd}
            keyOf={(at) => keyOf(rows[at] as Row)}
            row={(at) => <Line {...props} row={rows[at] as Row} at={at} isMarked={isMarked} />}
          />
        </div>
      </div>
      {isCut && (
        <button type="button" class="button quiet table-more" onClick={() => toggleWhole(ROWS)}>
          All {formatCount(props.rows.length)} rows
        </button>
      )}
    </>
  );
}

function Totals<Row>({ columns, totals }: Pick<DataTableProps<Row>, "columns"> & { totals: object }) {
  return (
    <div class="table-row table-totals" role="row">
      {columns.map(({ id, isNumeric }) => (
        <div key={id} role="cell" class={isNumeric ? "cell numeric" : "cell"}>
          {(totals as Record<string, ComponentChildren>)[id]}
        </div>
      ))}
    </div>
  );
}

interface LineProps<Row> extends Pick<DataTableProps<Row>, "columns">, RowActions<Row> {
  readonly row: Row;
  readonly at: number;
  readonly isMarked: ((row: Row) => boolean) | undefined;
}

function Line<Row>({ row, at, columns, isMarked, hrefOf, filterOf, barOf }: LineProps<Row>) {
  const filter = filterOf?.(row);
  return (
    <div class={isMarked?.(row) ? "table-row marked" : "table-row"} role="row" aria-rowindex={at + 2}>
      {columns.map(({ id, isNumeric, cell }, column) => (
        <div
          key={id}
          role="cell"
          class={`cell ${isNumeric ? "numeric" : ""} ${column === 0 && barOf ? "barred" : ""}`}
          style={column === 0 && barOf ? { "--bar": `${barOf(row) * 100}%` } : {}}
        >
          {column === 0 ? <First href={hrefOf?.(row)}>{cell(row)}</First> : cell(row)}
          {column === 0 && filter && (
            <button
              type="button"
              class="row-filter"
              aria-label={filter.label}
              title={filter.label}
              onClick={filter.act}
            >
              <Icon paths="M3 4h14l-5.5 6.5V16l-3-1.5v-4z" />
            </button>
          )}
        </div>
      ))}
    </div>
  );
}

/** A link over the whole of its row. */
function First({ href, children }: { readonly href: string | undefined; readonly children: ComponentChildren }) {
  if (href === undefined) return <>{children}</>;
  return (
    <a class="row-link" href={href}>
      {children}
    </a>
  );
}

interface HeadingProps<Row> extends Pick<DataTableProps<Row>, "sort" | "onSort"> {
  readonly column: TableColumn<Row>;
}

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const { id, title, unit, hint, isNumeric, isSortable } = column;
  const direction = sort === id ? "ascending" : sort === `-${id}` ? "descending" : "none";
  const name = isNumeric ? "cell heading numeric" : "cell heading";
  const words = (
    <>
      {title}
      {unit !== undefined && <small> {unit}</small>}
    </>
  );
  if (!isSortable || !onSort) {
    return (
      <div role="columnheader" class={name} title={hint}>
        {words}
      </div>
    );
  }
  return (
    <div role="columnheader" class={name} aria-sort={direction}>
      <button
        type="button"
        class={`sort sort-${direction}`}
        title={hint}
        onClick={() => onSort(direction === "descending" ? id : `-${id}`)}
      >
        <span>
          <span class="unseen">Sort by </span>
          {words}
        </span>
      </button>
    </div>
  );
}
