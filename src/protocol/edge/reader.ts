/** Reads an Edge request: its envelope, whose it is, and its events one by one. */

import type { BitrateUnit } from "../bitrate-unit.ts";
import type { PlayerEvent } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import { flag } from "../flags.ts";
import { isObject, type Json, objectAt } from "../json.ts";
import type { ValidationMode } from "../mode.ts";
import { createBodyReader, type EdgeBody, type EdgeLimits, queueMsOf, type Unreadable } from "./body.ts";
import { type Implementation, implementationOf } from "./client.ts";
import { isOfOther } from "./datastream-mark.ts";
import { type DownloadedSession, translateDownloaded, typeFinding } from "./downloaded.ts";
import { createEventTranslator, entryOf, LIVE, type Source, type Translation } from "./event.ts";
import { type EventFinding, finding, MISSING } from "./finding.ts";
import { type Identity, identityOf, type State, stateOf } from "./identity.ts";
import { idAt, idOf } from "./request-id.ts";
import { completeStart, type Datastream } from "./start.ts";
import { createUsualReader, type UsualEvent } from "./usual.ts";

/** How many characters a session's id has, whatever they are. */
const SESSION_ID_CHARS = 64;

/** The parts of a request beside its body. */
export interface EdgeRequest {
  /** Asked where an event doesn't say when it happened. */
  readonly receivedAtMs: () => number;
  readonly datastream: Datastream;
  /** The host that the request was sent to, if it may open a session. */
  readonly host: string;
  /** The id that the client gave the request, the same on its repeats; undefined where it gave none. */
  readonly requestId?: string | undefined;
}

/** What a request may be, by its path. */
interface RequestKind {
  /** Whether it may open a session, or ask who its viewer is. */
  readonly opens: boolean;
  /** Whether each of its events is a whole session. */
  readonly isDownloaded: boolean;
}

/** An event of media whose type is known. */
interface Known {
  readonly xdm: Json;
  readonly entry: CatalogueEntry;
}

/** A request whose envelope was read. */
export interface EdgeVisit {
  readonly body: EdgeBody;
  /** Its viewer's identity only where a session may open. */
  readonly state: State;
  /** The ids that the request gives, for all of its events or for one; none where no session may open. */
  readonly identity: Identity;
}

/** An event of a session that was opened before. */
export interface RunningEvent {
  readonly kind: "running";
  readonly sid: string;
  readonly event: PlayerEvent;
}

/** One event of a request: what it says, or what is wrong with it. */
export type EdgeEvent =
  | { readonly kind: "start"; readonly start: PlayerEvent }
  | RunningEvent
  /** No event of media: a page view, or a question for an identity. */
  | { readonly kind: "foreign" }
  | { readonly kind: "refused"; readonly details: readonly EventFinding[] | string };

export interface EdgeReader {
  /** Reads an envelope. @param cookie the request's `Cookie` header */
  read(bytes: Uint8Array, cookie: string | null, kind: RequestKind): EdgeVisit | Unreadable;
  /**
   * Reads one event of a request.
   *
   * @param at its place in the list
   * @param named the type that the path names; undefined where any may come
   */
  event(visit: EdgeVisit, at: number, request: EdgeRequest, named?: CatalogueEntry): EdgeEvent;
  /** Reads a body that is all of a usual event. @returns undefined for any other, which {@link read} takes */
  usual(bytes: Uint8Array, named: CatalogueEntry): UsualEvent | undefined;
  /** Whose a usual event is, and under which id it may come again. */
  usualEvent(usual: UsualEvent, request: Pick<EdgeRequest, "datastream" | "requestId">): RunningEvent;
  /** Reads one element of `downloaded`: a whole session. */
  downloaded(visit: EdgeVisit, at: number, request: EdgeRequest): DownloadedSession;
}

interface EdgeReaderOptions {
  readonly mode: ValidationMode;
  readonly limits: EdgeLimits;
  readonly bitrateUnit: BitrateUnit;
}

