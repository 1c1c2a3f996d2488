/** Sessions in rows, each with its main numbers. */

import type { ParameterKey } from "../../../protocol/parameters.ts";
import type { MetricId } from "../../../sessions/metrics.ts";
import type { SessionSummary } from "../../api/answers.ts";
import { formatCount, formatSeconds, formatShare, NOTHING } from "../../format/numbers.ts";
import { formatTime } from "../../format/times.ts";
import { addressOf, place } from "../../model/place.ts";
import { Bar } from "../../parts/bar.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { nameIn } from "./periods.ts";
import { StatusBadge, titleOfSession } from "./session-head.tsx";

interface SessionTableProps {
  readonly sessions: readonly SessionSummary[];
  readonly zone: string;
  /** Called when the last row comes into sight. */
  readonly onEnd: () => void;
}

const HEIGHT_MAX = 680;

export function SessionTable({ sessions, zone, onEnd }: SessionTableProps) {
  return (
    <DataTable
      label="Sessions"
      columns={columnsIn(zone)}
      rows={sessions}
      keyOf={({ sid }) => sid}
      heightMax={HEIGHT_MAX}
      onEnd={onEnd}
    />
  );
}

function columnsIn(zone: string): Column<SessionSummary>[] {
  const seconds = (id: MetricId, title: string): Column<SessionSummary> => ({
    id,
    title,
    isNumeric: true,
    width: "6.8rem",
    cell: ({ metrics }) => (metrics[id] ? formatSeconds(metrics[id]) : NOTHING),
  });
  const text = (id: ParameterKey, title: string, width: string): Column<SessionSummary> => {
    return { id, title, width, cell: ({ params }) => nameIn(params, id) ?? NOTHING };
  };
  return [
    { id: "title", title: "Title", width: "minmax(9rem, 1.6fr)", cell: (session) => <Title session={session} /> },
    {
      id: "startedAt",
      title: "Started",
      width: "10.2rem",
      cell: ({ startedAt }) => formatTime(startedAt, "second", zone),
    },
    { id: "status", title: "Status", width: "8.6rem", cell: (session) => <StatusBadge session={session} isShort /> },
    text("media.playerName", "Player", "minmax(5.5rem, 0.8fr)"),
    text("media.channel", "Channel", "minmax(4.5rem, 0.6fr)"),
    seconds("contentTimeSpent", "Content time"),
    seconds("adTimeSpent", "Ad time"),
    { id: "watched", title: "Watched", width: "6.2rem", cell: (session) => <Progress {...session} /> },
    seconds("totalBufferDuration", "Buffering"),
    {
      id: "errorEvents",
      title: "Errors",
      isNumeric: true,
      width: "3.2rem",
      cell: ({ metrics }) =>
        metrics["errorEvents"] ? <b class="bad">{formatCount(metrics["errorEvents"])}</b> : NOTHING,
    },
  ];
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
  if (typeof length !== "number" || length <= 0) return <>{isCompleted ? "completed" : NOTHING}</>;
  const share = Math.min(1, (metrics["uniqueTimePlayed"] ?? 0) / length);
  return (
    <Bar share={share}>
      {formatShare(Math.round(share * 100) / 100)}
      {isCompleted && <span title="Completed"> ✓</span>}
    </Bar>
  );
}
