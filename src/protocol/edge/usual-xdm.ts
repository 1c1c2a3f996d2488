/**
 * The XDM of a usual event: it is rebuilt from what the event means rather than stored beside it.
 *
 * What the event doesn't tell of it is a number, the sum of what is so.
 */

import { BITS_PER_KILOBIT, SECOND_MS } from "../../base/units.ts";
import type { PlayerEvent, QoeData } from "../event.ts";
import type { Json } from "../json.ts";
import { EDGE_OBJECTS, type EdgeField } from "./fields.ts";

/** Its bitrate is in kilobits a second. */
export const IN_KILOBITS = 1;
/** Its type stands behind the event, not before. */
export const TYPE_LAST = 2;
/** Its quality data stand before the session's id, not behind. */
export const QUALITY_FIRST = 4;
/** Its quality data are null. */
export const QUALITY_NULL = 8;

const QUALITY = EDGE_OBJECTS.find(({ name }) => name === "qoeDataDetails");
const FIELDS_BY_KEY: ReadonlyMap<string, EdgeField> = new Map(QUALITY?.fields.map((field) => [field.key, field]));

/** The XDM of an event of a session, if there is more in it than the event. */
export function xdmOf(event: PlayerEvent, sid: string): Json | undefined {
  const { xdm } = event;
  return typeof xdm === "number" ? rebuilt(event, sid, xdm) : xdm;
}

/** Its members are in the order in which they were sent. */
function rebuilt({ type, tsMs, playheadMs, qoeData }: PlayerEvent, sid: string, form: number): Json {
  const timestamp = new Date(tsMs).toISOString();
  const eventType = `media.${type}`;
  const playhead = playheadMs / SECOND_MS;
  const isNull = is(form, QUALITY_NULL);
  const quality = (isNull || qoeData) && { qoeDataDetails: isNull ? null : qualityOf(qoeData ?? {}, form) };
  const mediaCollection = is(form, QUALITY_FIRST)
    ? { playhead, ...quality, sessionID: sid }
    : { playhead, sessionID: sid, ...quality };
  return is(form, TYPE_LAST) ? { timestamp, mediaCollection, eventType } : { timestamp, eventType, mediaCollection };
}

function is(form: number, what: number): boolean {
  return (form & what) > 0;
}

function qualityOf(qoeData: QoeData, form: number): Json {
  const factor = is(form, IN_KILOBITS) ? BITS_PER_KILOBIT : 1;
  const said: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(qoeData)) {
    const { member = key, unit } = FIELDS_BY_KEY.get(key) ?? {};
    said[member] = unit === "bit/s" ? Number(value) / factor : value;
  }
  return said;
}