export function createEdgeReader({ mode, limits, bitrateUnit }: EdgeReaderOptions): EdgeReader {
  const translator = createEventTranslator(mode);
  const readBody = createBodyReader(limits);
  const readUsual = createUsualReader(limits, bitrateUnit);

  function sourceOf({ body }: EdgeVisit, { client }: Implementation, request: EdgeRequest): Source {
    return { client, bitrateUnit, assumedTsMs: () => request.receivedAtMs() - queueMsOf(body.meta) };
  }

  function complete(start: PlayerEvent, xdm: Json, visit: EdgeVisit, request: EdgeRequest): PlayerEvent {
    const { body, state } = visit;
    return completeStart(start, {
      ...request,
      state,
      meta: body.meta,
      implementation: implementationOf(xdm, body.xdm),
      identity: identityOf(objectAt(body.xdm, "identityMap"), objectAt(xdm, "identityMap")),
    });
  }

  function known(visit: EdgeVisit, at: number, request: EdgeRequest, { xdm, entry }: Known): EdgeEvent {
    const source = sourceOf(visit, implementationOf(xdm, visit.body.xdm), request);
    const translated = translator.translate(xdm, entry, source, LIVE);
    const session = entry.type === "sessionStart" ? undefined : sessionOf(xdm);
    if ("findings" in translated || (session && "name" in session)) {
      const findings = "findings" in translated ? translated.findings : [];
      return refused(session && "name" in session ? [...findings, session] : findings);
    }
    const { event } = translated;
    keep(xdm, event, idOf(xdm["_id"], request.requestId, at));
    if (!session) return { kind: "start", start: complete(event, xdm, visit, request) };
    return { kind: "running", sid: session.sid, event: flaggedIfOther(event, session.sid, request.datastream) };
  }

  return {
    read(bytes, cookie, kind) {
      const { opens, isDownloaded } = kind;
      const body = readBody(bytes, isDownloaded);
      if ("message" in body) return body;
      const identity = opens ? identityIn(body) : NO_IDENTITY;
      return { body, state: stateOf(body.meta, cookie, opens), identity };
    },
    event(visit, at, request, named) {
      const xdm = visit.body.events[at]?.["xdm"];
      if (!isObject(xdm)) return named ? refused([finding(LIVE.at, MISSING)]) : { kind: "foreign" };
      const type = xdm["eventType"];
      const entry = entryOf(type);
      if (!entry) return named || isOfMedia(type) ? refused([typeFinding(type, LIVE)]) : { kind: "foreign" };
      if (named && entry !== named) return refused(differing(entry, named));
      return known(visit, at, request, { xdm, entry });
    },
    usual: readUsual,
    usualEvent({ sid, event, xdm }, { datastream, requestId }) {
      if (event.qoeData || requestId === undefined) event.xdm = xdm;
      if (requestId !== undefined) event.requestId = idAt(requestId, 0);
      return { kind: "running", sid, event: flaggedIfOther(event, sid, datastream) };
    },
    downloaded(visit, at, request) {
      const xdm = objectAt(visit.body.events[at], "xdm") ?? {};
      const source = sourceOf(visit, implementationOf(xdm, visit.body.xdm), request);
      const translated = translateDownloaded(xdm, { translator, source, eventsMax: limits.eventsMax });
      if ("findings" in translated) return translated;
      const [first, ...rest] = translated.events;
      const start = complete(first as PlayerEvent, xdm, visit, request);
      return { events: [{ ...start, params: { ...start.params, "media.downloaded": true } }, ...rest] };
    },
  };
}

/** An event that names no datastream, or that of its session, as it is; any other with a flag. */
function flaggedIfOther(event: PlayerEvent, sid: string, { configId }: Datastream): PlayerEvent {
  if (configId === "" || !isOfOther(sid, configId)) return event;
  return { ...event, flags: [...event.flags, flag("config-mismatch")] };
}

const NO_IDENTITY: Identity = {};

function identityIn({ events, xdm }: EdgeBody): Identity {
  const maps = events.map((event) => objectAt(objectAt(event, "xdm"), "identityMap"));
  return identityOf(objectAt(xdm, "identityMap"), ...maps);
}

function isOfMedia(type: unknown): boolean {
  return typeof type === "string" && type.startsWith("media.");
}

/** The reference reports this fault as text. */
function differing(entry: CatalogueEntry, named: CatalogueEntry): string {
  return `The event type ${entry.type} of the body doesn't match the path, which is of ${named.type}`;
}

function refused(details: readonly EventFinding[] | string): EdgeEvent {
  return { kind: "refused", details };
}

function sessionOf(xdm: Json): { readonly sid: string } | EventFinding {
  const path = `${LIVE.at}.mediaCollection.sessionID`;
  const sid = objectAt(xdm, "mediaCollection")?.["sessionID"];
  if (sid === undefined || sid === null) return finding(path, MISSING);
  if (typeof sid !== "string") return finding(path, "Expected string");
  if (sid.length === SESSION_ID_CHARS) return { sid };
  return finding(path, `Unexpected error. Hint: InvalidApiSidLength=${sid.length}`);
}

/** Members that are stored anyway, or never: any other is a reason to keep the XDM itself. */
const BARE: ReadonlySet<string> = new Set(["_id", "eventType", "timestamp", "mediaCollection", "identityMap"]);
const BARE_COLLECTION: ReadonlySet<string> = new Set(["playhead", "sessionID"]);

/** Keeps what stands beside the event: its id, and its XDM if that says more than is stored anyway. */
function keep(xdm: Json, event: Translation, requestId: string | undefined): void {
  if (requestId !== undefined) event.requestId = requestId;
  const collection = objectAt(xdm, "mediaCollection") ?? {};
  const isBare = event.flags.length === 0 && saysOnly(xdm, BARE) && saysOnly(collection, BARE_COLLECTION);
  if (isBare && requestId !== undefined) return;
  if (xdm["identityMap"] === undefined) {
    event.xdm = xdm;
    return;
  }
  const { identityMap: _, ...rest } = xdm;
  event.xdm = rest;
}

function saysOnly(object: Json, members: ReadonlySet<string>): boolean {
  for (const member in object) if (!members.has(member) && object[member] !== null) return false;
  return true;
}
