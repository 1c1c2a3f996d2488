/** Titles: the page of one, or the list of all with how each is watched, found by name or id. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ColumnName, Labels, Report, ReportRow } from "../../api/answers.ts";
import { formatCount, formatSeconds, formatShare } from "../../format/numbers.ts";
import { type AnswerState, useAnswer } from "../../hooks/use-answer.ts";
import { useReport } from "../../hooks/use-report.ts";
import { KINDS } from "../../model/kinds.ts";
import { change, place } from "../../model/place.ts";
import { question, scope } from "../../model/scope.ts";
import { sorted, together } from "../../model/title-rows.ts";
import { LIMITS, RowsChoice } from "../../parts/breakdown.tsx";
import { Switch } from "../../parts/choice.tsx";
import type { TableColumn } from "../../parts/data-table.tsx";
import { downloadCsv } from "../../parts/download.ts";
import { ComparedStat } from "../../parts/headlines.tsx";
import { TITLE_DIMENSIONS, TITLE_HEADS } from "../../parts/name-and-id.tsx";
import { NothingHere } from "../../parts/nothing-here.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Answered, Panel } from "../../parts/panel.tsx";
import { ReportTable } from "../../parts/report-table.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { Stat, Stats } from "../../parts/stat.tsx";
import { OneTitle } from "./one-title.tsx";

const LABELS = { "contentTimeSpent:mean": "Per session" } as const satisfies Labels;
const METRICS = [
  "mediaStarts",
  "contentTimeSpent",
  "contentTimeSpent:mean",
  "completionRate",
  "rebufferingRatio",
] as const satisfies readonly ColumnName[];
const SORTABLE: readonly string[] = ["media.name", ...METRICS] satisfies readonly ColumnName[];
const SORT_DEFAULT = "-mediaStarts" satisfies `-${ColumnName}`;
const TYPED_MS = 250;
const TOP = 10;

export function TitlesPage({ id }: { readonly id: string | undefined }) {
  return id === undefined ? <TitleList /> : <OneTitle id={id} key={id} />;
}

function TitleList() {
  const kind = KINDS.find(({ value }) => value === place.value.params.get("kind")) ?? KINDS[0];
  return (
    <>
      <PageHead title="Titles" isScoped />
      <div class="rows">
        <Tiles />
        <TitleTable kind={kind} />
      </div>
    </>
  );
}

/** What is worth showing: how many titles, and how much of the viewing the first of them make. */
function Tiles() {
  const { compare } = scope.value;
  const sort = "-contentTimeSpent" satisfies `-${ColumnName}`;
  const asked = useReport({
    metrics: "contentTimeSpent,mediaStarts",
    dimension: "media.id",
    sort,
    limit: String(TOP),
  });
  const onDemand = useReport({
    metrics: "completionRate,contentTimeSpent:mean,mediaStarts",
    filter: KINDS[1].filters,
    ...(compare && { compare }),
  });
  const { answer } = asked;
  const top = answer?.rows.reduce((sum, row) => sum + Number(row.contentTimeSpent ?? 0), 0) ?? 0;
  const all = Number(answer?.totals.contentTimeSpent ?? 0);
  return (
    <Stats label="Titles in this range" isStale={asked.isWaiting && answer !== undefined}>
      <Stat label="Titles played" value={answer && formatCount(answer.rowsTotal)} />
      <Stat label="Content time" value={answer && formatSeconds(all)} />
      <Stat
        label={`Top ${TOP} titles`}
        value={answer && formatShare(all === 0 ? null : top / all)}
        note="of all content time"
      />
      <ComparedStat asked={onDemand} column="completionRate" label="Completion, on demand" />
    </Stats>
  );
}

function NoTitles() {
  return (
    <NothingHere title="No titles match">
      <p>
        A title is listed as soon as a session starts with its <code>media.id</code>.
      </p>
    </NothingHere>
  );
}

