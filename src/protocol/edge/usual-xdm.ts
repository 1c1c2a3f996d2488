/** The XDM of a usual event: it is rebuilt from what the event means rather than stored beside it. */

import { SECOND_MS } from "../../base/units.ts";
import type { PlayerEvent, QoeData, UsualXdm } from "../event.ts";
import type { Json } from "../json.ts";
import { EDGE_OBJECTS, type EdgeField } from "./fields.ts";

const QUALITY = EDGE_OBJECTS.find(({ name }) => name === "qoeDataDetails");
const FIELDS_BY_KEY: ReadonlyMap<string, EdgeField> = new Map(QUALITY?.fields.map((field) => [field.key, field]));

/** The XDM of an event of a session, if there is more in it than the event. */
export function xdmOf(event: PlayerEvent, sid: string): Json | undefined {
  const { xdm } = event;
  return typeof xdm === "number" ? rebuilt(event, sid, xdm) : xdm;
}

/** Its members are in the order in which the Web SDK sends them. */
function rebuilt({ type, tsMs, playheadMs, qoeData }: PlayerEvent, sid: string, factor: UsualXdm): Json {
  const timestamp = new Date(tsMs).toISOString();
  const mediaCollection: Record<string, unknown> = { playhead: playheadMs / SECOND_MS, sessionID: sid };
  if (qoeData) mediaCollection["qoeDataDetails"] = qualityOf(qoeData, factor);
  return { timestamp, eventType: `media.${type}`, mediaCollection };
}

function qualityOf(qoeData: QoeData, factor: UsualXdm): Json {
  const said: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(qoeData)) {
    const { member = key, unit } = FIELDS_BY_KEY.get(key) ?? {};
    said[member] = unit === "bit/s" ? Number(value) / factor : value;
  }
  return said;
}
