/** Sessions in rows: what was played when by whom, how much of it, and what went wrong. */

import type { ParameterKey } from "../../../protocol/parameters.ts";
import { isOfLiveType } from "../../../sessions/content.ts";
import type { SessionSummary } from "../../api/answers.ts";
import { formatSeconds, NOTHING } from "../../format/numbers.ts";
import { dateIn, formatTime } from "../../format/times.ts";
import { nowMs } from "../../model/clock.ts";
import { addressOf, place } from "../../model/place.ts";
import { Bar } from "../../parts/bar.tsx";
import { DataTable, type TableColumn } from "../../parts/data-table.tsx";
import { useNarrow } from "../../parts/use-narrow.ts";
import { nameIn } from "./periods.ts";
import { titleOfSession } from "./session-head.tsx";
import { StatusBadge, statusWord } from "./status-badge.tsx";
import { Trouble } from "./trouble.tsx";

interface SessionTableProps {
  readonly sessions: readonly SessionSummary[];
  readonly zone: string;
  /** Called when the last row comes into sight. */
  readonly onEnd: () => void;
}

const HEIGHT_MAX = 680;
const ROW_HEIGHT = 40;
const TWO_LINES_HEIGHT = 62;

export function SessionTable({ sessions, zone, onEnd }: SessionTableProps) {
  const isNarrow = useNarrow();
  return (
    <DataTable
      // Rows of another height are another list.
      key={String(isNarrow)}
      label="Sessions"
      columns={isNarrow ? twoLines(zone) : columnsIn(zone)}
      rows={sessions}
      keyOf={({ sid }) => sid}
      rowHeight={isNarrow ? TWO_LINES_HEIGHT : ROW_HEIGHT}
      heightMax={HEIGHT_MAX}
      onEnd={onEnd}
    />
  );
}

function columnsIn(zone: string): TableColumn<SessionSummary>[] {
  const text = (id: ParameterKey, title: string, width: string): TableColumn<SessionSummary> => {
    return { id, title, width, cell: ({ params }) => nameIn(params, id) ?? NOTHING };
  };
  return [
    { id: "title", title: "Title", width: "minmax(14rem, 2fr)", cell: (session) => <Title session={session} /> },
    { id: "startedAt", title: "Started", width: "8.6rem", cell: ({ startedAt }) => started(startedAt, zone) },
    { id: "status", title: "Status", width: "7.4rem", cell: (session) => <StatusBadge session={session} isShort /> },
    {
      id: "mediaTimeSpent",
      title: "Played",
      hint: "Time that content and ads played.",
      isNumeric: true,
      width: "7.8rem",
      cell: ({ metrics }) => (metrics["mediaTimeSpent"] ? formatSeconds(metrics["mediaTimeSpent"]) : NOTHING),
    },
    {
      id: "watched",
      title: "Watched",
      hint: "How much of the content; broadcasts have no end to come to.",
      width: "6.2rem",
      cell: (session) => <Progress {...session} />,
    },
    text("media.playerName", "Player", "minmax(7rem, 0.8fr)"),
    text("media.channel", "Channel", "minmax(4.5rem, 0.6fr)"),
    { id: "trouble", title: "Trouble", width: "minmax(11rem, 1.4fr)", cell: ({ metrics }) => <Trouble of={metrics} /> },
  ];
}

/** A phone has room for a title, and below it for what matters of the rest. */
function twoLines(zone: string): TableColumn<SessionSummary>[] {
  return [
    {
      id: "title",
      title: "Session",
      width: "minmax(0, 1fr)",
      cell: (session) => (
        <>
          <Title session={session} />
          <span class="second-line">
            {started(session.startedAt, zone)} · {nameIn(session.params, "media.playerName") ?? "no player"} ·{" "}
            {statusWord(session)} <Trouble of={session.metrics} isBad />
          </span>
        </>
      ),
    },
    {
      id: "mediaTimeSpent",
      title: "Played",
      isNumeric: true,
      width: "max-content",
      cell: ({ metrics }) => (metrics["mediaTimeSpent"] ? formatSeconds(metrics["mediaTimeSpent"]) : NOTHING),
    },
  ];
}

/** Today's sessions need no date. */
function started(atMs: number, zone: string): string {
  return formatTime(atMs, dateIn(atMs, zone) === dateIn(nowMs(), zone) ? "time" : "minute", zone);
}

/** A link over the whole of its row. */
function Title({ session }: { readonly session: SessionSummary }) {
  const zone = place.value.params.get("zone") ?? undefined;
  return (
    <a class="row-link" href={addressOf(["sessions", session.sid], { zone })}>
      {titleOfSession(session)}
    </a>
  );
}

/** Which share of the content was watched, and whether it was to its end. */
function Progress({ params, metrics }: Pick<SessionSummary, "params" | "metrics">) {
  const length = params["media.length"];
  const isCompleted = metrics["contentCompletes"] === 1;
  if (isOfLiveType(params)) return <span class="note">live</span>;
  if (typeof length !== "number" || length <= 0) return <>{isCompleted ? "completed" : NOTHING}</>;
  const share = Math.min(1, (metrics["uniqueTimePlayed"] ?? 0) / length);
  return (
    <Bar share={share}>
      {`${Math.round(share * 100)}%`}
      {isCompleted && <span title="Completed"> ✓</span>}
    </Bar>
  );
}
