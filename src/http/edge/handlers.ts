/** What players of Media Edge call: starts and events on paths of their own, or in a batch beside a page's other events. */

import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { isSid, newSid } from "../../base/ids.ts";
import type { Log } from "../../base/log.ts";
import {
  type EventError,
  eventError,
  type Handle,
  INVALID_JSON,
  NO_DATASTREAM,
  newSession,
  UNKNOWN_DATASTREAM,
  UNKNOWN_SESSION,
  writeAnswer,
} from "../../protocol/edge/answer.ts";
import type { Datastreams } from "../../protocol/edge/datastreams.ts";
import { entryOf } from "../../protocol/edge/event.ts";
import { finding, MISSING } from "../../protocol/edge/finding.ts";
import { consentOf, newEcid } from "../../protocol/edge/identity.ts";
import type { EdgeEvent, EdgeReader, EdgeRequest, EdgeVisit } from "../../protocol/edge/reader.ts";
import type { Datastream } from "../../protocol/edge/start.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import type { CatalogueEntry } from "../../protocol/events.ts";
import type { Admission } from "../admission.ts";
import { createAdmitted, type Visit } from "../admitted.ts";
import type { Bodies } from "../body.ts";
import type { CollectContext } from "../handlers/collect.ts";
import { edgeArrayKeyOf, edgeKeyOf } from "../opening-keys.ts";
import type { Handler } from "../resource.ts";
import { consentHandles, identityHandles } from "./identity.ts";
import { type EdgeQuery, edgeQueryOf } from "./query.ts";
import { EdgeRefusal } from "./refusal.ts";
import { createStrayNote } from "./stray-sessions.ts";

/** `/va/v1/:event`, with or without a location hint before it. */
export type OneEvent = "/:event";

export interface EdgeContext
  extends Pick<CollectContext, "intake" | "bodyBytesMax" | "arrayBytesMax" | "live" | "meter"> {
  readonly edgeReader: EdgeReader;
  readonly datastreams: Datastreams;
  /** How a start that is refused is answered: within an answer, as the reference has it, or as an error. */
  readonly edgeStartErrors: "207" | "400";
  readonly log: Log;
  readonly clock: Clock;
}

export interface EdgeHandlers {
  /** `POST /va/v1/{event}` */
  readonly media: Handler<OneEvent>;
  /** `POST /v1/interact` */
  readonly interact: Handler;
  /** `POST /v1/collect` */
  readonly collect: Handler;
  /** `POST /v1/privacy/set-consent` */
  readonly setConsent: Handler;
  /** `POST /v1/identity/acquire` */
  readonly acquireIdentity: Handler;
}

/** A request that was let in and read. */
interface Exchange {
  readonly visit: EdgeVisit;
  readonly request: EdgeRequest;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the viewer's id was made for this request. */
  readonly isNew: boolean;
  readonly refuse: (error: unknown) => void;
}

const HOST = /^[\w.-]{1,253}/;

