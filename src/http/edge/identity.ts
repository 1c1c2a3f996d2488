/** The handles that let a client keep an identity or a consent: only where an organisation is configured. */

import { type Handle, identityResult, keepConsent, keepIdentity } from "../../protocol/edge/answer.ts";
import { listAt, objectAt } from "../../protocol/edge/json.ts";
import type { EdgeRequest, EdgeVisit } from "../../protocol/edge/reader.ts";

interface Asking {
  readonly visit: EdgeVisit;
  readonly request: EdgeRequest;
  /** Whether the viewer's id was made for this request. */
  readonly isNew: boolean;
}

/** Tells who the viewer is, and has the client keep a new id; nothing for a viewer who refused. */
export function identityHandles({ visit, request, isNew }: Asking): readonly Handle[] {
  const { body, identity, state } = visit;
  const ecid = identity.ecid ?? state.ecid;
  const { org } = request.datastream;
  if (ecid === undefined || state.refused) return [];
  if (isNew && org !== undefined) return [identityResult(ecid), keepIdentity(org, ecid)];
  const isAsked = listAt(objectAt(body.query, "identity"), "fetch").includes("ECID");
  return isAsked ? [identityResult(ecid)] : [];
}

/** Has the client keep what the viewer chose, for without it a page that waits for a consent waits for ever. */
export function consentHandles(asking: Asking, consent: "in" | "out" | undefined): readonly Handle[] {
  const org = asking.request.datastream.org ?? asking.visit.state.org;
  const identity = consent === "out" ? [] : identityHandles(asking);
  return org === undefined || consent === undefined ? identity : [keepConsent(org, consent), ...identity];
}
