/** One title: how far people come in it, what they see again, its ads, its chapters, and how well it plays. */

import type { ParameterKey } from "../../../protocol/parameters.ts";
import type { Labels, SessionPage, SessionSummary } from "../../api/answers.ts";
import { formatPlayhead } from "../../format/times.ts";
import { type AnswerState, useAnswer } from "../../hooks/use-answer.ts";
import { useReport } from "../../hooks/use-report.ts";
import { equals } from "../../model/equals.ts";
import { isEndless } from "../../model/kinds.ts";
import { addressOf } from "../../model/place.ts";
import { keptParams, scope } from "../../model/scope.ts";
import { TabbedBreakdown } from "../../parts/breakdown.tsx";
import { OverTime, type View } from "../../parts/chart-panel.tsx";
import { Copy } from "../../parts/copy.tsx";
import { Headed, type Headline } from "../../parts/headlines.tsx";
import { NothingHere } from "../../parts/nothing-here.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Waiting } from "../../parts/panel.tsx";
import { FunnelPanel } from "./funnel-panel.tsx";
import { InsideTitle } from "./inside-title.tsx";
import { RetentionPanel } from "./retention-panel.tsx";
import { WhenWatched } from "./when-watched.tsx";

const ENDLESS_TILES: readonly Headline[] = [
  ["mediaStarts", "Sessions"],
  ["contentTimeSpent", "Content time"],
  ["contentTimeSpent:mean", "Time per session"],
  ["averageBitrate", "Bitrate, mean"],
  ["timeToStart:p95", "Startup, p95"],
  ["rebufferingRatio", "Rebuffering"],
  ["errorImpactedStreams:mean", "Sessions with errors"],
  ["exitsBeforeStart", "Left before start"],
];
const TILES: readonly Headline[] = ENDLESS_TILES.with(3, ["completionRate", "Completion"]);
const VIEWS: readonly [View, ...View[]] = [
  { label: "Sessions", metrics: [{ column: "mediaStarts", label: "Sessions" }] },
  { label: "Content time", metrics: [{ column: "contentTimeSpent", label: "Content time" }] },
  { label: "Completion", metrics: [{ column: "completionRate", label: "Completion" }] },
  { label: "Rebuffering", metrics: [{ column: "rebufferingRatio", label: "Rebuffering" }] },
];
const [SESSIONS, TIME, , REBUFFERING] = VIEWS as readonly View[] as readonly [View, View, View, View];
const LIVE_VIEWS: readonly [View, ...View[]] = [SESSIONS, TIME, REBUFFERING];
const BROKEN_DOWN = {
  mediaStarts: "Sessions",
  contentTimeSpent: "Content time",
  completionRate: "Completion",
  "timeToStart:p95": "Startup, p95",
  rebufferingRatio: "Rebuffering",
  "errorImpactedStreams:mean": "With errors",
} as const satisfies Labels;
const METRICS = Object.keys(BROKEN_DOWN) as readonly (keyof typeof BROKEN_DOWN)[];

export function OneTitle({ id }: { readonly id: string }) {
  const filters = [equals("media.id", id) ?? ""];
  const headlines = useReport({
    metrics: [...new Set([...TILES, ...ENDLESS_TILES].map(([column]) => column))].join(","),
    ...(scope.value.compare && { compare: scope.value.compare }),
    filter: filters,
  });
  const latest = useLatestSession(filters);
  const session = latest.answer?.sessions[0];
  const isLive = isEndless(textOf(session, "media.contentType"));
  return (
    <>
      <TitleHead id={id} session={session} />
      <Headed
        asked={headlines}
        metrics={isLive ? ENDLESS_TILES : TILES}
        empty={
          <NothingHere title="Not played in this range">
            <p>
              No session with the <code>media.id</code> “{id}” started in this range and passes the filters.
            </p>
          </NothingHere>
        }
      >
        {/* Whether it has an end decides what is asked. */}
        {latest.answer || latest.error ? (
          <>
            {isLive ? (
              <WhenWatched filters={filters} />
            ) : (
              <RetentionPanel filters={filters} lengthSeconds={lengthOf(session)} />
            )}
            <div class="columns">
              {!isLive && <FunnelPanel filters={filters} />}
              <OverTime title="Over time" name="time" views={isLive ? LIVE_VIEWS : VIEWS} filters={filters} />
            </div>
            <WhereItIsPlayed filters={filters} isLive={isLive} />
            <InsideTitle filters={filters} />
          </>
        ) : (
          <Waiting height={600} />
        )}
      </Headed>
    </>
  );
}

function WhereItIsPlayed({ filters, isLive }: { readonly filters: readonly string[]; readonly isLive: boolean }) {
  return (
    <TabbedBreakdown
      title="Where it is played"
      name="where"
      tabs={[
        { by: "media.playerName", label: "Player" },
        { by: "media.channel", label: "Channel" },
        { by: "media.sdkVersion", label: "Version" },
      ]}
      metrics={isLive ? METRICS.filter((metric) => metric !== "completionRate") : METRICS}
      labels={BROKEN_DOWN}
      filters={filters}
      isBrief
    />
  );
}

/** What the latest session said of the title, whenever that was: its name, length and kind. */
function useLatestSession(filters: readonly string[]): AnswerState<SessionPage> {
  const search = new URLSearchParams([["limit", "1"], ...filters.map((filter) => ["filter", filter])]);
  return useAnswer<SessionPage>(`/admin/api/sessions?${search}`);
}

function textOf(session: SessionSummary | undefined, key: ParameterKey): string | undefined {
  const value = session?.params[key];
  return value === undefined || value === "" ? undefined : String(value);
}

/** In seconds; what is broadcast may have none. */
function lengthOf(session: SessionSummary | undefined): number | undefined {
  const value = Number(textOf(session, "media.length"));
  return value > 0 ? value : undefined;
}

/** What is said of a title beside its name, in this order. */
const DETAILS: readonly ParameterKey[] = [
  "media.show",
  "media.artist",
  "media.station",
  "media.genre",
  "media.network",
];

function TitleHead({ id, session }: { readonly id: string; readonly session: SessionSummary | undefined }) {
  const length = lengthOf(session);
  const kind = [textOf(session, "media.contentType"), textOf(session, "media.streamType")].filter(Boolean).join(" · ");
  const details = DETAILS.flatMap((key) => textOf(session, key) ?? []);
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        <a href={addressOf(["titles"], keptParams())}>Titles</a>
      </nav>
      <PageHead
        title={textOf(session, "media.name") ?? id}
        tab={`${textOf(session, "media.name") ?? id} · Titles`}
        note={
          <span class="title-facts">
            {kind && <span class="badge accent">{kind}</span>}
            {session && <span class="badge">{length === undefined ? "no length" : formatPlayhead(length)}</span>}
            {[...new Set(details)].map((detail) => (
              <span class="badge" key={detail}>
                {detail}
              </span>
            ))}
            <span class="mono">{id}</span>
            <Copy text={id} label="the title's id" />
          </span>
        }
        isScoped
      />
    </>
  );
}
