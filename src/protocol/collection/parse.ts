/**
 * From bytes to events: the one place where the wire's names and units become ours.
 *
 * A body either becomes events with their flags, or a list of what is wrong with it. Storing and answering are others'.
 */

import { assert } from "../../base/assert.ts";
import { closestTo } from "../../base/did-you-mean.ts";
import { KIB } from "../../base/units.ts";
import { findEntry } from "../catalogue.ts";
import { EVENT_TYPES, type PlayerEvent } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import { isObject, type Json } from "../json.ts";
import { parseJson } from "../json-text.ts";
import type { ValidationMode } from "../mode.ts";
import { inspectOutline, type OutlineLimits, tooManyEvents } from "../outline.ts";
import { misspelling, PROBLEMS_MAX, type Problem, pointerTo, problem, problemsOf } from "../problem.ts";
import { inspect, isHarmless, type TextLimits } from "../text.ts";
import { type TsUnit, tsUnitOf } from "../ts-unit.ts";
import { createValidators } from "../validators.ts";
import { createEventReaders } from "./event-reader.ts";

/** What became of a body: its events, or its problems. */
export type Parsed<T> = { readonly value: T } | Refused;

export interface Refused {
  readonly problems: readonly Problem[];
}

/** What `POST /api/v1/sessions` takes: one start, or an array of downloaded content. */
export type Opening =
  | { readonly kind: "live"; readonly start: PlayerEvent }
  | { readonly kind: "downloaded"; readonly events: readonly PlayerEvent[] };

export interface Parser {
  /** Reads the body of `POST /api/v1/sessions`. */
  parseOpening(bytes: Uint8Array): Parsed<Opening>;
  /**
   * Reads the body of `POST /api/v1/sessions/{sid}/events`: one event, never a `sessionStart`.
   *
   * @param unit of the session's `ts`, as its start decided
   */
  parseEvent(bytes: Uint8Array, unit?: TsUnit): Parsed<PlayerEvent>;
  /** Reads the body of `POST /api/v1/downloaded`: an array that needs no `media.downloaded`. */
  parseDownloaded(bytes: Uint8Array): Parsed<readonly PlayerEvent[]>;
  /**
   * Reads an event that is JSON already.
   *
   * @param at its pointer, in front of each problem's
   * @param unit as {@link parseEvent}; a start's own without it
   */
  parseValue(value: unknown, standing: Standing, at: string, unit?: TsUnit): Parsed<PlayerEvent>;
  /** As {@link parseOpening}, a little at a time. @param pause settles once others have had their turn */
  parseOpeningInTurns(bytes: Uint8Array, pause: () => Promise<void>): Promise<Parsed<Opening>>;
  /** As {@link parseDownloaded}, a little at a time. */
  parseDownloadedInTurns(bytes: Uint8Array, pause: () => Promise<void>): Promise<Parsed<readonly PlayerEvent[]>>;
}

export interface ParserOptions {
  readonly mode: ValidationMode;
  readonly limits: TextLimits;
  /** Events in one array of downloaded content. */
  readonly eventsMax: number;
  /** When the body arrived, which tells the unit of its `ts`. Without it every `ts` is in milliseconds. */
  readonly nowMs?: () => number;
}

/** Work that may pause wherever it yields. */
type Steps<T> = Generator<undefined, Parsed<T>, undefined>;

/** Where an event stands decides whether it may, must or must not be a `sessionStart`. */
type Standing = "opening" | "running";

/** What is known about an event before it is validated. */
interface Known {
  readonly entry: CatalogueEntry;
  readonly unit: TsUnit;
  readonly at: string;
}

/** A body as JSON; harmless if its text cannot hold anything that storage must not. */
interface Body {
  readonly value: unknown;
  readonly harmless: boolean;
  readonly chars: number;
}

/** Takes a millisecond or two. */
const CHARS_PER_STEP = 64 * KIB;

const DOWNLOADED = "media.downloaded";

