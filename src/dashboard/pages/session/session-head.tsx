/** Which session it is: what was played where, when, and how it ended. */

import type { ComponentChildren } from "preact";
import type { DerivedWord } from "../../../protocol/derived.ts";
import { PERSONAL_PARAMETERS } from "../../../protocol/personal.ts";
import type { SessionDetail, SessionPage } from "../../api/answers.ts";
import { formatSpan } from "../../format/span.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import type { StreamState } from "../../hooks/use-stream.ts";
import { access } from "../../model/access.ts";
import { equals } from "../../model/equals.ts";
import { addressOf } from "../../model/place.ts";
import { keptParams } from "../../model/scope.ts";
import { Heading } from "../../parts/heading.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { StreamLight } from "../../parts/stream-state.tsx";
import { EraseSession } from "./erase-session.tsx";
import { nameIn } from "./periods.ts";
import { isLive, StatusBadge } from "./status-badge.tsx";

interface SessionHeadProps {
  readonly session: SessionDetail["session"];
  readonly zone: string;
  /** Undefined once it isn't listened to any more. */
  readonly stream: StreamState | undefined;
  /** From its first event to its last; undefined where there are none. */
  readonly lengthMs: number | undefined;
  /** Whether an error ended it before anything was played. */
  readonly isFailed: boolean;
  /** Whether the server has it; a recording that was only folded has nothing to look up or erase. */
  readonly isStored?: boolean;
}

type Session = SessionDetail["session"];

/** What a session is called: its content's name, or id. */
export function titleOfSession({ params }: Pick<Session, "params">): string {
  return nameIn(params, "media.name", "media.id") ?? "Without a title";
}

export function SessionHead({ session, zone, stream, lengthMs, isFailed, isStored = true }: SessionHeadProps) {
  const { sid, params } = session;
  const id = nameIn(params, "media.id");
  const title = titleOfSession(session);
  return (
    <header class="session-head">
      <nav aria-label="Where this is">
        <a class="back" href={addressOf(["sessions"], keptParams())}>
          <span aria-hidden="true">←</span> Sessions
        </a>
      </nav>
      <div class="session-title">
        <Heading>
          {id === undefined || !isStored ? (
            title
          ) : (
            <a class="session-name" href={addressOf(["titles", id], keptParams())}>
              {title}
            </a>
          )}
        </Heading>
        <StatusBadge session={session} />
        {isFailed && <span class="badge bad">Failed to start</span>}
        {stream && stream !== "open" && isLive(session) && <StreamLight state={stream} />}
        {isStored && (
          <p class="session-ways">
            <ShortId id={sid} label="the session id" />
            <a href={`admin/api/sessions/${sid}`} target="_blank" rel="noreferrer">
              JSON
            </a>
            <a href={`admin/api/sessions/${sid}?format=xdm`} target="_blank" rel="noreferrer">
              XDM
            </a>
            {access.value?.isAdmin && <EraseSession sid={sid} />}
          </p>
        )}
      </div>
      <ul class="session-facts" aria-label="About the session">
        <li>{formatSpan(session.startedAt, endOf(session, lengthMs), zone)}</li>
        <Facts session={session} isStored={isStored} />
      </ul>
    </header>
  );
}

/** When the viewer left: not when silence closed the session, which is minutes later. */
function endOf({ startedAt, status }: Session, lengthMs: number | undefined): number | undefined {
  return status === "open" || lengthMs === undefined ? undefined : startedAt + lengthMs;
}

