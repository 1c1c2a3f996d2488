/**
 * Finds out whose session an Edge request is: the ECID, other ids, and consent, in the request or its cookies.
 *
 * The state of a browser (`meta.state.entries`, or cookies) can hold every `kndctr_*` cookie of a site. Two of them are
 * read here, and none is kept.
 */

import type { CustomerIds } from "../event.ts";
import { isObject, type Json, listAt, objectAt, textAt } from "../json.ts";

/** The ids of a session's start by the keys of the catalogue. */
export interface Identity {
  readonly ecid?: string;
  readonly customerIds?: CustomerIds;
}

/** What a browser keeps for its edge host. */
export interface State {
  readonly ecid?: string;
  /** The organisation that wrote the identity: `ABC@AdobeOrg`. */
  readonly org?: string;
  /** Whether the viewer refused: nothing may be stored. */
  readonly refused: boolean;
}

const ECID = "ECID";
const ECID_CHARS = 38;
/** How the names of both cookies begin. */
const COOKIES = "kndctr_";
const IDENTITY_COOKIE = /^kndctr_([A-Za-z0-9]+)_AdobeOrg_identity$/;
const CONSENT_COOKIE = /^kndctr_[A-Za-z0-9]+_AdobeOrg_consent$/;
/** The value of a consent that says no. */
const REFUSED = "general=out";
/** Namespaces, and ids, in one identity map; the request's own bound on keys is far above. */
const NAMESPACES_MAX = 20;
const COOKIE_CHARS_MAX = 4_096;

const AUTH_STATES: ReadonlyMap<unknown, number> = new Map([
  ["ambiguous", 0],
  ["authenticated", 1],
  ["loggedOut", 2],
]);

/**
 * Reads the identity maps of a request, the one that counts most first.
 *
 * If a namespace has several ids, the primary one counts, else the first.
 */
export function identityOf(...maps: readonly (Json | undefined)[]): Identity {
  const ids: Record<string, { id: string; authState: number }> = {};
  for (const map of maps) {
    for (const [namespace, entries] of Object.entries(map ?? {}).slice(0, NAMESPACES_MAX)) {
      const entry = chosen(Array.isArray(entries) ? entries : []);
      const id = textAt(entry, "id");
      if (id !== undefined) ids[namespace] ??= { id, authState: AUTH_STATES.get(entry?.["authenticatedState"]) ?? 0 };
    }
  }
  const { [ECID]: ecid, ...customerIds } = ids;
  return { ...(ecid && { ecid: ecid.id }), ...(Object.keys(customerIds).length > 0 && { customerIds }) };
}

function chosen(entries: readonly unknown[]): Json | undefined {
  const objects = entries.filter(isObject);
  // One kind of client writes `primary` as a text.
  return objects.find(({ primary }) => primary === true || primary === "true") ?? objects[0];
}

/**
 * Reads the state of a browser.
 *
 * @param cookie the request's `Cookie` header
 * @param whose whether its identity is wanted, beside its consent
 */
export function stateOf(meta: Json | undefined, cookie: string | null, whose: boolean): State {
  if (!whose && cookie === null) return { refused: listAt(objectAt(meta, "state"), "entries").some(isRefusal) };
  let ecid: string | undefined;
  let org: string | undefined;
  let refused = false;
  eachCookie(meta, cookie, (name, value) => {
    if (!name.startsWith(COOKIES) || value.length > COOKIE_CHARS_MAX) return;
    if (value === REFUSED && CONSENT_COOKIE.test(name)) refused = true;
    const identity = whose && org === undefined ? IDENTITY_COOKIE.exec(name) : undefined;
    if (!identity) return;
    org = `${identity[1]}@AdobeOrg`;
    ecid = decodeIdentity(value);
  });
  return org === undefined ? { refused } : { ...(ecid !== undefined && { ecid }), org, refused };
}

/** Whether a browser's cookies say no. @param cookie the request's `Cookie` header */
export function refusedIn(cookie: string | null): boolean {
  return cookie !== null && stateOf(undefined, cookie, false).refused;
}

/** Whether an entry of a browser's state is a consent that says no. */
function isRefusal(entry: unknown): boolean {
  if (!isObject(entry) || entry["value"] !== REFUSED) return false;
  return CONSENT_COOKIE.test(textAt(entry, "key") ?? "");
}