/** Makes a parser; each event type's schema is compiled when the first event of that type is refused. */
export function createParser({ mode, limits, eventsMax, nowMs }: ParserOptions): Parser {
  const readerOf = createEventReaders(mode);
  const validatorOf = createValidators((entry) => {
    const { schemaOf } = require("./envelope.ts") as typeof import("./envelope.ts");
    return schemaOf(entry, mode);
  });

  function toEvent(
    { value, harmless }: Pick<Body, "value" | "harmless">,
    standing: Standing,
    at: string,
    unit = unitOf(value, nowMs),
  ): Parsed<PlayerEvent> {
    if (!isObject(value)) return refuse(at, "type", at === "" ? "An event is a JSON object" : "must be object");
    const found = harmless ? undefined : inspect(value, limits, at);
    if (found) return { problems: [found] };
    const entry = typeof value["eventType"] === "string" ? findEntry(value["eventType"]) : undefined;
    if (!entry) return { problems: [unknownType(value, at)] };
    const misplaced = misplacedType(entry, standing, at);
    return misplaced ? { problems: [misplaced] } : validated(value, { entry, unit, at });
  }

  function validated(value: Json, { entry, unit, at }: Known): Parsed<PlayerEvent> {
    const event = readerOf(entry).read(value, unit);
    if (typeof event !== "string") {
      const wrong = mode === "strict" ? wrongUnit(unitOf(value, nowMs), at) : undefined;
      return wrong ?? { value: event };
    }
    const problems = problemsOf(validatorOf(entry).Errors(value)[1], entry, value);
    assert(problems.length > 0, "the schema refuses what the reader refuses");
    return { problems: problems.map((each) => ({ ...each, pointer: at + each.pointer })) };
  }

  function* toEvents(values: readonly unknown[], { harmless, chars }: Body): Steps<readonly PlayerEvent[]> {
    if (values.length === 0 || values.length > eventsMax) return { problems: [tooManyEvents({ eventsMax })] };
    const perStep = Math.ceil((values.length / chars) * CHARS_PER_STEP);
    const unit = unitOf(values[0], nowMs);
    return yield* parseEach(values, perStep, (value, index) =>
      toEvent({ value, harmless }, index === 0 ? "opening" : "running", pointerTo("", index), unit),
    );
  }

  function* toOpening(body: Body): Steps<Opening> {
    return Array.isArray(body.value) ? downloadedOpening(yield* toEvents(body.value, body)) : toLive(body);
  }

  function toLive(body: Body): Parsed<Opening> {
    return liveOpening(toEvent(body, "opening", ""));
  }

  function* toDownloaded(body: Body): Steps<readonly PlayerEvent[]> {
    if (Array.isArray(body.value)) return yield* toEvents(body.value, body);
    return refuse("", "type", "Downloaded content is an array of events");
  }

  function read<T>(bytes: Uint8Array, toValue: (body: Body) => T): T | Refused {
    const body = readJson(bytes, { ...limits, eventsMax });
    return "problems" in body ? body : toValue(body);
  }

  return {
    // Nearly each is one object, which needs no steps.
    parseOpening: (bytes) =>
      read(bytes, (body) => (Array.isArray(body.value) ? finish(toOpening(body)) : toLive(body))),
    parseEvent: (bytes, unit = "milliseconds") => read(bytes, (body) => toEvent(body, "running", "", unit)),
    parseDownloaded: (bytes) => read(bytes, (body) => finish(toDownloaded(body))),
    parseValue: (value, standing, at, unit) => toEvent({ value, harmless: false }, standing, at, unit),
    parseOpeningInTurns: async (bytes, pause) => read(bytes, (body) => finishInTurns(toOpening(body), pause)),
    parseDownloadedInTurns: async (bytes, pause) => read(bytes, (body) => finishInTurns(toDownloaded(body), pause)),
  };
}

