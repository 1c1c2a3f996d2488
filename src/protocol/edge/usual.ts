/**
 * What browsers send most: one event that says where playback is, perhaps how good it is, and nothing else.
 *
 * As JSON it is twelve objects and lists, most of what a request leaves to the collector, and none of them is of use:
 * such an event is read from its text. Whatever would be refused or flagged is left to its JSON.
 */

import { BITS_PER_KILOBIT, SECOND_MS } from "../../base/units.ts";
import type { BitrateUnit } from "../bitrate-unit.ts";
import { CATALOGUE } from "../catalogue.ts";
import type { QoeData, Scalar, UsualXdm } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import type { Json } from "../json.ts";
import { decode } from "../json-text.ts";
import { isShort, type TextLimits } from "../text.ts";
import type { Translation } from "./event.ts";
import { EDGE_OBJECTS } from "./fields.ts";
import { tsMsOfUsual, USUAL_INSTANT } from "./timestamp.ts";
import { inStoredUnit } from "./units.ts";

/** Characters that JSON has as they are: printable ASCII, without quote and backslash. */
const CHARACTER = String.raw`[ !#-\[\]-~]`;
const TEXT = `${CHARACTER}*`;
/** A thousand times as much is an exact number still. */
const COUNT = String.raw`(?:0|[1-9]\d{0,11})`;
const MEMBER = `"[a-zA-Z]+":${COUNT}`;
/** A viewer's consent that says no is for the JSON reader. */
const ENTRY = String.raw`\{"key":"${TEXT}","value":"(?!general=out")${TEXT}"\}`;
const USUAL = new RegExp(
  [
    String.raw`^\{"events":\[\{"xdm":\{"timestamp":"(${USUAL_INSTANT})","eventType":"media\.([a-zA-Z]+)",`,
    String.raw`"mediaCollection":\{"playhead":(${COUNT}),"sessionID":"(${CHARACTER}{64})"`,
    String.raw`(?:,"qoeDataDetails":(\{${MEMBER}(?:,${MEMBER})*\}))?\}\}\}\],`,
    String.raw`"query":\{"identity":\{"fetch":\["ECID"\]\}\},"meta":\{"queueTimeMillis":${COUNT},`,
    String.raw`"state":\{"domain":"${TEXT}","cookiesEnabled":(?:true|false)`,
    String.raw`(?:,"entries":\[${ENTRY}(?:,${ENTRY})*\])?\}\}\}$`,
  ].join(""),
);

const QUALITY = EDGE_OBJECTS.find(({ name }) => name === "qoeDataDetails")?.fieldsByMember;
/** Events that say nothing without more than a playhead. */
const NEEDY: ReadonlySet<string> = new Set([
  "statesUpdate",
  ...CATALOGUE.map(({ type }) => type).filter((type) =>
    EDGE_OBJECTS.some(({ requiredOn }) => requiredOn.includes(type)),
  ),
]);

/** A usual event, and the session that it names. */
export interface UsualEvent {
  readonly sid: string;
  readonly event: Translation;
  /** How its XDM is rebuilt. */
  readonly xdm: UsualXdm;
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
    let xdm: UsualXdm = 1;
    for (const member in said) {
      const given = said[member] as number;
      const field = QUALITY?.get(member);
      if (field?.type !== "integer" || field.unknown?.when(given)) return undefined;
      const value = inStoredUnit(field.unit, given, source, flags);
      if (value !== given) xdm = BITS_PER_KILOBIT;
      qoeData[field.key] = value;
    }
    return flags.length === 0 ? { qoeData, xdm } : undefined;
  }

  return (bytes: Uint8Array, { type }: CatalogueEntry): UsualEvent | undefined => {
    const text = isShort(bytes, limits) ? decode(bytes) : undefined;
    const found = text === undefined ? null : USUAL.exec(text);
    if (!found) return undefined;
    const [, timestamp = "", named, playhead, sid = "", said] = found;
    if (named !== type || NEEDY.has(type)) return undefined;
    const tsMs = tsMsOfUsual(timestamp);
    if (tsMs === undefined) return undefined;
    const event: Translation = { type, tsMs, playheadMs: Number(playhead) * SECOND_MS, flags: [] };
    if (said === undefined) return { sid, event, xdm: 1 };
    const quality = qualityOf(JSON.parse(said) as Json);
    if (!quality) return undefined;
    event.qoeData = quality.qoeData;
    return { sid, event, xdm: quality.xdm };
  };
}
