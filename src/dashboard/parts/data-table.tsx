/** A table of any length, sorted by its headings. Only the rows in sight are drawn. */

import type { ComponentChildren } from "preact";
import { VirtualList } from "./virtual-list.tsx";

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What it means, shown with the heading. */
  readonly hint?: string | undefined;
  readonly isNumeric?: boolean;
  /** A track of a CSS grid; default `minmax(9rem, 1fr)`. */
  readonly width?: string;
  readonly isSortable?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

interface DataTableProps<Row> {
  /** What it lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** The id of the sorting column, with `-` in front for descending. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  /** A row of sums under the headings. */
  readonly totals?: Readonly<Record<string, ComponentChildren>> | undefined;
  readonly heightMax?: number;
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
const HEIGHT_MAX = 560;
const TRACK = "minmax(7rem, 1fr)";
const FIRST_TRACK = "minmax(11rem, 2.2fr)";

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, keyOf, totals, isMarked, heightMax = HEIGHT_MAX, rowHeight = ROW_HEIGHT } = props;
  const tracks = columns.map(({ width }, at) => width ?? (at === 0 ? FIRST_TRACK : TRACK)).join(" ");
  return (
    // On a narrow screen the table scrolls sideways, by keyboard too.
    <div class="table-scroll" tabIndex={0} role="group" aria-label={label}>
      <div class="table" role="table" aria-label={label} aria-rowcount={rows.length + 1} style={{ "--tracks": tracks }}>
        <div class="table-head" role="rowgroup">
          <div class="table-row" role="row">
            {columns.map((column) => (
              <Heading key={column.id} column={column} {...props} />
            ))}
          </div>
          {totals && (
            <div class="table-row table-totals" role="row">
              {columns.map(({ id, isNumeric }) => (
                <div key={id} role="cell" class={isNumeric ? "cell numeric" : "cell"}>
                  {totals[id]}
                </div>
              ))}
            </div>
          )}
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
          row={(at) => <Line row={rows[at] as Row} at={at} columns={columns} isMarked={isMarked} />}
        />
      </div>
    </div>
  );
}

interface LineProps<Row> extends Pick<DataTableProps<Row>, "columns"> {
  readonly row: Row;
  readonly at: number;
  readonly isMarked: ((row: Row) => boolean) | undefined;
}

function Line<Row>({ row, at, columns, isMarked }: LineProps<Row>) {
  return (
    <div class={isMarked?.(row) ? "table-row marked" : "table-row"} role="row" aria-rowindex={at + 2}>
      {columns.map(({ id, isNumeric, cell }) => (
        <div key={id} role="cell" class={isNumeric ? "cell numeric" : "cell"}>
          {cell(row)}
        </div>
      ))}
    </div>
  );
}

interface HeadingProps<Row> extends Pick<DataTableProps<Row>, "sort" | "onSort"> {
  readonly column: Column<Row>;
}

function Heading<Row>({ column: { id, title, hint, isNumeric, isSortable }, sort, onSort }: HeadingProps<Row>) {
  const direction = sort === id ? "ascending" : sort === `-${id}` ? "descending" : "none";
  const name = isNumeric ? "cell heading numeric" : "cell heading";
  if (!isSortable || !onSort) {
    return (
      <div role="columnheader" class={name} title={hint}>
        {title}
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
        {title}
      </button>
    </div>
  );
}
