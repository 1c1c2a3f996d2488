/** One viewer: what they watched, newest first, and what went wrong in it. */

import { counted } from "../../../base/counted.ts";
import type { SessionSummary } from "../../api/answers.ts";
import { formatCount, formatSeconds } from "../../format/numbers.ts";
import { formatTime } from "../../format/times.ts";
import { addressOf } from "../../model/place.ts";
import { scope } from "../../model/scope.ts";
import { Heading } from "../../parts/heading.tsx";
import { Empty, Panel, Problem, Waiting } from "../../parts/panel.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { Stat, Stats } from "../../parts/stat.tsx";
import { nameIn } from "./periods.ts";
import { titleOfSession, viewerPath } from "./session-head.tsx";
import { SessionTable } from "./session-table.tsx";
import { useSessionList } from "./use-session-list.ts";

export function ViewerPage({ hash }: { readonly hash: string }) {
  const { zone } = scope.value;
  const { list, error, again, more } = useSessionList(hash, () => new URLSearchParams(), viewerPath(hash));
  const sessions = list?.sessions ?? [];
  const isMore = list !== undefined && list.nextCursor !== null;
  return (
    <div class="rows">
      <header class="session-head">
        <nav aria-label="Where this is">
          <a class="back" href={addressOf(["sessions"])}>
            <span aria-hidden="true">←</span> Sessions
          </a>
        </nav>
        <div class="session-title">
          <Heading>A viewer</Heading>
          <p class="session-ways">
            <ShortId id={hash} label="the viewer's hash" />
          </p>
        </div>
        <p class="note">Told apart by a hash of the id that the player sends; it names no person.</p>
      </header>
      {sessions.length > 0 && <Sums sessions={sessions} zone={zone} />}
      <Panel
        title="What they watched"
        {...(list && { count: `${formatCount(sessions.length)}${isMore ? " newest" : ""}` })}
        note="Newest first"
      >
        {error && <Problem message={error.message} again={again} />}
        {!list && !error && <Waiting />}
        {list && sessions.length === 0 && <Empty>No session has this viewer.</Empty>}
        {sessions.length > 0 && <SessionTable sessions={sessions} zone={zone} onEnd={more} />}
      </Panel>
    </div>
  );
}

interface SumsProps {
  readonly sessions: readonly SessionSummary[];
  readonly zone: string;
}

/** Sums up the sessions that are listed. */
function Sums({ sessions, zone }: SumsProps) {
  const sumOf = (id: "contentTimeSpent" | "errorEvents") =>
    sessions.reduce((sum, { metrics }) => sum + (metrics[id] ?? 0), 0);
  const differentOf = (nameOf: (session: SessionSummary) => string | undefined) =>
    new Set(sessions.flatMap((session) => nameOf(session) ?? []));
  const players = differentOf(({ params }) => nameIn(params, "media.playerName"));
  const inTrouble = sessions.filter(({ metrics }) => (metrics["errorEvents"] ?? 0) > 0).length;
  const newest = sessions[0];
  const oldest = sessions.at(-1);
  return (
    <Stats label="Of these sessions">
      <Stat
        label="Sessions"
        value={formatCount(sessions.length)}
        note={newest && oldest && `since ${formatTime(oldest.startedAt, "minute", zone)}`}
      />
      <Stat label="Content time" value={formatSeconds(sumOf("contentTimeSpent"))} note="played" />
      <Stat label="Titles" value={formatCount(differentOf(titleOfSession).size)} note="different ones" />
      <Stat label="Players" value={formatCount(players.size)} note={[...players].slice(0, 2).join(", ") || "unnamed"} />
      <Stat
        label="With errors"
        value={<span class={inTrouble > 0 ? "bad" : "none"}>{formatCount(inTrouble)}</span>}
        note={counted(sumOf("errorEvents"), "error")}
      />
    </Stats>
  );
}