function liveOpening(parsed: Parsed<PlayerEvent>): Parsed<Opening> {
  if ("problems" in parsed) return parsed;
  if (parsed.value.params?.[DOWNLOADED] !== true) return { value: { kind: "live", start: parsed.value } };
  const pointer = `/params/${DOWNLOADED}`;
  return refuse(pointer, "downloaded", "is true: downloaded content is sent as an array of all its events");
}

function downloadedOpening(parsed: Parsed<readonly PlayerEvent[]>): Parsed<Opening> {
  if ("problems" in parsed) return parsed;
  if (parsed.value[0]?.params?.[DOWNLOADED] === true) return { value: { kind: "downloaded", events: parsed.value } };
  const pointer = `/0/params/${DOWNLOADED}`;
  return refuse(pointer, "downloaded", "must be true: an array is downloaded content");
}

async function finishInTurns<T>(steps: Steps<T>, pause: () => Promise<void>): Promise<Parsed<T>> {
  let step = steps.next();
  while (!step.done) {
    await pause();
    step = steps.next();
  }
  return step.value;
}

function finish<T>(steps: Steps<T>): Parsed<T> {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Parses values in order, with pauses, until enough of them are refused. */
function* parseEach(
  values: readonly unknown[],
  perStep: number,
  toEvent: (value: unknown, index: number) => Parsed<PlayerEvent>,
): Steps<readonly PlayerEvent[]> {
  const events: PlayerEvent[] = [];
  const problems: Problem[] = [];
  for (const [index, value] of values.entries()) {
    if (index % perStep === perStep - 1) yield;
    const parsed = toEvent(value, index);
    if ("value" in parsed) events.push(parsed.value);
    else problems.push(...parsed.problems);
    if (problems.length >= PROBLEMS_MAX) break;
  }
  return problems.length > 0 ? { problems: problems.slice(0, PROBLEMS_MAX) } : { value: events };
}

/** Reads JSON text within its bounds. */
export function readJson(bytes: Uint8Array, limits: OutlineLimits): Body | Refused {
  const found = inspectOutline(bytes, limits);
  if (found) return { problems: [found] };
  const parsed = parseJson(bytes, "The body is empty; an event is a JSON object");
  if (!("value" in parsed)) return refuse("", parsed.code, parsed.message);
  const { value, text } = parsed;
  return { value, harmless: isHarmless(text, limits), chars: text.length };
}

function unknownType(event: Json, at: string): Problem {
  const { eventType: type } = event;
  const pointer = pointerTo(at, "eventType");
  if (type === undefined || type === null) {
    return problem(pointer, "required", `is required${misspelling("eventType", "", event)}`);
  }
  if (typeof type !== "string") return problem(pointer, "type", "must be string");
  const meant = closestTo(type, EVENT_TYPES);
  const words = meant === undefined ? `must be one of ${EVENT_TYPES.join(", ")}` : `is unknown; did you mean ${meant}?`;
  return problem(pointer, "enum", words);
}

/** The unit of an event's own `ts`, which its session's doesn't decide. */
function unitOf(event: unknown, nowMs: ParserOptions["nowMs"]): TsUnit {
  const ts = isObject(event) && isObject(event["playerTime"]) ? event["playerTime"]["ts"] : undefined;
  return nowMs && typeof ts === "number" ? tsUnitOf(ts, nowMs()) : "milliseconds";
}

function wrongUnit(unit: TsUnit, at: string): Refused | undefined {
  if (unit === "milliseconds") return undefined;
  return refuse(`${at}/playerTime/ts`, "unit", `is in ${unit}; it must be milliseconds since the epoch`);
}

function misplacedType(entry: CatalogueEntry, standing: Standing, at: string): Problem | undefined {
  const opens = entry.type === "sessionStart";
  if (opens === (standing === "opening")) return undefined;
  const message = opens
    ? "is sessionStart, which opens a session: it is posted to /api/v1/sessions, first and once"
    : `is ${entry.type}, and a session begins with sessionStart`;
  return problem(pointerTo(at, "eventType"), "event-type", message);
}

export function refuse(pointer: string, code: string, message: string): Refused {
  return { problems: [problem(pointer, code, message)] };
}
