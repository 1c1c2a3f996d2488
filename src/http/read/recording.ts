/**
 * Folds a recorded session without storing it: an array as players post it, or lines of the export of events.
 *
 * Without arrivals it folds as downloaded content, with them as a live session.
 */

import { foldedView, type SessionDetail, type SessionFormat, xdmView } from "../../answers/session.ts";
import { isBlank } from "../../base/lines.ts";
import { createExportedReader, type ExportedEvent, type ExportedSession } from "../../ingest/exported.ts";
import { createParser, type Parsed, type ParserOptions, readJson, refuse } from "../../protocol/collection/parse.ts";
import type { PlayerEvent } from "../../protocol/event.ts";
import { isObject, type Json } from "../../protocol/json.ts";
import { opensArray, tooManyEvents } from "../../protocol/outline.ts";
import { PROBLEMS_MAX, type Problem, pointerTo } from "../../protocol/problem.ts";
import { type TsUnit, unitInFlags } from "../../protocol/ts-unit.ts";
import { advance, begin, type Close, closeAtDeadline, closeAtEnd, type Timeouts } from "../../sessions/deadline.ts";
import { DEFINITIONS_VERSION, type Definitions } from "../../sessions/definitions.ts";
import { foldSession } from "../../sessions/fold.ts";
import { METRICS } from "../../sessions/metrics.ts";
import { optionsOf } from "../../store/fold-stored.ts";
import type { ArrivedEvent, StoredSession } from "../../store/store.ts";

/** By the metrics' ids, for printing. */
export const METRIC_UNITS: ReadonlyMap<string, string> = new Map(METRICS.map(({ id, unit }) => [id, unit]));

export interface RecordingOptions extends Omit<ParserOptions, "nowMs"> {
  /** The settings that would close the session. */
  readonly timeouts: Timeouts;
  /** The definitions that it folds by. */
  readonly definitions?: Definitions;
  /** The arrival of events that don't have one. */
  readonly nowMs: number;
  readonly format: SessionFormat;
}

/** The answer in JSON. */
export type RecordedSession = SessionDetail;

/** An event, with what was recorded beside it. */
interface Recorded {
  readonly event: PlayerEvent;
  readonly receivedAtMs: number | undefined;
  readonly exported?: ExportedEvent;
}

/** The sid of an array, which never was a session. */
const NO_SID = "0".repeat(64);
const LINE_FEED = 0x0a;
const FORM = "A recording is an array of events, or has one event in each line";

/** @returns the same answer as for a session's page, or the problems of the recording */
export function foldRecording(bytes: Uint8Array, options: RecordingOptions): Parsed<object> {
  const recorded = readRecording(bytes, options);
  if ("problems" in recorded) return recorded;
  const { session, events } = sessionOf(recorded.value, options);
  const { timeline, ...numbers } = foldSession(
    [session.start, ...events],
    optionsOf(session, { definitions: options.definitions }),
  );
  const folded = { ...numbers, definitions: DEFINITIONS_VERSION };
  if (options.format === "xdm") return { value: xdmView(session, folded) };
  const entries = timeline.map(({ event, ...entry }) => ({ ...entry, event: { ...event, seq: 0 } }));
  return { value: foldedView(session, folded, { entries, total: entries.length, isLast: true }) };
}

function readRecording(bytes: Uint8Array, options: RecordingOptions): Parsed<readonly Recorded[]> {
  const { limits, eventsMax, nowMs } = options;
  const values = opensArray(bytes) ? readArray(bytes, options) : readLines(bytes, options);
  if ("problems" in values) return values;
  if (values.value.length === 0) return refuse("", "minItems", `${FORM}; this one has none`);
  if (values.value.length > eventsMax) return { problems: [tooManyEvents({ eventsMax })] };
  const [first] = values.value;
  const arrivedMs = isObject(first) && Number.isSafeInteger(first["receivedAt"]) ? Number(first["receivedAt"]) : nowMs;
  const parser = createParser({ ...options, nowMs: () => arrivedMs });
  let unit: TsUnit | undefined;
  const readExported = createExportedReader(limits);
  const read = (value: unknown, index: number): Parsed<Recorded> => {
    const at = pointerTo("", index);
    if (isObject(value) && "type" in value && !("eventType" in value)) return fromExport(readExported(value, at));
    const { receivedAt = null, ...posted } = isObject(value) ? value : {};
    const parsed = parser.parseValue(isObject(value) ? posted : value, index === 0 ? "opening" : "running", at, unit);
    if ("problems" in parsed) return parsed;
    unit ??= unitInFlags(parsed.value.flags);
    if (receivedAt === null) return { value: { event: parsed.value, receivedAtMs: undefined } };
    if (!Number.isSafeInteger(receivedAt)) return refuse(`${at}/receivedAt`, "instant", "must be integer milliseconds");
    return { value: { event: parsed.value, receivedAtMs: receivedAt as number } };
  };
  const problems: Problem[] = [];
  const recorded: Recorded[] = [];
  for (const [index, value] of values.value.entries()) {
    const parsed = read(value, index);
    if ("value" in parsed) recorded.push(parsed.value);
    else problems.push(...parsed.problems);
    if (problems.length >= PROBLEMS_MAX) break;
  }
  return problems.length > 0 ? { problems: problems.slice(0, PROBLEMS_MAX) } : oneSession(recorded);
}

