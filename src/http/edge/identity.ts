/** The handles that let a client keep an identity or a consent: only where an organisation is configured. */

import { type Handle, identityResult, keepConsent, keepIdentity } from "../../protocol/edge/answer.ts";
import { listAt, objectAt } from "../../protocol/json.ts";
import type { Exchange } from "./exchange.ts";

type Asking = Pick<Exchange, "visit" | "request" | "isNew">;

/** Tells who the viewer is, and has the client keep a new id; a viewer who refused gets none. */
export function identityHandles({ visit, request, isNew }: Asking): readonly Handle[] {
  const { body, identity, state } = visit;
  const ecid = identity.ecid ?? state.ecid;
  const { org } = request.datastream;
  if (ecid === undefined || state.refused) return [];
  if (isNew && org !== undefined) return [identityResult(ecid), keepIdentity(org, ecid)];
  const isAsked = listAt(objectAt(body.query, "identity"), "fetch").includes("ECID");
  return isAsked ? [identityResult(ecid)] : [];
}

/** Has the client keep what the viewer chose: a page that waits for a consent would otherwise wait for ever. */
export function consentHandles({ visit, request }: Asking, consent: "in" | "out" | undefined): readonly Handle[] {
  const org = request.datastream.org ?? visit.state.org;
  return org === undefined || consent === undefined ? [] : [keepConsent(org, consent)];
}
