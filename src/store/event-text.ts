/** The stored text of an event: compact JSON of what it carries beside its integers. */

import { QOE_BY_KEY } from "../protocol/catalogue.ts";
import type { Derived } from "../protocol/derived.ts";
import type { PlayerEvent, Scalar } from "../protocol/event.ts";

export interface EventText {
  readonly payload: string | null;
  readonly flags: string | null;
  /** What came with it besides its own data; only events of Media Edge have some. */
  readonly wire: string | null;
  /** Derived words; only a start has some. */
  readonly derived: string | null;
  /** The length of all four in UTF-8. */
  readonly bytes: number;
}

/** The payload of most pings. */
const NOTHING: EventText = { payload: null, flags: null, wire: null, derived: null, bytes: 0 };

type Payload = Pick<PlayerEvent, "params" | "qoeData" | "customMetadata" | "unknownMembers">;
/** Older rows have derived words here. */
type StoredWire = Pick<PlayerEvent, "requestId" | "xdm" | "derived">;

/** The stored form: quality data under short names, since every fifth ping has it. Older rows have full names. */
type StoredPayload = Payload & { readonly qoe?: Record<string, Scalar> };

const QOE_PREFIX = "media.qoe.";
const SHORT_QOE: ReadonlyMap<string, string> = new Map(
  [...QOE_BY_KEY.keys()].flatMap((key) => (key.startsWith(QOE_PREFIX) ? [[key, key.slice(QOE_PREFIX.length)]] : [])),
);

export function textOf(event: PlayerEvent): EventText {
  // A session's own row always has one.
  const payload = payloadOf(event) ?? (event.type === "sessionStart" ? "{}" : null);
  const flags = event.flags.length > 0 ? JSON.stringify(event.flags) : null;
  const wire = wireOf(event);
  const derived = event.derived ? JSON.stringify(event.derived) : null;
  if (payload === null && flags === null && wire === null && derived === null) return NOTHING;
  const bytes = bytesOf(payload) + bytesOf(flags) + bytesOf(wire) + bytesOf(derived);
  return { payload, flags, wire, derived, bytes };
}

/** Reads the result of {@link textOf}. */
export function membersOf({
  payload,
  flags,
  wire,
  derived,
}: Omit<EventText, "bytes">): Payload & StoredWire & Pick<PlayerEvent, "flags"> {
  return {
    ...(payload === null ? {} : payloadFrom(JSON.parse(payload) as StoredPayload)),
    ...(wire === null ? {} : (JSON.parse(wire) as StoredWire)),
    ...(derived === null ? {} : { derived: JSON.parse(derived) as Derived }),
    flags: flags === null ? [] : (JSON.parse(flags) as string[]),
  };
}

function wireOf({ requestId, xdm }: PlayerEvent): string | null {
  if (xdm) return JSON.stringify({ requestId, xdm });
  return requestId === undefined ? null : `{"requestId":${JSON.stringify(requestId)}}`;
}

function bytesOf(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text);
}

function payloadOf({ params, qoeData, customMetadata, unknownMembers }: Payload): string | null {
  if (!params && !qoeData && !customMetadata && !unknownMembers) return null;
  const qoe = qoeData && shortened(qoeData);
  return JSON.stringify({ params, ...(qoe ? { qoe } : { qoeData }), customMetadata, unknownMembers });
}

function payloadFrom({ qoe, ...payload }: StoredPayload): Payload {
  if (!qoe) return payload;
  const qoeData = Object.fromEntries(Object.entries(qoe).map(([key, value]) => [QOE_PREFIX + key, value]));
  return { ...payload, qoeData };
}

/** Quality data under short names; undefined if a key is not in the catalogue. */
function shortened(qoeData: Readonly<Record<string, Scalar>>): Record<string, Scalar> | undefined {
  const short: Record<string, Scalar> = {};
  for (const key of Object.keys(qoeData)) {
    const name = SHORT_QOE.get(key);
    if (name === undefined) return undefined;
    short[name] = qoeData[key] as Scalar;
  }
  return short;
}
