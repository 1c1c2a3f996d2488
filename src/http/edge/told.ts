/** The event of a request to the path of one, read and not yet taken. */

import { isWebSdk } from "../../protocol/edge/client.ts";
import { finding } from "../../protocol/edge/finding.ts";
import { refusedIn } from "../../protocol/edge/identity.ts";
import type { EdgeEvent, EdgeReader, EdgeVisit, RunningEvent } from "../../protocol/edge/reader.ts";
import type { CatalogueEntry } from "../../protocol/events.ts";
import type { Visit } from "../guard/admitted.ts";
import type { Exchanges } from "./exchange.ts";
import { edgeQueryOf } from "./query.ts";
import { EdgeRefusal } from "./refusal.ts";

interface Told {
  readonly running: RunningEvent;
  /** Whether its viewer refused: then it is not stored. */
  readonly isRefused: boolean;
  readonly isOfWebSdk: boolean;
}

/** Makes the reader of such requests: a usual one is read from its text, any other from its JSON. */
export function createTelling(edgeReader: EdgeReader, exchanges: Exchanges) {
  function usual({ request }: Visit<string>, bytes: Uint8Array, named: CatalogueEntry): Told | undefined {
    const found = edgeReader.usual(bytes, named);
    if (!found) return undefined;
    const query = edgeQueryOf(request);
    const datastream = exchanges.datastreamOf(query, false);
    const running = edgeReader.usualEvent(found, { datastream, requestId: query.requestId });
    return { running, isRefused: refusedIn(request.headers.get("Cookie")), isOfWebSdk: true };
  }

  function unusual(incoming: Visit<string>, bytes: Uint8Array, named: CatalogueEntry): Told | undefined {
    const { visit, request } = exchanges.read(incoming, bytes, {});
    checkOne(visit);
    const running = edgeReader.event(visit, 0, request, named);
    if (running.kind === "refused") throw new EdgeRefusal(fromBody(running.details));
    if (running.kind !== "running") return undefined;
    return { running, isRefused: visit.state.refused, isOfWebSdk: isWebSdk(visit.body.meta) };
  }

  return (incoming: Visit<string>, bytes: Uint8Array, named: CatalogueEntry): Told | undefined =>
    usual(incoming, bytes, named) ?? unusual(incoming, bytes, named);
}

export function checkOne({ body }: EdgeVisit): void {
  if (body.events.length !== 1) throw new EdgeRefusal([finding("$.events", "Expected a list of exactly one event")]);
}

/** On paths of events the reference counts a member from the body on, elsewhere from its event. */
function fromBody(details: Extract<EdgeEvent, { kind: "refused" }>["details"]): typeof details {
  if (typeof details === "string") return details;
  return details.map(({ name, reason }) => finding(name.replace("$.", "$.events[0]."), reason));
}
