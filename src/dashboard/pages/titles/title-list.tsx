/** Titles: one, or the list of all: how each is watched, found by what people or players call it. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { ColumnName, Labels, Report } from "../../api/answers.ts";
import { type Asked, useAnswer } from "../../api/use-answer.ts";
import { useReport } from "../../api/use-report.ts";
import { change, place } from "../../model/place.ts";
import { question } from "../../model/scope.ts";
import { sorted, together } from "../../model/title-rows.ts";
import { LIMITS } from "../../parts/breakdown.tsx";
import { Choice } from "../../parts/choice.tsx";
import { downloadCsv } from "../../parts/download.ts";
import { AUDIENCE, Headed } from "../../parts/headlines.tsx";
import { TITLE_DIMENSIONS, TITLE_HEADS } from "../../parts/name-and-id.tsx";
import { NothingHere } from "../../parts/nothing-here.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Answered, Panel } from "../../parts/panel.tsx";
import { ReportTable } from "../../parts/report-table.tsx";
import { OneTitle } from "./one-title.tsx";

const LABELS = {
  mediaStarts: "Sessions",
  contentStarts: "Starts",
  contentTimeSpent: "Content time",
  completionRate: "Completion",
  averageMinuteAudience: "Minute audience",
  rebufferingRatio: "Rebuffering",
} as const satisfies Labels;
const METRICS = Object.keys(LABELS) as readonly (keyof typeof LABELS)[];
const SORTABLE: readonly string[] = ["media.name", ...METRICS] satisfies readonly ColumnName[];
const SORT_DEFAULT = "-mediaStarts" satisfies `-${ColumnName}`;
const TYPED_MS = 250;

export function TitlesPage({ id }: { readonly id: string | undefined }) {
  return id === undefined ? <TitleList /> : <OneTitle id={id} key={id} />;
}

function TitleList() {
  const headlines = useReport({ metrics: AUDIENCE.map(([id]) => id).join(","), compare: "previous" });
  return (
    <>
      <PageHead title="Titles" isScoped />
      <Headed asked={headlines} metrics={AUDIENCE} empty={<NoTitles />}>
        {() => <TitleTable />}
      </Headed>
    </>
  );
}

function NoTitles() {
  return (
    <NothingHere title="No title was played">
      <p>
        A title is listed as soon as a session starts with its <code>media.id</code>. Look at a longer range, or take
        filters away.
      </p>
    </NothingHere>
  );
}

function TitleTable() {
  const { params } = place.value;
  const find = params.get("find") ?? "";
  const limit = params.get("limit") ?? LIMITS[0] ?? "";
  const asked = params.get("sort") ?? SORT_DEFAULT;
  const sort = SORTABLE.includes(asked.replace(/^-/, "")) ? asked : SORT_DEFAULT;
  const pathOf = (filters: readonly string[]) =>
    question("/admin/api/reports", {
      ...{ metrics: METRICS.join(","), dimension: TITLE_DIMENSIONS, sort, limit, filter: filters },
    });
  const all = useAnswer<Report>(find === "" ? pathOf([]) : undefined);
  const found = useFound(find, sort, pathOf);
  const shown = find === "" ? all : found;
  const isCut = (shown.answer?.rows.length ?? 0) >= Number(LIMITS[0]);
  return (
    <Panel
      title="Titles"
      actions={
        <>
          <FindField value={find} />
          {isCut && (
            <Choice
              label="Rows"
              value={limit}
              options={LIMITS.map((value) => ({ value, label: Number(value).toLocaleString("en-US") }))}
              onChoose={(value) => change({ limit: value }, { replace: true })}
            />
          )}
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
        empty={<p>No title in this range has “{find}” in its name or id.</p>}
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
            hasTotals={find === ""}
            heightMax={900}
          />
        )}
      </Answered>
    </Panel>
  );
}

/** Titles with a text in their name or id. Filters all apply, so either is a question of its own. */
function useFound(find: string, sort: string, pathOf: (filters: readonly string[]) => string): Asked<Report> {
  const named = useAnswer<Report>(find === "" ? undefined : pathOf([`media.name=~${find}`]));
  const known = useAnswer<Report>(find === "" ? undefined : pathOf([`media.id=~${find}`]));
  const [a, b] = [named.answer, known.answer];
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
  // A space at the end is not asked for, yet more may follow it.
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
