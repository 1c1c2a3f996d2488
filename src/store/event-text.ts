/** The stored text of an event: what it carries beside its integers, in the newest form. */

import type { PlayerEvent, QoeData } from "../protocol/event.ts";
import { isOfVisitor } from "../protocol/personal.ts";
import { EMPTY, type Members, readForm, writeForm, writeWire } from "./form.ts";

export interface EventText {
  /** What the player says; null for most pings. */
  readonly payload: string | null;
  /** JSON. */
  readonly flags: string | null;
  /** What came with it besides its own data; only events of Media Edge have some. */
  readonly wire: string | null;
  /** Derived words; only a start has some. */
  readonly derived: string | null;
  /** The length of all four in UTF-8. */
  readonly bytes: number;
}

const NOTHING: EventText = { payload: null, flags: null, wire: null, derived: null, bytes: 0 };

/** What form 0 has besides: quality data under short names, and derived words beside an id. */
interface Form0 {
  readonly qoe?: Readonly<Record<string, unknown>>;
}

const QOE_PREFIX = "media.qoe.";

export function textOf(event: PlayerEvent): EventText {
  const { params, qoeData, customMetadata, unknownMembers, requestId, xdm } = event;
  const hasPayload = params || qoeData || customMetadata || unknownMembers;
  // A session's own row always has one.
  const isEmpty = !hasPayload && event.type === "sessionStart";
  const payload = hasPayload ? writeForm({ params, qoeData, customMetadata, unknownMembers }) : isEmpty ? EMPTY : null;
  const flags = event.flags.length > 0 ? JSON.stringify(event.flags) : null;
  const wire = writeWire(requestId, xdm);
  // An id is ASCII, and so is what stands for a usual XDM.
  const wireBytes = typeof xdm === "object" ? bytesOf(wire) : (wire?.length ?? 0);
  const derived = event.derived ? writeForm({ derived: event.derived }) : null;
  if (payload === null && flags === null && wire === null && derived === null) return NOTHING;
  return { payload, flags, wire, derived, bytes: bytesOf(payload) + bytesOf(flags) + wireBytes + bytesOf(derived) };
}

/** Reads the result of {@link textOf}, and of its predecessors. @throws FormError */
export function membersOf({
  payload,
  flags,
  wire,
  derived,
}: Omit<EventText, "bytes">): Members & Pick<PlayerEvent, "flags"> {
  return {
    ...(payload !== null && withQoeData(readForm(payload))),
    ...(wire !== null && readForm(wire)),
    ...(derived !== null && readForm(derived)),
    flags: flags === null ? [] : (JSON.parse(flags) as string[]),
  };
}

/** Whether a start, by its payload, is of a visitor. */
export function isStartOf(payload: string, visitorId: string): boolean {
  try {
    return isOfVisitor(readForm(payload).params ?? {}, visitorId);
  } catch {
    // Its caller has found the visitor's id in this damaged row: keeping it would be wrong.
    return true;
  }
}

function withQoeData({ qoe, ...members }: Members & Form0): Members {
  if (!qoe) return members;
  const qoeData = Object.fromEntries(Object.entries(qoe).map(([key, value]) => [QOE_PREFIX + key, value]));
  return { ...members, qoeData: qoeData as QoeData };
}

function bytesOf(text: string | null): number {
  return text === null ? 0 : Buffer.byteLength(text);
}
