/** What a session had: its watched parts, ad breaks, ads, chapters, player states and errors. */

import type { ComponentChildren } from "preact";
import type { Parameters } from "../../../protocol/event.ts";
import type { ParameterKey } from "../../../protocol/parameters.ts";
import type { SessionDetail } from "../../api/answers.ts";
import { formatCount, formatSeconds, formatShare, NOTHING } from "../../format/numbers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { Panel } from "../../parts/panel.tsx";
import { nameIn } from "./periods.ts";
import { formatOffset } from "./time-scale.ts";

interface ContentsProps {
  readonly detail: SessionDetail;
  readonly zeroMs: number;
}

/** A small table: its headings, and one row per item. */
interface Listed {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly ComponentChildren[])[];
  /** How many there were, for a list that keeps only the first. */
  readonly total?: number;
}

export function Contents({ detail, zeroMs }: ContentsProps) {
  const tables = tablesOf(detail, (tsMs) => formatOffset(tsMs - zeroMs)).filter(({ rows }) => rows.length > 0);
  return (
    <div class="rows">
      <Watched detail={detail} />
      <div class="columns contents">
        {tables.map(({ title, headings, rows, total }) => (
          <Panel
            key={title}
            title={title}
            count={wordsOf(rows.length, total)}
            class={headings.length > HEADINGS_OF_HALF ? "many-columns" : ""}
          >
            {/* On a narrow screen the table scrolls sideways, by keyboard too. */}
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <section class="small-table" aria-label={`${title}, table`} tabIndex={0}>
              <table>
                <thead>
                  <tr>
                    {headings.map((heading) => (
                      <th key={heading} scope="col" class={classOf(heading)}>
                        {heading}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row, at) => (
                    <tr key={at}>
                      {row.map((cell, column) => (
                        <td key={headings[column]} class={classOf(headings[column])}>
                          {cell}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </Panel>
        ))}
      </div>
      {tables.length === 0 && <p class="note">No ads, chapters, player states or errors.</p>}
    </div>
  );
}

function wordsOf(shown: number, total = shown): string {
  return total > shown ? `showing ${formatCount(shown)} of ${formatCount(total)}` : formatCount(total);
}

/** More don't fit beside another table. */
const HEADINGS_OF_HALF = 6;
const NUMERIC: ReadonlySet<string | undefined> = new Set([
  "Began",
  "Ads",
  "Ad time",
  "Length",
  "Watched",
  "Errors",
  "Position",
  "Times",
  "Active",
  "At",
  "Playhead",
]);

function classOf(heading: string | undefined): string {
  return NUMERIC.has(heading) ? "numeric" : "";
}

function tablesOf(
  { adBreaks, ads, chapters, states, errors, rowsTotal }: SessionDetail,
  when: (tsMs: number) => string,
): Listed[] {
  return [
    {
      title: "Ad breaks",
      total: rowsTotal.adBreaks,
      headings: ["Break", "Began", "Ads", "Ad time", "Ended"],
      rows: adBreaks.map(({ index, startTs, adCount, timeSpent, completed, params }) => [
        nameIn(params, "media.ad.podFriendlyName") ?? `Break ${index}`,
        when(startTs),
        adCount,
        formatSeconds(timeSpent),
        endOf(completed, false),
      ]),
    },
    {
      title: "Ads",
      total: rowsTotal.ads,
      headings: ["Ad", "Id", "Break", "Began", "Length", "Watched", "Errors", "Ended"],
      rows: ads.map(({ breakIndex, startTs, timeSpent, completed, skipped, errors: failed, abandoned, params }) => [
        nameIn(params, "media.ad.name") ?? NOTHING,
        nameIn(params, "media.ad.id") ?? NOTHING,
        breakIndex,
        when(startTs),
        lengthIn(params, "media.ad.length"),
        formatSeconds(timeSpent),
        failed,
        abandoned ? <span class="badge warn">left</span> : endOf(completed, skipped),
      ]),
    },
    {
      title: "Chapters",
      total: rowsTotal.chapters,
      headings: ["Chapter", "Position", "Began", "Length", "Watched", "Ended"],
      rows: chapters.map(({ startTs, timeSpent, completed, skipped, params }) => [
        nameIn(params, "media.chapter.friendlyName") ?? NOTHING,
        nameIn(params, "media.chapter.index") ?? NOTHING,
        when(startTs),
        lengthIn(params, "media.chapter.length"),
        formatSeconds(timeSpent),
        endOf(completed, skipped),
      ]),
    },
    {
      title: "Player states",
      headings: ["State", "Times", "Active"],
      rows: states.map(({ name, count, totalDuration }) => [name, count, formatSeconds(totalDuration)]),
    },
    {
      title: "Errors",
      total: rowsTotal.errors,
      headings: ["Error", "Source", "At", "Playhead"],
      rows: errors.map(({ id, source, ts, playhead }) => [
        id ?? NOTHING,
        source ?? NOTHING,
        when(ts),
        formatPlayhead(playhead),
      ]),
    },
  ];
}

function endOf(completed: boolean, skipped: boolean) {
  if (completed) return <span class="badge good">completed</span>;
  return skipped ? <span class="badge warn">skipped</span> : <span class="badge">not completed</span>;
}

function lengthIn(params: Parameters, key: ParameterKey): string {
  const length = params[key];
  return typeof length === "number" ? formatSeconds(length) : NOTHING;
}

/** The content from beginning to end, with its watched parts. */
function Watched({ detail: { watched, session, metrics } }: Pick<ContentsProps, "detail">) {
  const { "media.length": sent } = session.params;
  const known = typeof sent === "number" && sent > 0 ? sent : undefined;
  const furthest = watched.at(-1)?.[1] ?? 0;
  // A player may send too short a length: playheads then go beyond it.
  const length = Math.max(known ?? 0, furthest);
  const unique = metrics["uniqueTimePlayed"] ?? 0;
  const share = known === undefined ? "" : `, ${formatShare(unique / known)} of ${formatSeconds(known)}`;
  return (
    <Panel title="Watched parts" note={`${formatSeconds(unique)} of the content${share}`}>
      <div class="panel-body">
        {watched.length === 0 ? (
          <p class="note">No part was watched.</p>
        ) : (
          <>
            <div class="watched" aria-hidden="true">
              {watched.map(([from = 0, to = 0]) => (
                <span
                  key={from}
                  title={`${formatPlayhead(from)} to ${formatPlayhead(to)}`}
                  style={{ left: `${(from / length) * 100}%`, width: `${((to - from) / length) * 100}%` }}
                />
              ))}
            </div>
            <div class="watched-ends">
              <span>0:00</span>
              <span>{formatPlayhead(Math.round(length))}</span>
            </div>
            <p class="unseen">
              {watched.map(([from = 0, to = 0]) => `${formatPlayhead(from)} to ${formatPlayhead(to)}`).join(", ")}
            </p>
          </>
        )}
      </div>
    </Panel>
  );
}
