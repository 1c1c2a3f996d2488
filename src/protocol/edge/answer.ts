/** The bodies of Edge answers, and of its errors, in the shapes that its clients read. */

import type { Framing } from "./body.ts";
import type { EventFinding } from "./finding.ts";
import { consentCookie, encodeIdentity, identityCookie } from "./identity.ts";

/** A part of an answer: clients filter by `type`, in any order. */
export interface Handle {
  readonly type: string;
  readonly eventIndex?: number;
  readonly payload: readonly unknown[];
}

/** An error in an answer of 207: a start that was refused, or an event of a batch. */
export interface EventError {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly report: { readonly eventIndex: number; readonly details: readonly EventFinding[] | string };
}

/** A whole error answer. */
export interface EdgeError {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly report: { readonly details?: readonly EventFinding[] | string; readonly requestId: string };
}

const ERRORS = "https://ns.adobe.com/aep/errors/";
/** The numbers of errors that the reference documents; any other has its status after the first. */
export const INVALID_EVENT = `${ERRORS}va-edge-0400-400`;
export const UNKNOWN_SESSION = `${ERRORS}va-edge-0404-404`;
export const NO_DATASTREAM = `${ERRORS}EXEG-0002-400`;
export const UNKNOWN_DATASTREAM = `${ERRORS}EXEG-0003-400`;
export const INVALID_JSON = `${ERRORS}EXEG-0101-400`;
export const BODY_TOO_LARGE = `${ERRORS}EXEG-0112-413`;

/** The type of an error that the reference gives no number of its own. */
export function errorType(status: number): string {
  return `${ERRORS}va-edge-0${status}-${status}`;
}

/** Seconds that a browser keeps its identity, 395 days, and a viewer's consent, 180 days. */
const IDENTITY_MAX_AGE_S = 34_128_000;
const CONSENT_MAX_AGE_S = 15_552_000;

/** Tells the id of a session that an event opened. */
export function newSession(sid: string, eventIndex: number): Handle {
  return { type: "media-analytics:new-session", eventIndex, payload: [{ sessionId: sid }] };
}

/** Tells who the viewer is: one client asks again in a loop until it knows. */
export function identityResult(ecid: string): Handle {
  return { type: "identity:result", payload: [{ id: ecid, namespace: { code: "ECID" } }] };
}

/** Has the client keep an identity. */
export function keepIdentity(org: string, ecid: string): Handle {
  return kept({ key: identityCookie(org), value: encodeIdentity(ecid), maxAge: IDENTITY_MAX_AGE_S });
}

/** Has the client keep a consent: a page that waits for one would otherwise wait for ever. */
export function keepConsent(org: string, value: "in" | "out"): Handle {
  return kept({ key: consentCookie(org), value: `general=${value}`, maxAge: CONSENT_MAX_AGE_S });
}

function kept(entry: { readonly key: string; readonly value: string; readonly maxAge: number }): Handle {
  return { type: "state:store", payload: [{ ...entry, attrs: { SameSite: "None" } }] };
}

/** An event that was refused within an answer of 207. */
export function eventError(
  eventIndex: number,
  details: readonly EventFinding[] | string,
  { type = INVALID_EVENT, status = 400, title = "Invalid request" } = {},
): EventError {
  return { type, status, title, report: { eventIndex, details } };
}

interface Answer {
  readonly requestId: string;
  readonly handle: readonly Handle[];
  readonly errors?: readonly EventError[];
}

/** Writes an answer on one line, framed as the client asked. One client takes an empty list of errors for a failure. */
export function writeAnswer({ requestId, handle, errors = [] }: Answer, { before, behind }: Framing): string {
  const body = { requestId, handle, ...(errors.length > 0 && { errors }) };
  return before + JSON.stringify(body) + behind;
}