function Facts({ session, isStored }: Required<Pick<SessionHeadProps, "session" | "isStored">>) {
  const { params, downloaded, derived, customMetadata } = session;
  const country = derived?.["viewer.country"] ?? customMetadata?.["country"];
  return (
    <>
      <Fact>
        <Sessions of="media.playerName" session={session} isStored={isStored} />
        {nameIn(params, "media.sdkVersion") !== undefined && (
          <span class="note"> {nameIn(params, "media.sdkVersion")}</span>
        )}
      </Fact>
      <Fact>
        <Sessions of="media.channel" session={session} isStored={isStored} />
      </Fact>
      <Fact>{nameIn(params, "media.contentType")}</Fact>
      <Fact>{nameIn(params, "media.streamFormat")}</Fact>
      <Fact>{derivedIn(session, "viewer.device", "viewer.browser", "viewer.os")}</Fact>
      <Fact>{country}</Fact>
      {derived?.["viewer.bot"] !== "no" && <Fact>{derivedIn(session, "viewer.bot")}</Fact>}
      {derived?.["edge.client"] !== undefined && (
        <Fact>Media Edge {derivedIn(session, "edge.client", "edge.configId")}</Fact>
      )}
      {downloaded && <Fact>played offline</Fact>}
      {choicesIn(session).map((choice) => (
        <Fact key={choice}>{choice}</Fact>
      ))}
      {isStored && <Visitor session={session} />}
      {isStored && session.viewer !== undefined && <Neighbours session={session} viewer={session.viewer} />}
    </>
  );
}

function Fact({ children }: { readonly children: ComponentChildren }) {
  return children === undefined ? null : <li>{children}</li>;
}

interface SessionsProps {
  readonly of: "media.playerName" | "media.channel";
  readonly session: Session;
  readonly isStored: boolean;
}

/** A value that leads to the sessions with it. */
function Sessions({ of, session: { params }, isStored }: SessionsProps) {
  const value = nameIn(params, of);
  if (value === undefined) return <span class="note">no {of === "media.channel" ? "channel" : "player"}</span>;
  const filter = equals(of, value);
  if (!isStored || filter === undefined) return <>{value}</>;
  return (
    <a href={addressOf(["sessions"], { filter })} title={`Sessions with ${of} ${value}`}>
      {value}
    </a>
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

const VISITOR_CHARS = 14;

/** Who watched, and all that they watched. A token without personal data gets the hash alone. */
function Visitor({ session }: Pick<SessionHeadProps, "session">) {
  const visitor = access.value?.readOnly === false ? visitorOf(session) : undefined;
  const { viewer } = session;
  if (viewer === undefined) return null;
  const name = visitor ?? viewer;
  const short = name.length > VISITOR_CHARS ? `${name.slice(0, VISITOR_CHARS - 2)}…` : name;
  return (
    <li>
      viewer{" "}
      <a href={addressOf(["sessions", "viewer", viewer])} title={`What ${name} watched`}>
        {short}
      </a>
    </li>
  );
}

interface NeighboursProps extends Pick<SessionHeadProps, "session"> {
  readonly viewer: string;
}

/** As many later sessions are looked through for the next one. */
const LATER_MAX = 100;

/** To what the viewer watched before and after. */
function Neighbours({ session: { startedAt }, viewer }: NeighboursProps) {
  const pathOf = (params: Readonly<Record<string, string>>) =>
    `${viewerPath(viewer)}?${new URLSearchParams(params).toString()}`;
  const before = useAnswer<SessionPage>(pathOf({ to: String(startedAt), limit: "1" })).answer;
  const after = useAnswer<SessionPage>(pathOf({ from: String(startedAt + 1), limit: String(LATER_MAX) })).answer;
  const earlier = before?.sessions[0];
  // Newest first: with more behind them the last one is not the next.
  const later = after?.nextCursor === null ? after.sessions.at(-1) : undefined;
  if (!earlier && !later) return null;
  return (
    <li class="neighbours">
      {earlier && (
        <a href={addressOf(["sessions", earlier.sid])} title={titleOfSession(earlier)} rel="prev">
          ← earlier
        </a>
      )}
      {later && (
        <a href={addressOf(["sessions", later.sid])} title={titleOfSession(later)} rel="next">
          later →
        </a>
      )}
    </li>
  );
}

/** Where the sessions of a viewer are, newest first. */
export function viewerPath(hash: string): string {
  return `/admin/api/viewers/${encodeURIComponent(hash)}`;
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
