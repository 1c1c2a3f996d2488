/** What has a name for people and an id for players, as one of many in a table: the one above the other. */

import type { ColumnName, Dimensions, Labels, ReportCell, ReportRow } from "../api/answers.ts";
import { equals, NOT_SET } from "../model/equals.ts";
import { addressOf } from "../model/place.ts";
import { keptParams, keptWith } from "../model/scope.ts";
import type { RowHeads } from "./report-table.tsx";

/** The dimensions of a report by title: players know it by its id. */
export const TITLE_DIMENSIONS = "media.id,media.name" satisfies Dimensions;
export const AD_DIMENSIONS = "media.ad.id,media.ad.name" satisfies Dimensions;
const ROW_HEIGHT = 52;
const TRACK = "minmax(12rem, 2.6fr)";

/** A row leads to its title, if that has an id. */
export const TITLE_HEADS = headsOf("Title", TITLE_DIMENSIONS, (row) => {
  const id = row["media.id"] ?? null;
  return id === null ? undefined : addressOf(["titles", String(id)], keptParams());
});

/** A row leads to the sessions with its ad. */
export const AD_HEADS = headsOf("Ad", AD_DIMENSIONS, (row) => {
  const filter = equals("media.ad.id", row["media.ad.id"] ?? null);
  return filter === undefined ? undefined : addressOf(["sessions"], keptWith([filter]));
});
/** Numbers of ads in a table that is of ads anyway. */
export const AD_LABELS: Labels = {
  adStarts: "Ad starts",
  adCompletes: "Completes",
  adCompletionRate: "Completion",
  adSkips: "Skips",
  adErrors: "Errors",
  adTimeSpent: "Time",
};

/** @param of the dimension of the id, then that of the name */
function headsOf(title: string, of: Dimensions, hrefOf: NonNullable<RowHeads["hrefOf"]>): RowHeads {
  const [id, name] = of.split(",") as [ColumnName, ColumnName];
  const cell = (row: ReportRow) => <BothNames id={row[id] ?? null} name={row[name] ?? null} />;
  const columns = [{ id: name, title, hint: of, isSortable: true, width: TRACK, cell }];
  return { of, rowHeight: ROW_HEIGHT, columns, hrefOf };
}

function BothNames({ id, name }: Readonly<Record<"id" | "name", ReportCell>>) {
  const shownId = id === null ? <span class="not-set">{NOT_SET}</span> : String(id);
  return (
    <span class="both-names">
      <span class="both-names-name">{name === null ? shownId : String(name)}</span>
      {name !== null && <span class="both-names-id">{shownId}</span>}
    </span>
  );
}
