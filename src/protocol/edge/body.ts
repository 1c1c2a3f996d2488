/** The body of an Edge request: events in an envelope, read from bytes within bounds. */

import { isObject, type Json, listAt, objectAt, textAt } from "../json.ts";
import { decode, NO_UTF_8, parseText } from "../json-text.ts";
import { inspectOutline } from "../outline.ts";
import type { Problem } from "../problem.ts";
import { inspect, isDeeper, isHarmless, type TextLimits } from "../text.ts";

export interface EdgeBody {
  /** Each an object; one of another kind is refused with the body. */
  readonly events: readonly Json[];
  /** What the SDKs of phones say once for all events. */
  readonly xdm: Json | undefined;
  readonly query: Json | undefined;
  readonly meta: Json | undefined;
  /** The list of a consent request. */
  readonly consent: readonly unknown[];
}

export interface EdgeLimits extends TextLimits {
  /** Events in one session of downloaded content. */
  readonly eventsMax: number;
}

/** Why a body is none: not JSON, or beyond a bound. */
export interface Unreadable {
  readonly message: string;
}

/** An identity map stands deepest: body, events, event, xdm, map, namespace, id; foreign XDM goes somewhat deeper. */
const DEPTH_MAX = 12;
/** Brackets around an event of downloaded content: body, events, event, xdm, its list. */
const AROUND_DOWNLOADED = 5;
const SEPARATOR_CHARS_MAX = 4;

/**
 * Makes the function that reads bodies; each event of downloaded content is a whole session. An empty body is a fault
 * of the client like any other, never a 408, which phones repeat for ever.
 *
 * The bounds on keys hold for the whole body, or for each event of downloaded content.
 */
export function createBodyReader(limits: EdgeLimits) {
  const bounds = { ...limits, depthMax: DEPTH_MAX };
  const boundsOfAll = { ...bounds, keysMax: limits.keysMax * limits.eventsMax };

  function parsed(text: string, isDownloaded: boolean): EdgeBody | Unreadable {
    const found = parseText(text, "The body is empty");
    if (!("value" in found)) return found;
    const { value } = found;
    if (!isObject(value)) return { message: "The body is no JSON object" };
    const isSafe =
      isHarmless(text, limits) && !isDeeper(value["events"], DEPTH_MAX) && !isDeeper(value["xdm"], DEPTH_MAX);
    const problem = isSafe ? undefined : problemIn(value, isDownloaded ? boundsOfAll : bounds);
    return problem ? { message: sentence(problem) } : envelopeOf(value);
  }

  return (bytes: Uint8Array, isDownloaded: boolean): EdgeBody | Unreadable => {
    const outline = isDownloaded ? inspectOutline(bytes, limits, AROUND_DOWNLOADED) : inspectOutline(bytes, bounds, 0);
    // Its pointer counts the elements of an array, which no body of this dialect is.
    if (outline) return { message: outline.message };
    const text = decode(bytes);
    return text === undefined ? { message: NO_UTF_8 } : parsed(text, isDownloaded);
  };
}

/** Texts are inspected where something of them may be stored: `meta` holds a NUL that frames the answer. */
function problemIn({ events, xdm }: Json, bounds: EdgeLimits): Problem | undefined {
  return inspect(events, bounds, "/events") ?? inspect(xdm, bounds, "/xdm");
}

function envelopeOf(body: Json): EdgeBody | Unreadable {
  const { events } = body;
  if (events !== undefined && events !== null && !(Array.isArray(events) && events.every(isObject))) {
    return { message: "events is no list of objects" };
  }
  return {
    events: listAt(body, "events") as readonly Json[],
    xdm: objectAt(body, "xdm"),
    query: objectAt(body, "query"),
    meta: objectAt(body, "meta"),
    consent: listAt(body, "consent"),
  };
}

function sentence({ pointer, message }: Problem): string {
  return pointer === "" ? message : `${pointer} ${message}`;
}

/** What an answer with a body is framed by: phones cut off the separator unseen. */
export interface Framing {
  readonly before: string;
  readonly behind: string;
}

/** How the client wants an answer framed; nothing unless it asks for a stream. */
export function framingOf(meta: Json | undefined): Framing {
  const streaming = objectAt(objectAt(meta, "konductorConfig"), "streaming");
  const before = textAt(streaming, "recordSeparator") ?? "";
  const behind = textAt(streaming, "lineFeed") ?? "";
  const asked = streaming?.["enabled"] === true;
  const short = before.length <= SEPARATOR_CHARS_MAX && behind.length <= SEPARATOR_CHARS_MAX;
  return asked && short ? { before, behind } : { before: "", behind: "" };
}

/** How long an event had waited in its client when it was sent, milliseconds. */
export function queueMsOf(meta: Json | undefined): number {
  const waited = meta?.["queueTimeMillis"];
  return typeof waited === "number" && waited > 0 ? Math.round(waited) : 0;
}
