/** What a session's start says beyond its `mediaCollection`: whose it is, and what the other dialect requires of it. */

import type { Parameters, PlayerEvent } from "../event.ts";
import { type Json, listAt, objectAt } from "../json.ts";
import type { Implementation } from "./client.ts";
import type { Identity, State } from "./identity.ts";

/** A datastream that the server was configured with. */
export interface Datastream {
  readonly configId: string;
  readonly reportSuite?: string;
  /** The organisation whose cookies its clients keep: `ABC@AdobeOrg`. */
  readonly org?: string;
}

interface StartContext {
  readonly datastream: Datastream;
  readonly implementation: Implementation;
  readonly identity: Identity;
  readonly state: State;
  readonly meta?: Json | undefined;
  /** The host that the request was sent to. */
  readonly host: string;
}

const UNKNOWN = "unknown";

/** Adds to a start what Media Edge says elsewhere. */
export function completeStart(start: PlayerEvent, context: StartContext): PlayerEvent {
  const { datastream, implementation, identity, state, meta, host } = context;
  const ecid = identity.ecid ?? state.ecid;
  const params: Parameters = {
    "analytics.reportSuite": overriddenSuite(meta) ?? datastream.reportSuite ?? datastream.configId,
    "analytics.trackingServer": host,
    "visitor.marketingCloudOrgId": datastream.org ?? state.org ?? UNKNOWN,
    ...(ecid !== undefined && { "visitor.marketingCloudUserId": ecid }),
    ...(identity.customerIds && { "visitor.customerIDs": identity.customerIds }),
    ...(implementation.library !== undefined && { "media.libraryVersion": implementation.library }),
    ...start.params,
  };
  const derived = { "edge.configId": datastream.configId, "edge.client": implementation.client };
  return { ...start, params, derived };
}

/** The report suite that a page chose for this session alone. */
function overriddenSuite(meta: Json | undefined): string | undefined {
  const analytics = objectAt(objectAt(meta, "configOverrides"), "com_adobe_analytics");
  const [suite] = listAt(analytics, "reportSuites");
  return typeof suite === "string" && suite !== "" ? suite : undefined;
}
