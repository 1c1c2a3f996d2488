/**
 * Reads a line of the export of events back: what `exports/kinds/events.ts` writes, of this version or an older one.
 *
 * An event is held to what the wire takes in `standard`, by the very schemas. Its flags are kept as they were exported.
 */

import { isSid } from "../base/ids.ts";
import { createParser, type Parsed, type Parser, type Refused, refuse } from "../protocol/collection/parse.ts";
import { isDerived } from "../protocol/derived.ts";
import type { PlayerEvent, Scalar } from "../protocol/event.ts";
import { isObject, type Json } from "../protocol/json.ts";
import { type Problem, pointerTo, problem } from "../protocol/problem.ts";
import { inspect, type TextLimits } from "../protocol/text.ts";
import { CLOSE_REASONS, type Close, type CloseReason } from "../sessions/deadline.ts";

/** What dates a session, and how it closed. */
export interface ExportedSession {
  readonly startedAtMs: number;
  readonly downloaded: boolean;
  readonly close?: Close;
  /** Whether retention had removed its events. */
  readonly isTrimmed: boolean;
}

export interface ExportedEvent {
  readonly sid: string;
  /** Its place among all events of the exporting server; 0 for a start. */
  readonly seq: number;
  readonly event: PlayerEvent;
  readonly receivedAtMs: number;
  /** Present in a start, from version 0.2 on. */
  readonly session?: ExportedSession;
}

/** @param at the line's pointer, in front of each problem's */
type ReadExported = (line: unknown, at: string) => Parsed<ExportedEvent>;

/** The code of the problem that a newer version has written the line. */
export const NEWER = "newer-version";

