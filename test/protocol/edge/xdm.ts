/** Events of Media Edge at their plainest, and a reader for them. */

import { findEntry } from "../../../src/protocol/catalogue.ts";
import { createEdgeReader, type EdgeEvent } from "../../../src/protocol/edge/reader.ts";
import type { ValidationMode } from "../../../src/protocol/mode.ts";

export const SID = "0".repeat(64);
export const RECEIVED_AT = Date.UTC(2026, 2, 4, 13, 40, 0);
export const AT = "2026-03-04T13:39:00.000Z";
export const SESSION = { name: "content-1", playerName: "player", length: 60, channel: "ch", contentType: "vod" };
const LIMITS = { keysMax: 512, stringBytesMax: 8192, eventsMax: 1000 };

export function startXdm(collection: object = {}, members: object = {}): object {
  const mediaCollection = { playhead: 0, sessionDetails: SESSION, ...collection };
  return { eventType: "media.sessionStart", timestamp: AT, mediaCollection, ...members };
}

export function eventXdm(type: string, collection: object = {}, members: object = {}): object {
  const mediaCollection = { playhead: 1, sessionID: SID, ...collection };
  return { eventType: `media.${type}`, timestamp: AT, mediaCollection, ...members };
}

export interface Reading {
  readonly mode?: ValidationMode;
  /** The type that the path names. */
  readonly named?: string;
  /** The envelope's other members. */
  readonly envelope?: object;
  readonly cookie?: string;
}

/** Reads a body of one event. */
export function readEvent(xdm: object, { mode = "standard", named, envelope, cookie }: Reading = {}): EdgeEvent {
  const reader = createEdgeReader({ mode, limits: LIMITS, bitrateUnit: "auto" });
  const bytes = new TextEncoder().encode(JSON.stringify({ events: [{ xdm }], ...envelope }));
  const visit = reader.read(bytes, cookie ?? null, { opens: true, isDownloaded: false });
  if ("message" in visit) throw new Error(visit.message);
  const request = { receivedAtMs: () => RECEIVED_AT, datastream: { configId: "stream-1" }, host: "edge.example" };
  return reader.event(visit, 0, request, named === undefined ? undefined : findEntry(named));
}
