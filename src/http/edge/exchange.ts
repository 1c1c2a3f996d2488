/** An admitted request of Media Edge: its body is parsed before its datastream is looked up. */

import { INVALID_JSON, NO_DATASTREAM, UNKNOWN_DATASTREAM } from "../../protocol/edge/answer.ts";
import type { Datastreams } from "../../protocol/edge/datastreams.ts";
import { finding } from "../../protocol/edge/finding.ts";
import { newEcid } from "../../protocol/edge/identity.ts";
import type { EdgeReader, EdgeRequest, EdgeVisit } from "../../protocol/edge/reader.ts";
import type { Datastream } from "../../protocol/edge/start.ts";
import type { Visit } from "../guard/admitted.ts";
import { type EdgeQuery, edgeQueryOf } from "./query.ts";
import { EdgeRefusal } from "./refusal.ts";

export interface Exchange {
  readonly visit: EdgeVisit;
  readonly request: EdgeRequest;
  readonly incoming: Visit<string>;
  /** Whether the viewer's id was made for this request. */
  readonly isNew: boolean;
}

export interface ExchangeContext {
  readonly edgeReader: EdgeReader;
  readonly datastreams: Datastreams;
  readonly intake: { steadyMs(): number };
}

interface Expected {
  /** Whether the request must name a datastream. */
  readonly opens?: boolean;
  /** Whether each event may be a whole session. */
  readonly isDownloaded?: boolean;
}

const HOST = /^[\w.-]{1,253}/;

export interface Exchanges {
  read(incoming: Visit<string>, bytes: Uint8Array, expected: Expected): Exchange;
  /** Finds the datastream that an address names. @param needed whether it must name one @throws EdgeRefusal */
  datastreamOf(query: EdgeQuery, needed: boolean): Datastream;
}

export function createExchanges(context: ExchangeContext): Exchanges {
  const { edgeReader, datastreams, intake } = context;

  function datastreamOf({ configId }: EdgeQuery, needed: boolean): Datastream {
    if (configId === undefined && needed) {
      throw new EdgeRefusal([finding("configId", "Missing datastream: the address names no configId")], NO_DATASTREAM);
    }
    const found = datastreams.find(configId ?? "");
    if (found || configId === undefined) return found ?? { configId: "" };
    throw new EdgeRefusal([finding("configId", "Invalid datastream ID: it is not taken here")], UNKNOWN_DATASTREAM);
  }

  const receivedAtMs = () => intake.steadyMs();

  function read(
    incoming: Visit<string>,
    bytes: Uint8Array,
    { opens = false, isDownloaded = false }: Expected,
  ): Exchange {
    const { request } = incoming;
    const visit = edgeReader.read(bytes, request.headers.get("Cookie"), { opens, isDownloaded });
    if ("message" in visit) throw new EdgeRefusal([finding("$", visit.message)], INVALID_JSON);
    const query = edgeQueryOf(request);
    const datastream = datastreamOf(query, opens);
    const said = { receivedAtMs, datastream, host: opens ? hostOf(request) : "", requestId: query.requestId };
    return opens
      ? { ...identified(visit, datastream), incoming, request: said }
      : { visit, isNew: false, incoming, request: said };
  }

  return { read, datastreamOf };
}

/** The host that a session was opened at. */
function hostOf({ headers }: Request): string {
  return HOST.exec(headers.get("Host") ?? "")?.[0] ?? "unknown";
}

/** A viewer who is given an id has it from this request on; one who refused is given none. */
function identified(visit: EdgeVisit, { org }: Datastream): Pick<Exchange, "visit" | "isNew"> {
  const { identity, state } = visit;
  const known = identity.ecid ?? state.ecid;
  if (known !== undefined || org === undefined || state.refused) return { visit, isNew: false };
  return { visit: { ...visit, state: { ...state, ecid: newEcid() } }, isNew: true };
}