/** The members of a line. */
const MEMBERS: ReadonlySet<string> = new Set([
  "sid",
  "sidHash",
  "seq",
  "type",
  "ts",
  "playhead",
  "receivedAt",
  "params",
  "qoeData",
  "customMetadata",
  "unknownMembers",
  "flags",
  "requestId",
  "xdm",
  "derived",
  "session",
]);
/** Longer than any id that the wire takes, including its place in a batch. */
const REQUEST_ID = /^[\w.:#-]{1,110}$/;
/** XDM nests deeper than the bodies of the other dialect. */
const XDM_DEPTH_MAX = 12;
const SESSION_MEMBERS: ReadonlySet<string> = new Set([
  "startedAt",
  "downloaded",
  "closedAt",
  "closeReason",
  "endTs",
  "eventsTrimmed",
]);
/** A rule and its key. */
const FLAG_CHARS_MAX = 200;

/** Makes the reader of lines. */
export function createExportedReader(limits: TextLimits): ReadExported {
  const parser = createParser({ mode: "standard", limits, eventsMax: 1 });

  return (line, at) => {
    const place = readPlace(line, at);
    if ("problems" in place) return place;
    const { members, ...placed } = place.value;
    const event = readEvent(parser, members, at);
    if ("problems" in event) return event;
    const kept = keptMembers(members, limits, at);
    if ("problems" in kept) return kept;
    const wire = readWire(members, limits, at);
    if ("problems" in wire) return wire;
    const session = readSession(event.value.type === "sessionStart" ? members["session"] : null, `${at}/session`);
    if ("problems" in session) return session;
    const { unknownMembers: _, ...taken } = event.value;
    return { value: { ...placed, event: { ...taken, ...kept.value, ...wire.value }, ...session.value } };
  };
}

interface Place extends Pick<ExportedEvent, "sid" | "seq" | "receivedAtMs"> {
  readonly members: Json;
}

function readPlace(line: unknown, at: string): Parsed<Place> {
  if (!isObject(line)) return refuse(at, "type", "An event is a JSON object");
  const unknown = Object.keys(line).find((key) => !MEMBERS.has(key));
  if (unknown !== undefined) return newer(at, unknown);
  const { sid, seq, receivedAt } = line;
  if (typeof sid !== "string" || !isSid(sid)) return refuse(`${at}/sid`, "sid", "must be the id of a session");
  if (!isInstant(receivedAt)) return refuse(`${at}/receivedAt`, "instant", "must be integer milliseconds");
  if (!Number.isSafeInteger(seq) || (seq as number) < 0) return refuse(`${at}/seq`, "seq", "must be an integer from 0");
  return { value: { sid, seq: seq as number, receivedAtMs: receivedAt, members: line } };
}

/** Checks it by the wire's own schemas and bounds. */
function readEvent(parser: Parser, line: Json, at: string): Parsed<PlayerEvent> {
  const { type, ts, playhead, params, qoeData, customMetadata } = line;
  const wire = { eventType: type, playerTime: { playhead, ts }, params, qoeData, customMetadata };
  const standing = type === "sessionStart" ? "opening" : "running";
  const parsed = parser.parseValue(withoutAbsent(wire), standing, at);
  if ("problems" in parsed) return { problems: parsed.problems.map((each) => renamed(each, at)) };
  if (parsed.value.type !== type) return refuse(`${at}/type`, "enum", `must be ${parsed.value.type}`);
  if (!Number.isInteger(ts)) return refuse(`${at}/ts`, "type", "must be integer");
  return parsed;
}

/** Members that the wire's parser would derive, and that an import takes from the file. */
function keptMembers(
  { unknownMembers, flags }: Json,
  limits: TextLimits,
  at: string,
): Parsed<Pick<PlayerEvent, "unknownMembers" | "flags">> {
  const texts = flags ?? [];
  if (!Array.isArray(texts) || texts.length > limits.keysMax || !texts.every(isFlag)) {
    return refuse(`${at}/flags`, "flags", "must be a list of flags");
  }
  const members = unknownMembers ?? undefined;
  if (members === undefined) return { value: { flags: texts } };
  const pointer = `${at}/unknownMembers`;
  if (!isObject(members) || !Object.values(members).every(isScalar)) {
    return refuse(pointer, "type", "must be an object of texts, numbers and booleans");
  }
  const found = inspect(members, limits, pointer);
  return found ? { problems: [found] } : { value: { unknownMembers: members as Record<string, Scalar>, flags: texts } };
}

/** What came with an event of Media Edge besides its own data. */
function readWire(
  { type, requestId = null, xdm = null, derived = null }: Json,
  limits: TextLimits,
  at: string,
): Parsed<Pick<PlayerEvent, "requestId" | "xdm" | "derived">> {
  if (requestId !== null && !(typeof requestId === "string" && REQUEST_ID.test(requestId))) {
    return refuse(`${at}/requestId`, "pattern", "must be an id of at most 110 characters");
  }
  if (xdm !== null && !isObject(xdm)) return refuse(`${at}/xdm`, "type", "must be an object");
  if (derived !== null && !(isObject(derived) && isDerived(derived))) {
    return refuse(`${at}/derived`, "type", "must be an object of texts");
  }
  if (derived !== null && type !== "sessionStart") {
    return refuse(`${at}/derived`, "type", "must be null: only a sessionStart has derived words");
  }
  const found =
    inspect(xdm, { ...limits, depthMax: XDM_DEPTH_MAX }, `${at}/xdm`) ?? inspect(derived, limits, `${at}/derived`);
  if (found) return { problems: [found] };
  return {
    value: {
      ...(requestId !== null && { requestId: requestId as string }),
      ...(xdm !== null && { xdm: xdm as Json }),
      ...(derived !== null && { derived }),
    },
  };
}

function readSession(value: unknown, at: string): Parsed<Pick<ExportedEvent, "session">> {
  if (value === undefined || value === null) return { value: {} };
  if (!isObject(value)) return refuse(at, "type", "must be an object");
  const unknown = Object.keys(value).find((key) => !SESSION_MEMBERS.has(key));
  if (unknown !== undefined) return newer(at, unknown);
  const { startedAt, downloaded, closedAt, closeReason, endTs, eventsTrimmed = false } = value;
  if (!isInstant(startedAt)) return refuse(`${at}/startedAt`, "instant", "must be integer milliseconds");
  if (typeof downloaded !== "boolean") return refuse(`${at}/downloaded`, "type", "must be boolean");
  if (typeof eventsTrimmed !== "boolean") return refuse(`${at}/eventsTrimmed`, "type", "must be boolean");
  const session = { startedAtMs: startedAt, downloaded, isTrimmed: eventsTrimmed };
  if (closeReason === null && closedAt === null && endTs === null) return { value: { session } };
  if (typeof closeReason !== "string" || !Object.hasOwn(CLOSE_REASONS, closeReason)) {
    return refuse(`${at}/closeReason`, "enum", `must be one of ${Object.keys(CLOSE_REASONS).join(", ")}`);
  }
  if (!isInstant(closedAt)) return refuse(`${at}/closedAt`, "instant", "must be integer milliseconds");
  if (!isInstant(endTs)) return refuse(`${at}/endTs`, "instant", "must be integer milliseconds");
  const close = { reason: closeReason as CloseReason, closedAtMs: closedAt, endTsMs: endTs };
  return { value: { session: { ...session, close } } };
}

function newer(at: string, key: string): Refused {
  return refuse(pointerTo(at, key), NEWER, "is no member that this version exports: a newer one has written it");
}

/** The wire has other names for two members. */
function renamed({ pointer, code, message }: Problem, at: string): Problem {
  const own = pointer.slice(at.length).replace(/^\/playerTime/, "");
  return problem(at + (own === "/eventType" ? "/type" : own), code, message);
}

function withoutAbsent(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined));
}

function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isFlag(value: unknown): value is string {
  return typeof value === "string" && value.length <= FLAG_CHARS_MAX && !/\0/.test(value) && value.isWellFormed();
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}
