/** Which session it is: what was played where, when, and how it ended. */

import type { DerivedWord } from "../../../protocol/derived.ts";
import { PERSONAL_PARAMETERS } from "../../../protocol/personal.ts";
import { CLOSE_REASONS, type CloseReason } from "../../../sessions/deadline.ts";
import type { SessionDetail } from "../../api/answers.ts";
import type { StreamState } from "../../api/use-stream.ts";
import { formatTime } from "../../format/times.ts";
import { access } from "../../model/access.ts";
import { addressOf } from "../../model/place.ts";
import { keptParams } from "../../model/scope.ts";
import { Copy } from "../../parts/copy.tsx";
import { StreamLight } from "../../parts/stream-state.tsx";
import { EraseSession } from "./erase-session.tsx";
import { nameIn } from "./periods.ts";

interface SessionHeadProps {
  readonly session: SessionDetail["session"];
  readonly zone: string;
  /** Undefined once it isn't listened to any more. */
  readonly stream: StreamState | undefined;
  /** Whether the server has it; a recording that was only folded has nothing to look up or erase. */
  readonly isStored?: boolean;
}

type Session = SessionDetail["session"];

/** What a session is called: its content's name, or id. */
export function titleOfSession({ params }: Pick<Session, "params">): string {
  return nameIn(params, "media.name", "media.id") ?? "Without a title";
}

export function SessionHead({ session, zone, stream, isStored = true }: SessionHeadProps) {
  const { sid, params, definitions, downloaded } = session;
  return (
    <header class="session-head">
      <div class="session-title">
        <nav aria-label="Where this is">
          <a href={addressOf(["sessions"], keptParams())}>Sessions</a> <span aria-hidden="true">/</span>
        </nav>
        <h1>{titleOfSession(session)}</h1>
        <StatusBadge session={session} />
        {stream && isLive(session) && <StreamLight state={stream} />}
        {isStored && (
          <>
            <p class="session-sid">
              <span class="unseen">Session id</span>
              <code>{sid}</code>
              <Copy text={sid} label="the session id" />
            </p>
            {access.value?.isAdmin && <EraseSession sid={sid} />}
          </>
        )}
      </div>
      <dl class="session-facts">
        <Fact name="Started" value={formatTime(session.startedAt, "full", zone)} />
        {session.closedAt !== null && <Fact name="Ended" value={formatTime(session.closedAt, "full", zone)} />}
        <Fact name="Player" value={nameIn(params, "media.playerName")} />
        <Fact name="Channel" value={nameIn(params, "media.channel")} />
        <Fact name="Content" value={nameIn(params, "media.contentType")} />
        <Fact name="Device" value={derivedIn(session, "viewer.device", "viewer.browser", "viewer.os")} />
        <Fact name="Country" value={derivedIn(session, "viewer.country")} />
        {session.derived?.["viewer.bot"] !== "no" && <Fact name="Bot" value={derivedIn(session, "viewer.bot")} />}
        <Fact name="Media Edge" value={derivedIn(session, "edge.client", "edge.configId")} />
        {downloaded && <Fact name="Played" value="downloaded" />}
        <Fact name="Definitions" value={[`version ${definitions}`, ...choicesIn(session)].join(", ")} />
        {isStored && <SeeAlso session={session} />}
      </dl>
    </header>
  );
}

/** What the server chose of the definitions, in words. */
function choicesIn({ definitionChoices }: Pick<Session, "definitionChoices">): string[] {
  if (!definitionChoices) return [];
  const { mendingOff, bitrateUnit } = definitionChoices;
  return [
    ...(mendingOff.length > 0 ? [`without ${mendingOff.join(", ")}`] : []),
    ...(bitrateUnit === "auto" ? [] : [`bitrates in ${bitrateUnit}`]),
  ];
}

/** Some of the words that the server knows of a session; undefined where it knows none of them. */
function derivedIn({ derived = {} }: Session, ...words: readonly DerivedWord[]): string | undefined {
  const known = words.flatMap((word) => derived[word] ?? []);
  return known.length === 0 ? undefined : known.join(", ");
}

function SeeAlso({ session }: Pick<SessionHeadProps, "session">) {
  const { sid } = session;
  // A hash finds no session.
  const visitor = access.value?.readOnly === false ? visitorOf(session) : undefined;
  return (
    <div>
      <dt>See also</dt>
      <dd>
        {visitor !== undefined && <a href={ofVisitor(visitor)}>Same visitor</a>}{" "}
        <a href={`admin/api/sessions/${sid}`} target="_blank" rel="noreferrer">
          JSON
        </a>{" "}
        <a href={`admin/api/sessions/${sid}?format=xdm`} target="_blank" rel="noreferrer">
          XDM
        </a>
      </dd>
    </div>
  );
}

function ofVisitor(visitor: string): string {
  return addressOf(["sessions"], { search: visitor, range: "90d" });
}

function Fact({ name, value }: { readonly name: string; readonly value: string | undefined }) {
  if (value === undefined) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

interface StatusBadgeProps {
  readonly session: Pick<Session, "status" | "completed" | "closeReason">;
  /** Whether the reason is all that there is room for. */
  readonly isShort?: boolean;
}

/** Whether something goes on in it. */
export function isLive({ status, completed }: Pick<Session, "status" | "completed">): boolean {
  return status === "open" && !completed;
}

/** Open, played to the end, or why it was closed. */
export function StatusBadge({ session, isShort = false }: StatusBadgeProps) {
  if (session.completed) {
    return (
      <span class="badge good" title="Played to its end; open until it closes, since it may be played again.">
        completed
      </span>
    );
  }
  if (session.status === "open") {
    return (
      <span class="badge good status-open">
        <span class="live-dot" aria-hidden="true" />
        open
      </span>
    );
  }
  const reason = session.closeReason ?? "unknown";
  return (
    <span class="badge" title={Object.hasOwn(CLOSE_REASONS, reason) ? CLOSE_REASONS[reason as CloseReason] : undefined}>
      {isShort ? reason : `closed: ${reason}`}
    </span>
  );
}

/** The first id that names its visitor. */
function visitorOf({ params }: Session): string | undefined {
  for (const { key } of PERSONAL_PARAMETERS) {
    const value = params[key];
    const id = typeof value === "object" ? Object.values(value)[0]?.["id"] : value;
    if (typeof id === "string" && id !== "") return id;
  }
  return undefined;
}