function TitleTable({ kind }: { readonly kind: (typeof KINDS)[number] }) {
  const { params } = place.value;
  const find = params.get("find") ?? "";
  const limit = params.get("limit") ?? LIMITS[0] ?? "";
  const asked = params.get("sort") ?? SORT_DEFAULT;
  const sort = SORTABLE.includes(asked.replace(/^-/, "")) ? asked : SORT_DEFAULT;
  const pathOf = (filters: readonly string[]) =>
    question("/admin/api/reports", {
      metrics: METRICS.join(","),
      dimension: TITLE_DIMENSIONS,
      sort,
      limit,
      filter: [...kind.filters, ...filters],
      compare: scope.value.compare,
    });
  const endless = useEndless();
  const all = useAnswer<Report>(find === "" ? pathOf([]) : undefined);
  const found = useFound(find, sort, pathOf);
  const shown = find === "" ? all : found;
  const lines = useLines(shown.answer);
  const isCut = (shown.answer?.rows.length ?? 0) >= Number(LIMITS[0]);
  return (
    <Panel
      title="Titles"
      actions={
        <>
          <Switch
            label="Kind"
            value={kind.value}
            options={KINDS}
            onChoose={(value) => change({ kind: value === KINDS[0].value ? undefined : value }, { replace: true })}
          />
          <FindField value={find} />
          {isCut && <RowsChoice limit={limit} param="limit" />}
          {find === "" && (
            <button type="button" class="button" onClick={() => void downloadCsv(pathOf([]), "playhead-titles.csv")}>
              CSV
            </button>
          )}
        </>
      }
    >
      <Answered
        asked={shown}
        isEmpty={({ rows }) => rows.length === 0}
        empty={find === "" ? <NoTitles /> : <p>No title in this range has “{find}” in its name or id.</p>}
        height={ROWS_WAITED_FOR}
      >
        {(report) => (
          <ReportTable
            label="Titles"
            report={report}
            heads={TITLE_HEADS}
            metrics={METRICS}
            labels={LABELS}
            sort={sort}
            onSort={(column) => change({ sort: column }, { replace: true })}
            changeOf="mediaStarts"
            more={[...sparklineColumn(lines)]}
            isAbsent={(row, column) => column === "completionRate" && endless.has(String(row["media.id"]))}
            hasTotals={find === ""}
          />
        )}
      </Answered>
    </Panel>
  );
}

const ROWS_WAITED_FOR = 640;

/** The titles that have no end to complete. */
function useEndless(): ReadonlySet<string> {
  const { answer } = useReport({
    metrics: "mediaStarts",
    dimension: "media.id",
    limit: LIMITS.at(-1) ?? "",
    filter: KINDS[2].filters,
  });
  return useMemo(() => new Set(answer?.rows.map((row) => String(row["media.id"]))), [answer]);
}

/** How often each of the titles shown was played, day by day; undefined while it is on its way. */
function useLines(report: Report | undefined): ReadonlyMap<string, readonly number[]> | undefined {
  const ids = report?.rows.slice(0, LINES_MAX).flatMap((row) => (row["media.id"] ? [String(row["media.id"])] : []));
  const filter = ids && ids.length > 0 ? [`media.id in ${JSON.stringify(ids)}`] : [];
  const { answer } = useReport(
    {
      metrics: "mediaStarts",
      dimension: "media.id",
      granularity: "day",
      limit: LIMITS.at(-1) ?? "",
      filter,
      sort: "time",
    },
    filter.length > 0,
  );
  return useMemo(() => answer && linesOf(answer), [answer]);
}

const LINES_MAX = 100;

function linesOf({ rows }: Report): ReadonlyMap<string, readonly number[]> {
  const days = [...new Set(rows.map(({ time }) => String(time)))].toSorted();
  const at = new Map(days.map((day, index) => [day, index]));
  const lines = new Map<string, number[]>();
  for (const row of rows) {
    const id = String(row["media.id"]);
    const line = lines.get(id) ?? days.map(() => 0);
    line[at.get(String(row.time)) ?? 0] = Number(row.mediaStarts ?? 0);
    lines.set(id, line);
  }
  return lines;
}

function sparklineColumn(lines: ReadonlyMap<string, readonly number[]> | undefined): TableColumn<ReportRow>[] {
  const cell = (row: ReportRow) => <Sparkline values={lines?.get(String(row["media.id"])) ?? []} />;
  return lines === undefined ? [] : [{ id: "days", title: "By day", width: "7rem", cell }];
}

/** Titles with a text in their name or id. Filters all apply, so either is a question of its own. */
function useFound(find: string, sort: string, pathOf: (filters: readonly string[]) => string): AnswerState<Report> {
  const named = useAnswer<Report>(find === "" ? undefined : pathOf([`media.name=~${find}`]));
  const known = useAnswer<Report>(find === "" ? undefined : pathOf([`media.id=~${find}`]));
  const a = named.answer;
  const b = known.answer;
  return {
    answer: a && b && { ...a, rows: sorted(together(a.rows, b.rows), sort) },
    error: named.error ?? known.error,
    isWaiting: named.isWaiting || known.isWaiting,
    again: () => {
      named.again();
      known.again();
    },
  };
}

/** What is typed is asked for when the typing rests. */
function FindField({ value }: { readonly value: string }) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  // A space at the end is no part of the search, but the reader may go on typing.
  useEffect(() => setText((typed) => (typed.trim() === value ? typed : value)), [value]);
  return (
    <input
      type="search"
      class="find"
      aria-label="Find a title by name or id"
      placeholder="Find by name or id"
      value={text}
      onInput={({ currentTarget }) => {
        const typed = currentTarget.value;
        setText(typed);
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => change({ find: typed.trim() }, { replace: true }), TYPED_MS);
      }}
    />
  );
}
