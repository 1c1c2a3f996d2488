/**
 * What browsers send most: one event that says where playback is, perhaps how good it is, and nothing else.
 *
 * As JSON it is twelve objects and lists, most of what a request leaves to the collector, and of use are two of them.
 */

import type { Json } from "../json.ts";
import { isShort, type TextLimits } from "../text.ts";
import type { EdgeBody } from "./body.ts";

/** Characters that JSON has as they are: printable ASCII, without quote and backslash. */
const TEXT = String.raw`[ !#-\[\]-~]*`;
const COUNT = String.raw`(?:0|[1-9]\d{0,14})`;
/** Without texts, objects and lists among its values, and without `__proto__`. */
const QUALITY = String.raw`\{[a-zA-Z0-9":,.+-]*\}`;
/** A viewer's consent that says no is for the JSON reader. */
const ENTRY = String.raw`\{"key":"${TEXT}","value":"(?!general=out")${TEXT}"\}`;
const USUAL = new RegExp(
  [
    String.raw`^\{"events":\[\{"xdm":\{"timestamp":"(${TEXT})","eventType":"(${TEXT})","mediaCollection":`,
    String.raw`\{"playhead":(${COUNT}),"sessionID":"(${TEXT})"(?:,"qoeDataDetails":(${QUALITY}))?\}\}\}\],`,
    String.raw`"query":\{"identity":\{"fetch":\["ECID"\]\}\},"meta":\{"queueTimeMillis":${COUNT},`,
    String.raw`"state":\{"domain":"${TEXT}","cookiesEnabled":(?:true|false)`,
    String.raw`(?:,"entries":\[${ENTRY}(?:,${ENTRY})*\])?\}\}\}$`,
  ].join(""),
);

/** What `meta` says of such a request that counts for an event with a timestamp: that the Web SDK sent it. */
const META: Json = { state: { cookiesEnabled: true } };

/**
 * Reads such a body.
 *
 * @returns what its JSON says of its event; undefined for any other body, JSON or not
 */
export function readUsual(text: string, limits: TextLimits): EdgeBody | undefined {
  const found = isShort(text, limits) ? USUAL.exec(text) : null;
  if (!found) return undefined;
  const [, timestamp, eventType, playhead, sessionID, quality] = found;
  const mediaCollection: Record<string, unknown> = { playhead: Number(playhead), sessionID };
  if (quality !== undefined) {
    const qoeDataDetails = qualityOf(quality);
    if (!qoeDataDetails) return undefined;
    mediaCollection["qoeDataDetails"] = qoeDataDetails;
  }
  const events = [{ xdm: { timestamp, eventType, mediaCollection } }];
  return { events, xdm: undefined, query: undefined, meta: META, consent: [] };
}

function qualityOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
