/**
 * What browsers send most: one event that says where playback is, perhaps how good it is, and nothing else.
 *
 * As JSON it is twelve objects and lists, most of what a request leaves to the collector, and none of them is of use:
 * such an event is read from its text. Whatever would be refused or flagged is left to its JSON.
 */

import { SECOND_MS } from "../../base/units.ts";
import type { BitrateUnit } from "../bitrate-unit.ts";
import { CATALOGUE } from "../catalogue.ts";
import type { EventType, QoeData, Scalar } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import type { Json } from "../json.ts";
import { decode } from "../json-text.ts";
import { isShort, type TextLimits } from "../text.ts";
import type { Translation } from "./event.ts";
import { EDGE_OBJECTS, type EdgeObject } from "./fields.ts";
import { tsMsOfUsual, USUAL_INSTANT } from "./timestamp.ts";
import { inStoredUnit } from "./units.ts";
import { IN_KILOBITS, QUALITY_FIRST, QUALITY_NULL, TYPE_LAST } from "./usual-xdm.ts";

/** Characters that JSON has as they are: printable ASCII, without quote and backslash. */
const CHARACTER = String.raw`[ !#-\[\]-~]`;
const TEXT = `${CHARACTER}*`;
/** A thousand times as much is an exact number still. */
const COUNT = String.raw`(?:0|[1-9]\d{0,11})`;
const MEMBER = `"[a-zA-Z]+":${COUNT}`;
const QUALITY_DATA = String.raw`\{${MEMBER}(?:,${MEMBER})*\}`;
const TYPE = String.raw`"eventType":"media\.([a-zA-Z]+)"`;
/** A viewer's consent that says no is for the JSON reader. */
const ENTRY = String.raw`\{"key":"${TEXT}","value":"(?!general=out")${TEXT}"\}`;
/** The order of members depends on how the page calls the Web SDK. */
const USUAL = new RegExp(
  [
    String.raw`^\{"events":\[\{"xdm":\{"timestamp":"(${USUAL_INSTANT})",(?:${TYPE},)?`,
    String.raw`"mediaCollection":\{"playhead":(${COUNT})(?:,"qoeDataDetails":(${QUALITY_DATA}|null))?,`,
    String.raw`"sessionID":"(${CHARACTER}{64})"(?:,"qoeDataDetails":(${QUALITY_DATA}))?\}(?:,${TYPE})?\}\}\],`,
    String.raw`"query":\{"identity":\{"fetch":\["ECID"\]\}\},"meta":\{"queueTimeMillis":${COUNT},`,
    String.raw`"state":\{"domain":"${TEXT}","cookiesEnabled":(?:true|false)`,
    String.raw`(?:,"entries":\[${ENTRY}(?:,${ENTRY})*\])?\}\}\}$`,
  ].join(""),
);
type Groups = readonly (string | undefined)[];

const QUALITY = EDGE_OBJECTS.find(({ name }) => name === "qoeDataDetails")?.fieldsByMember;
const TYPES: readonly EventType[] = CATALOGUE.map(({ type }) => type);
/** Events that are refused without quality data, and those that say nothing without other members. */
const NEED_QUALITY = needing(({ name }) => name === "qoeDataDetails");
const NEED_MORE: ReadonlySet<EventType> = new Set([
  "statesUpdate",
  ...needing(({ name }) => name !== "qoeDataDetails"),
]);

function needing(isOf: (object: EdgeObject) => boolean): ReadonlySet<EventType> {
  return new Set(TYPES.filter((type) => EDGE_OBJECTS.some((each) => isOf(each) && each.requiredOn.includes(type))));
}

/** A usual event, and the session that it names. */
export interface UsualEvent {
  readonly sid: string;
  readonly event: Translation;
  /** How its XDM is rebuilt. */
  readonly xdm: number;
}

/**
 * Makes the reader of usual bodies.
 *
 * @returns undefined for any other body, JSON or not, and for an event of another type than the path's
 */
export function createUsualReader(limits: TextLimits, bitrateUnit: BitrateUnit) {
  const source = { client: "other", bitrateUnit } as const;

  function qualityOf(said: Json): (Pick<UsualEvent, "xdm"> & { readonly qoeData: QoeData }) | undefined {
    const qoeData: Record<string, Scalar> = {};
    const flags: string[] = [];
    let xdm = 0;
    for (const member in said) {
      const given = said[member] as number;
      const field = QUALITY?.get(member);
      if (field?.type !== "integer" || field.unknown?.when(given)) return undefined;
      const value = inStoredUnit(field.unit, given, source, flags);
      if (value !== given) xdm = IN_KILOBITS;
      qoeData[field.key] = value;
    }
    return flags.length === 0 ? { qoeData, xdm } : undefined;
  }

  function meantBy(groups: Groups, type: EventType): UsualEvent | undefined {
    const order = orderOf(groups);
    const [, timestamp = "", typeFirst, playhead, qualityFirst, sid = "", quality = qualityFirst, typeLast] = groups;
    const tsMs = tsMsOfUsual(timestamp);
    if (order === undefined || tsMs === undefined || (typeFirst ?? typeLast) !== type) return undefined;
    const event: Translation = { type, tsMs, playheadMs: Number(playhead) * SECOND_MS, flags: [] };
    if (quality === undefined || quality === "null") {
      return NEED_QUALITY.has(type) ? undefined : { sid, event, xdm: order };
    }
    const said = qualityOf(JSON.parse(quality) as Json);
    if (!said) return undefined;
    event.qoeData = said.qoeData;
    return { sid, event, xdm: order + said.xdm };
  }

  return (bytes: Uint8Array, { type }: CatalogueEntry): UsualEvent | undefined => {
    const text = isShort(bytes, limits) && !NEED_MORE.has(type) ? decode(bytes) : undefined;
    const found = text === undefined ? null : USUAL.exec(text);
    return found ? meantBy(found, type) : undefined;
  };
}

/** The order of members; undefined where one is missing, or there twice. */
function orderOf([, , typeFirst, , qualityFirst, , qualityLast, typeLast]: Groups): number | undefined {
  if ((typeFirst === undefined) === (typeLast === undefined)) return undefined;
  if (qualityFirst !== undefined && qualityLast !== undefined) return undefined;
  let order = typeFirst === undefined ? TYPE_LAST : 0;
  if (qualityFirst !== undefined) order += QUALITY_FIRST;
  if (qualityFirst === "null") order += QUALITY_NULL;
  return order;
}