export function edgeHandlers(context: EdgeContext, admission: Admission, bodies: Bodies): EdgeHandlers {
  const { intake, edgeReader, bodyBytesMax, arrayBytesMax } = context;
  const admitted = createAdmitted({ ...context, admission, bodies });
  const noteStray = createStrayNote(context);

  /** Body, then datastream: each is refused before the next is looked at. */
  async function begin(incoming: Visit<string>, { opens = false, isDownloaded = false }): Promise<Exchange> {
    const { request, headers, read, refuse } = incoming;
    const bytes = await read({ bytesMax: isDownloaded ? arrayBytesMax : bodyBytesMax });
    const visit = edgeReader.read(bytes, request.headers.get("Cookie"), { opens, isDownloaded });
    if ("message" in visit) throw new EdgeRefusal([finding("$", visit.message)], INVALID_JSON);
    const query = edgeQueryOf(request);
    const datastream = datastreamOf(query, opens);
    const host = HOST.exec(request.headers.get("Host") ?? "")?.[0] ?? "unknown";
    const named = query.requestId !== undefined && { requestId: query.requestId };
    return {
      ...(opens ? identified(visit, datastream) : { visit, isNew: false }),
      headers,
      refuse,
      request: { receivedAtMs: intake.steadyMs(), datastream, host, ...named },
    };
  }

  /** @param needed whether the request must name one */
  function datastreamOf({ configId }: EdgeQuery, needed: boolean): Datastream {
    if (configId === undefined && needed) {
      throw new EdgeRefusal([finding("configId", "Missing datastream: the address names no configId")], NO_DATASTREAM);
    }
    const found = context.datastreams.find(configId ?? "");
    if (found || configId === undefined) return found ?? { configId: "" };
    throw new EdgeRefusal([finding("configId", "Invalid datastream ID: it is not taken here")], UNKNOWN_DATASTREAM);
  }

  async function open(start: PlayerEvent, { visit, request }: Exchange): Promise<string> {
    admission.checkReportSuite(start);
    // A viewer who refused is answered as any other, and nothing of it is kept.
    if (visit.state.refused) return newSid(intake.steadyMs());
    const { requestId } = start;
    const known = requestId === undefined ? undefined : edgeKeyOf(request.datastream.configId, requestId);
    return intake.open(start, { known, admit: admission.checkRoom });
  }

  async function add(sid: string, event: PlayerEvent, { visit }: Exchange): Promise<void> {
    if (visit.state.refused) return;
    try {
      if (!isSid(sid)) throw new AppError("session-not-found", "No session has this id");
      await intake.add(sid, () => event);
    } catch (error) {
      if (error instanceof AppError && error.code === "session-not-found") noteStray(visit.body);
      throw error;
    }
  }

  /** Takes one event of a batch. @returns its handles, or what is wrong with it */
  async function take(event: EdgeEvent, at: number, exchange: Exchange): Promise<readonly Handle[] | EventError> {
    switch (event.kind) {
      case "foreign":
        return [];
      case "start":
        return [newSession(await open(event.start, exchange), at)];
      case "running":
        return takeRunning(event, at, exchange);
      case "refused": {
        exchange.refuse(new EdgeRefusal(event.details));
        return eventError(at, event.details);
      }
    }
  }

  async function takeRunning(
    { sid, event }: Extract<EdgeEvent, { kind: "running" }>,
    at: number,
    exchange: Exchange,
  ): Promise<readonly Handle[] | EventError> {
    try {
      await add(sid, event, exchange);
      return [];
    } catch (error) {
      if (!(error instanceof AppError) || !["session-not-found", "session-closed"].includes(error.code)) throw error;
      exchange.refuse(error);
      return eventError(at, error.message, { type: UNKNOWN_SESSION, status: 404, title: "Not Found" });
    }
  }

  /** Takes all events of a batch in order, each by itself, as far as the server is able to store them. */
  async function takeAll(exchange: Exchange): Promise<{ handle: Handle[]; errors: EventError[] }> {
    const handle: Handle[] = [];
    const errors: EventError[] = [];
    for (const at of exchange.visit.body.events.keys()) {
      const taken = await take(edgeReader.event(exchange.visit, at, exchange.request), at, exchange);
      if ("report" in taken) errors.push(taken);
      else handle.push(...taken);
    }
    return { handle, errors };
  }

  function answer(exchange: Exchange, handle: readonly Handle[], errors: readonly EventError[]): Response {
    const { request, headers, visit } = exchange;
    const requestId = request.requestId ?? crypto.randomUUID();
    const [first] = errors;
    if (first && context.edgeStartErrors === "400") throw new EdgeRefusal(first.report.details, first.type);
    const body = writeAnswer({ requestId, handle, errors }, visit.framing);
    return new Response(body, {
      status: first ? 207 : 200,
      headers: { ...headers, "Content-Type": "application/json;charset=utf-8" },
    });
  }

  async function start(incoming: Visit<string>, named: CatalogueEntry): Promise<Response> {
    const exchange = await begin(incoming, { opens: true });
    checkOne(exchange.visit);
    const taken = await take(edgeReader.event(exchange.visit, 0, exchange.request, named), 0, exchange);
    const identity = identityHandles(exchange);
    return "report" in taken ? answer(exchange, identity, [taken]) : answer(exchange, [...taken, ...identity], []);
  }

  async function running(incoming: Visit<string>, named: CatalogueEntry): Promise<Response> {
    const exchange = await begin(incoming, {});
    checkOne(exchange.visit);
    const event = edgeReader.event(exchange.visit, 0, exchange.request, named);
    if (event.kind === "refused") throw new EdgeRefusal(inBatch(event.details));
    if (event.kind === "running") await add(event.sid, event.event, exchange);
    return new Response(null, { status: 204, headers: exchange.headers });
  }

  async function downloaded(incoming: Visit<string>): Promise<Response> {
    const exchange = await begin(incoming, { opens: true, isDownloaded: true });
    const { visit, request } = exchange;
    if (visit.body.events.length === 0) throw new EdgeRefusal([finding("$.events", MISSING)]);
    const errors: EventError[] = [];
    for (const at of visit.body.events.keys()) {
      const session = edgeReader.downloaded(visit, at, request);
      if ("findings" in session) {
        exchange.refuse(new EdgeRefusal(session.findings));
        errors.push(eventError(at, session.findings));
      } else if (!visit.state.refused) {
        const start = session.events[0] as PlayerEvent;
        admission.checkReportSuite(start);
        const known = edgeArrayKeyOf(request.datastream.configId, visit.body.events[at] ?? {}, start);
        await intake.openDownloaded(session.events, { known });
      }
    }
    return answer(exchange, identityHandles(exchange), errors);
  }

  return {
    media: admitted<OneEvent>(async (incoming) => {
      const { event } = incoming.request.params;
      if (event === "downloaded") return downloaded(incoming);
      const named = entryOf(`media.${event}`);
      if (!named) throw new AppError("not-found", "Media Edge has no event of this name");
      return named.type === "sessionStart" ? start(incoming, named) : running(incoming, named);
    }),
    interact: admitted(async (incoming) => {
      const exchange = await begin(incoming, { opens: true });
      const { handle, errors } = await takeAll(exchange);
      return answer(exchange, [...handle, ...identityHandles(exchange)], errors);
    }),
    collect: admitted(async (incoming) => {
      const exchange = await begin(incoming, { opens: true });
      await takeAll(exchange);
      return new Response(null, { status: 204, headers: exchange.headers });
    }),
    setConsent: admitted(async (incoming) => {
      const exchange = await begin(incoming, { opens: true });
      return answer(exchange, consentHandles(exchange, consentOf(exchange.visit.body.consent)), []);
    }),
    acquireIdentity: admitted(async (incoming) => {
      const exchange = await begin(incoming, { opens: true });
      return answer(exchange, identityHandles(exchange), []);
    }),
  };
}

/** A viewer who is given an id has it from this request on; one who refused is given none. */
function identified(visit: EdgeVisit, { org }: Datastream): Pick<Exchange, "visit" | "isNew"> {
  const { identity, state } = visit;
  const known = identity.ecid ?? state.ecid;
  if (known !== undefined || org === undefined || state.refused) return { visit, isNew: false };
  return { visit: { ...visit, state: { ...state, ecid: newEcid() } }, isNew: true };
}

function checkOne({ body }: EdgeVisit): void {
  if (body.events.length !== 1) throw new EdgeRefusal([finding("$.events", "Expected a list of exactly one event")]);
}

/** On paths of events the reference counts a member from the body on, elsewhere from its event. */
function inBatch(details: Extract<EdgeEvent, { kind: "refused" }>["details"]): typeof details {
  if (typeof details === "string") return details;
  return details.map(({ name, reason }) => finding(name.replace("$.", "$.events[0]."), reason));
}