function fromExport(read: Parsed<ExportedEvent>): Parsed<Recorded> {
  if ("problems" in read) return read;
  const { event, receivedAtMs } = read.value;
  return { value: { event, receivedAtMs, exported: read.value } };
}

function readArray(bytes: Uint8Array, { limits, eventsMax }: RecordingOptions): Parsed<readonly unknown[]> {
  const body = readJson(bytes, { ...limits, eventsMax });
  return "problems" in body ? body : { value: body.value as unknown[] };
}

/** Reads one JSON object a line. Empty lines count, so that problems name the lines of the file. */
function readLines(bytes: Uint8Array, { limits, eventsMax }: RecordingOptions): Parsed<readonly unknown[]> {
  const values: Json[] = [];
  let line = 0;
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, from);
    const text = bytes.subarray(from, end === -1 ? bytes.length : end);
    from += text.length + 1;
    line += 1;
    if (isBlank(text)) continue;
    const body = readJson(text, { ...limits, eventsMax });
    if ("problems" in body) {
      const hint = values.length === 0 ? `. ${FORM}` : "";
      return { problems: body.problems.map((each) => onLine(line, each, hint)) };
    }
    if (!isObject(body.value)) return refuse("", "type", `Line ${line} is no JSON object`);
    values.push(body.value);
    if (values.length > eventsMax) break;
  }
  return { value: values };
}

/** The reader of a line has counted it as the first. */
function onLine(line: number, { message, ...problem }: Problem, hint: string): Problem {
  const place = /line 1, column/;
  const placed = place.test(message) ? message.replace(place, `line ${line}, column`) : `Line ${line}: ${message}`;
  return { ...problem, message: placed + hint };
}

/** Checks that they are events of one session: the start first, one id, and all arrivals or none. */
function oneSession(recorded: readonly Recorded[]): Parsed<readonly Recorded[]> {
  const [first, ...rest] = recorded;
  if (first?.event.type !== "sessionStart") return refuse("/0", "event-type", "must be a sessionStart");
  for (const [index, { event, receivedAtMs, exported }] of rest.entries()) {
    const at = pointerTo("", index + 1);
    if (exported?.sid !== first.exported?.sid) {
      return refuse(`${at}/sid`, "sid", "must be that of the first event: one session is folded at a time");
    }
    if (event.type === "sessionStart") return refuse(at, "event-type", "must be no second sessionStart");
    if ((receivedAtMs === undefined) !== (first.receivedAtMs === undefined)) {
      return refuse(`${at}/receivedAt`, "receivedAt", "must be on every event, or on none");
    }
  }
  return { value: recorded };
}

/** The session that the server would have stored. */
function sessionOf(recorded: readonly Recorded[], { timeouts, nowMs }: RecordingOptions) {
  const arrived = recorded.map(({ event, receivedAtMs = nowMs }): ArrivedEvent => ({ ...event, receivedAtMs }));
  const [start, ...rest] = arrived as [ArrivedEvent, ...ArrivedEvent[]];
  const [first] = recorded;
  const events = rest.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs);
  const isLive = first?.receivedAtMs !== undefined;
  const exported = first?.exported?.session;
  const session: StoredSession = {
    id: 0,
    sid: first?.exported?.sid ?? NO_SID,
    startedAtMs: exported?.startedAtMs ?? (isLive ? start.receivedAtMs : start.tsMs),
    downloaded: exported?.downloaded ?? !isLive,
    start,
    close: closeOf(exported, start, events, isLive ? timeouts : undefined),
  };
  return { session, events };
}

/** How it closed, or would have closed. Without timeouts it is downloaded content, which closes as it arrives. */
function closeOf(
  exported: ExportedSession | undefined,
  start: ArrivedEvent,
  events: readonly ArrivedEvent[],
  timeouts: Timeouts | undefined,
): Close {
  if (exported?.close) return exported.close;
  const signs = begin(start, start.receivedAtMs);
  for (const event of events) advance(signs, event, event.receivedAtMs);
  const end = events.find(({ type }) => type === "sessionEnd");
  if (!timeouts) return { reason: "downloaded", closedAtMs: start.receivedAtMs, endTsMs: end?.tsMs ?? signs.tsMaxMs };
  return end ? closeAtEnd(end, end.receivedAtMs) : closeAtDeadline(signs, timeouts);
}