/** What a consent request says; undefined for an unknown form. The second form is that of phones. */
export function consentOf(consent: readonly unknown[]): "in" | "out" | undefined {
  for (const { value } of consent.filter(isObject)) {
    const general = isObject(value) ? value["general"] : undefined;
    if (general === "in" || general === "out") return general;
    const collect = isObject(value) ? objectAt(value, "collect")?.["val"] : undefined;
    if (collect === "y") return "in";
    if (collect === "n") return "out";
  }
  return undefined;
}

/** Makes an ECID: 38 decimal digits, the first of which is no zero. */
export function newEcid(): string {
  const random = [...crypto.getRandomValues(new Uint8Array(ECID_CHARS))];
  return random.map((byte, at) => (at === 0 ? 1 + (byte % 9) : byte % 10)).join("");
}

function eachCookie(meta: Json | undefined, cookie: string | null, look: (name: string, value: string) => void): void {
  for (const entry of listAt(objectAt(meta, "state"), "entries")) {
    if (isObject(entry)) look(textAt(entry, "key") ?? "", textAt(entry, "value") ?? "");
  }
  for (const pair of cookie?.split(";") ?? []) {
    const at = pair.indexOf("=");
    look(pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim()));
  }
}

/** A cookie's value; one that is no valid escape is taken as it is. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The name of the cookie that a client keeps its identity in. @param org such as `ABC@AdobeOrg` */
export function identityCookie(org: string): string {
  return `kndctr_${org.replace("@", "_")}_identity`;
}

/** The name of the cookie that a client keeps its consent in. */
export function consentCookie(org: string): string {
  return `kndctr_${org.replace("@", "_")}_consent`;
}

/** Protobuf: field 1, a length-delimited text. */
const ECID_FIELD = 0x0a;
const WIRE_TYPE_BITS = 3;
const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;
const FIXED_BYTES: ReadonlyMap<number, number> = new Map([
  [FIXED_64, 8],
  [FIXED_32, 4],
]);
const VARINT_MORE = 0x80;
const VARINT_BITS = 7;
const VARINT_BYTES_MAX = 5;

/** Writes an identity cookie's value: URL-safe base64 of a protobuf whose field 1 is the ECID. */
export function encodeIdentity(ecid: string): string {
  const text = Buffer.from(ecid, "latin1");
  return Buffer.concat([Buffer.from([ECID_FIELD, text.length]), text]).toString("base64url");
}

/** Reads an identity cookie; undefined for one that holds no ECID, or is no protobuf. */
export function decodeIdentity(value: string): string | undefined {
  const bytes = Buffer.from(value, "base64url");
  let at = 0;
  while (at < bytes.length) {
    const tag = varintAt(bytes, at);
    if (!tag) return undefined;
    const kind = tag.value & ((1 << WIRE_TYPE_BITS) - 1);
    const size = sizeOf(bytes, tag.end, kind);
    if (!size) return undefined;
    if (tag.value === ECID_FIELD) return ecidOf(bytes.subarray(size.start, size.end));
    at = size.end;
  }
  return undefined;
}

function ecidOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  return /^\d+$/.test(text) && text.length <= ECID_CHARS ? text : undefined;
}

/** Where a field's value stands; undefined where it is cut off. */
function sizeOf(bytes: Uint8Array, at: number, kind: number): { start: number; end: number } | undefined {
  const number = kind === VARINT || kind === DELIMITED ? varintAt(bytes, at) : undefined;
  const fixed = FIXED_BYTES.get(kind);
  const start = kind === DELIMITED && number ? number.end : at;
  let end: number | undefined;
  if (kind === VARINT) end = number?.end;
  else if (kind === DELIMITED && number) end = number.end + number.value;
  else if (fixed !== undefined) end = at + fixed;
  return end !== undefined && end <= bytes.length ? { start, end } : undefined;
}

function varintAt(bytes: Uint8Array, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let count = 0; count < VARINT_BYTES_MAX; count += 1) {
    const byte = bytes[from + count];
    if (byte === undefined) return undefined;
    value += (byte & (VARINT_MORE - 1)) * 2 ** (VARINT_BITS * count);
    if ((byte & VARINT_MORE) === 0) return { value, end: from + count + 1 };
  }
  return undefined;
}
