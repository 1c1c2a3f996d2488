/** What players of Media Edge call: a path for each event, and paths for batches of a page's events. */

import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { type EventError, type Handle, writeAnswer } from "../../protocol/edge/answer.ts";
import { framingOf } from "../../protocol/edge/body.ts";
import { entryNamed, meantEvent } from "../../protocol/edge/event.ts";
import { finding, MISSING } from "../../protocol/edge/finding.ts";
import { consentOf } from "../../protocol/edge/identity.ts";
import type { CatalogueEntry } from "../../protocol/events.ts";
import { noContent } from "../answer/bodyless.ts";
import type { Admission } from "../guard/admission.ts";
import { createAdmitted, type Visit } from "../guard/admitted.ts";
import type { CollectContext } from "../handlers/collect.ts";
import type { Bodies } from "../read/body.ts";
import type { Handler } from "../resource.ts";
import { createExchanges, type Exchange, type ExchangeContext } from "./exchange.ts";
import { consentHandles, identityHandles } from "./identity.ts";
import { EdgeRefusal } from "./refusal.ts";
import { createStrayNote } from "./stray-sessions.ts";
import { createTaking, type EventOutcome } from "./taking.ts";
import { checkOne, createTelling } from "./told.ts";

/** `/va/v1/:event`, with or without a location hint before it. */
type OneEvent = "/:event";

export interface EdgeContext
  extends Omit<ExchangeContext, "intake">,
    Pick<CollectContext, "intake" | "bodyBytesMax" | "arrayBytesMax" | "live" | "meter" | "viewerOf"> {
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

const EXPECTS_SESSIONS = { opens: true, isDownloaded: true };

/** What all events of a request gave. */
interface Outcome {
  readonly handle: Handle[];
  readonly errors: EventError[];
}

export function edgeHandlers(context: EdgeContext, admission: Admission, bodies: Bodies): EdgeHandlers {
  const { intake, edgeReader, edgeStartErrors, bodyBytesMax, arrayBytesMax } = context;
  const admitted = createAdmitted({ ...context, admission, bodies });
  const exchanges = createExchanges(context);
  const tellingOf = createTelling(edgeReader, exchanges);
  /** Reads a request that may carry any event, starts included. */
  const begin = async (incoming: Visit<string>): Promise<Exchange> => {
    return exchanges.read(incoming, await incoming.read({ bytesMax: bodyBytesMax }), { opens: true });
  };
  const taking = createTaking({ intake, edgeReader, admission, noteStray: createStrayNote(context) });

  const takeAll = (exchange: Exchange): Promise<Outcome> =>
    gather(exchange, (at) => taking.take(edgeReader.event(exchange.visit, at, exchange.request), at, exchange));
  const answer = (exchange: Exchange, outcome: Outcome) => answerOf(exchange, outcome, edgeStartErrors);

  async function start(incoming: Visit<string>, named: CatalogueEntry): Promise<Response> {
    const exchange = await begin(incoming);
    checkOne(exchange.visit);
    const { visit, request } = exchange;
    const event = edgeReader.event(visit, 0, request, named);
    return answer(exchange, await gather(exchange, () => taking.take(event, 0, exchange)));
  }

  async function running(incoming: Visit<string>, named: CatalogueEntry): Promise<Response> {
    const bytes = await incoming.read({ bytesMax: bodyBytesMax });
    const told = tellingOf(incoming, bytes, named);
    if (!told) return noContent(incoming.headers);
    // What follows doesn't refer to the body, so the collector can free it while the event waits.
    const { running: event, isRefused, isOfWebSdk } = told;
    try {
      await taking.add(event, isRefused);
    } catch (error) {
      taking.noteFailure(error, isOfWebSdk);
      throw error;
    }
    return noContent(incoming.headers);
  }

  async function downloaded(incoming: Visit<string>): Promise<Response> {
    const exchange = exchanges.read(incoming, await incoming.read({ bytesMax: arrayBytesMax }), EXPECTS_SESSIONS);
    if (exchange.visit.body.events.length === 0) throw new EdgeRefusal([finding("$.events", MISSING)]);
    return answer(exchange, await gather(exchange, (at) => taking.takeDownloaded(at, exchange)));
  }

  return {
    media: admitted<OneEvent>((incoming) => {
      const { event } = incoming.request.params;
      if (event === "downloaded") return downloaded(incoming);
      const named = entryNamed(event);
      if (!named) throw new AppError("not-found", `Media Edge has no event of this name${meantEvent(event, "")}`);
      return named.type === "sessionStart" ? start(incoming, named) : running(incoming, named);
    }),
    interact: admitted(async (incoming) => {
      const exchange = await begin(incoming);
      return answer(exchange, await takeAll(exchange));
    }),
    collect: admitted(async (incoming) => {
      const exchange = await begin(incoming);
      await takeAll(exchange);
      return noContent(exchange.incoming.headers);
    }),
    setConsent: admitted(async (incoming) => {
      const exchange = await begin(incoming);
      const consent = consentOf(exchange.visit.body.consent);
      const handle = [...consentHandles(exchange, consent)];
      return answer(consent === "out" ? refusing(exchange) : exchange, { handle, errors: [] });
    }),
    acquireIdentity: admitted(async (incoming) => answer(await begin(incoming), { handle: [], errors: [] })),
  };
}

/** A request whose viewer has just refused, and gets no identity any more. */
function refusing(exchange: Exchange): Exchange {
  const { visit } = exchange;
  return { ...exchange, visit: { ...visit, state: { ...visit.state, refused: true } } };
}

function answerOf(
  exchange: Exchange,
  { handle, errors }: Outcome,
  startErrors: EdgeContext["edgeStartErrors"],
): Response {
  const { request, incoming, visit } = exchange;
  const requestId = request.requestId ?? crypto.randomUUID();
  const [first] = errors;
  if (first && startErrors === "400") throw new EdgeRefusal(first.report.details, first.type);
  const all = [...handle, ...identityHandles(exchange)];
  return new Response(writeAnswer({ requestId, handle: all, errors }, framingOf(visit.body.meta)), {
    status: first ? 207 : 200,
    headers: { ...incoming.headers, "Content-Type": "application/json;charset=utf-8" },
  });
}

/** Takes each event of a request, and ends at the first that the server is unable to store. */
async function gather({ visit }: Exchange, take: (at: number) => Promise<EventOutcome>): Promise<Outcome> {
  const handle: Handle[] = [];
  const errors: EventError[] = [];
  for (const at of visit.body.events.keys()) {
    const taken = await take(at);
    if ("report" in taken) errors.push(taken);
    else handle.push(...taken);
  }
  return { handle, errors };
}
