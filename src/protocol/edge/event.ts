/** Translates the XDM of one event to the event that every other part knows. */

import { closestTo } from "../../base/did-you-mean.ts";
import type { BitrateUnit } from "../bitrate-unit.ts";
import { CATALOGUE } from "../catalogue.ts";
import { EVENT_TYPES, type Parameters, type PlayerEvent, type QoeData, type Scalar } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import { flag } from "../flags.ts";
import { isObject, type Json, listAt, objectAt, textAt } from "../json.ts";
import type { ValidationMode } from "../mode.ts";
import { STATE_NAME } from "../parameters.ts";
import { playheadMsOf } from "../playhead.ts";
import { createValidators } from "../validators.ts";
import type { EdgeClient } from "./client.ts";
import { carries, EDGE_OBJECTS, type EdgeField, type EdgeObject } from "./fields.ts";
import { type EventFinding, finding, findingsOf, MISSING } from "./finding.ts";
import { metadataOf } from "./metadata.ts";
import { parseInstant } from "./timestamp.ts";
import { inStoredUnit } from "./units.ts";

/** What an event's XDM means depends on who sent it, and when. */
export interface Source {
  readonly client: EdgeClient;
  readonly bitrateUnit: BitrateUnit;
  /** When the event happened if it doesn't say so itself, milliseconds. */
  readonly assumedTsMs: () => number;
}

/** The members of an event that downloaded content calls otherwise, and where the event stands in its request. */
export interface Placing {
  readonly at: string;
  readonly type: "eventType" | "mediaEventType";
  readonly timestamp: "timestamp" | "mediaEventTimestamp";
}

export const LIVE: Placing = { at: "$.xdm", type: "eventType", timestamp: "timestamp" };

/** An event under construction: a missing part costs nothing, whereas spreading nothing does. */
export type Translation = { -readonly [Member in keyof PlayerEvent]: PlayerEvent[Member] };

type Translated = { readonly event: Translation } | { readonly findings: readonly EventFinding[] };

const MEDIA = "media.";
const ISO_8601 = "Invalid timestamp. The expected format is ISO 8601 with an offset, such as 2026-11-29T20:14:32.406Z";
const EMPTY_STATES =
  "Unexpected error. Hint: Empty statesUpdate event. At least one of statesStart, statesEnd is needed";
const OBJECT_BY_NAME: ReadonlyMap<string, EdgeObject> = new Map(EDGE_OBJECTS.map((object) => [object.name, object]));
/** Members of `mediaCollection` beside its objects. */
const OTHER_MEMBERS: ReadonlySet<string> = new Set([
  "playhead",
  "sessionID",
  "customMetadata",
  "statesStart",
  "statesEnd",
]);

/** The catalogue's entry of `media.play`; undefined for any other text, and for the states of the other dialect. */
export function entryOf(mediaType: unknown): CatalogueEntry | undefined {
  return BY_MEDIA_TYPE.get(mediaType);
}

/** The catalogue's entry of `play`, as a path names it; undefined as for {@link entryOf}. */
export function entryNamed(type: string): CatalogueEntry | undefined {
  return BY_TYPE.get(type);
}

const ENTRIES = CATALOGUE.filter(({ type }) => type !== "stateStart" && type !== "stateEnd");
const BY_TYPE: ReadonlyMap<string, CatalogueEntry> = new Map(ENTRIES.map((entry) => [entry.type, entry]));
const BY_MEDIA_TYPE: ReadonlyMap<unknown, CatalogueEntry> = new Map(
  ENTRIES.map((entry) => [MEDIA + entry.type, entry]),
);

/**
 * Finds the event that a mistyped name most likely meant.
 *
 * @param prefix of the name, and of those that it may mean
 * @returns `; did you mean media.play?`, or nothing
 */
export function meantEvent(name: string, prefix: "" | typeof MEDIA): string {
  const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const meant = closestTo(bare, EVENTS);
  return meant === undefined ? "" : `; did you mean ${prefix}${meant}?`;
}

const EVENTS = EVENT_TYPES.filter((type) => BY_TYPE.has(type));

export interface EventTranslator {
  /** Translates an event whose type is known. @param xdm whose `mediaCollection` may be anything */
  translate(xdm: Json, entry: CatalogueEntry, source: Source, placing: Placing): Translated;
}

/** Makes a translator; each event type's validator is compiled when the first event of that type comes. */
export function createEventTranslator(mode: ValidationMode): EventTranslator {
  const validatorOf = createValidators((entry) => {
    const { collectionSchema } = require("./schema.ts") as typeof import("./schema.ts");
    return collectionSchema(entry, mode);
  });

  function findingsIn(xdm: Json, entry: CatalogueEntry, { at }: Placing): EventFinding[] {
    const collection = xdm["mediaCollection"];
    const path = `${at}.mediaCollection`;
    if (collection === undefined || collection === null) return [finding(path, MISSING)];
    const found = findingsOf(validatorOf(entry).Errors(collection)[1], collection, path);
    if (entry.type === "statesUpdate" && found.length === 0 && namesNoState(collection as Json)) {
      found.push(finding(path, EMPTY_STATES));
    }
    return found;
  }

  function isValid(collection: unknown, entry: CatalogueEntry): collection is Json {
    return validatorOf(entry).Check(collection) && !(entry.type === "statesUpdate" && namesNoState(collection as Json));
  }

  function instantOf(xdm: Json, source: Source, { at, timestamp }: Placing, flags: string[]): number | EventFinding {
    const text = xdm[timestamp];
    const path = `${at}.${timestamp}`;
    if (text === undefined || text === null) {
      if (mode === "strict") return finding(path, MISSING);
      flags.push(flag("timestamp-missing"));
      return source.assumedTsMs();
    }
    const instant = typeof text === "string" ? parseInstant(text, source.client === "roku") : undefined;
    if (!instant) return finding(path, ISO_8601);
    if (instant.unpadded) flags.push(flag("roku-fraction"));
    return instant.tsMs;
  }

  return {
    translate(xdm, entry, source, placing) {
      const flags: string[] = [];
      const tsMs = instantOf(xdm, source, placing, flags);
      const collection = xdm["mediaCollection"];
      if (typeof tsMs === "number" && isValid(collection, entry)) {
        return { event: eventOf(xdm, collection, { entry, tsMs, source, flags }) };
      }
      const findings = findingsIn(xdm, entry, placing);
      return { findings: typeof tsMs === "number" ? findings : [tsMs, ...findings] };
    },
  };
}

function namesNoState(collection: Json): boolean {
  return listAt(collection, "statesStart").length + listAt(collection, "statesEnd").length === 0;
}

interface Draft {
  readonly entry: CatalogueEntry;
  readonly tsMs: number;
  readonly source: Source;
  readonly flags: string[];
}

function eventOf(xdm: Json, collection: Json, { entry, tsMs, source, flags }: Draft): Translation {
  const playheadMs = playheadOf(collection["playhead"] as number, flags);
  const params: Record<string, Scalar | readonly Json[]> = {};
  const qoeData: Record<string, Scalar> = {};
  for (const member in collection) {
    const object = OBJECT_BY_NAME.get(member);
    const value = object && objectAt(collection, member);
    if (!object && !OTHER_MEMBERS.has(member)) flags.push(flag("unknown-parameter", member));
    if (!object || !value) continue;
    if (!carries(entry.type, object)) flags.push(flag("misplaced-member", member));
    takeObject(object, value, { params, qoeData }, { source, flags });
  }
  if (entry.type === "statesUpdate") takeStates(collection, params, flags);
  const customMetadata = metadataOf(xdm, collection, entry, flags);
  const event: Translation = { type: entry.type, tsMs, playheadMs, flags };
  if (!isEmpty(params)) event.params = params as Parameters;
  if (!isEmpty(qoeData)) event.qoeData = qoeData as QoeData;
  if (customMetadata) event.customMetadata = customMetadata;
  return event;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

function playheadOf(playhead: number, flags: string[]): number {
  if (playhead >= 0 && !Number.isInteger(playhead)) flags.push(flag("not-integer", "playhead"));
  return playheadMsOf(playhead, flags);
}

function takeObject(
  object: EdgeObject,
  value: Json,
  into: { readonly params: Record<string, unknown>; readonly qoeData: Record<string, unknown> },
  context: Pick<Draft, "source" | "flags">,
): void {
  const { flags } = context;
  for (const member in value) {
    const given = value[member];
    const field = object.fieldsByMember.get(member);
    if (!field) flags.push(flag("unknown-parameter", `${object.name}.${member}`));
    else if (given !== null) into[field.place][field.key] = scalarOf(field, given as Scalar, context);
    else if (field.unknown) flags.push(flag(field.unknown.flag));
  }
  for (const { member, required, key, unknown } of object.fields) {
    const given = value[member];
    const absent = given === undefined || given === null || given === "";
    if (required && absent && !unknown) flags.push(flag("missing-parameter", key));
  }
}

function scalarOf(field: EdgeField, value: Scalar, { source, flags }: Pick<Draft, "source" | "flags">): Scalar {
  if (field.type === "string" && typeof value !== "string") {
    flags.push(flag("not-string", field.key));
    return String(value);
  }
  if (field.type === "integer" && !Number.isInteger(value)) flags.push(flag("not-integer", field.key));
  if (field.unknown?.when(value)) flags.push(flag(field.unknown.flag));
  return inStoredUnit(field.unit, value, source, flags);
}

/** The lists of `statesUpdate` by the name that the other dialect has for their member. */
function takeStates(collection: Json, params: Record<string, unknown>, flags: string[]): void {
  for (const list of ["statesEnd", "statesStart"]) {
    const names = listAt(collection, list)
      .filter(isObject)
      .flatMap((state) => textAt(state, "name") ?? []);
    if (names.length === 0) continue;
    if (names.some((name) => !STATE_NAME.test(name))) flags.push(flag("state-name-invalid"));
    params[list] = names.map((name) => ({ "media.state.name": name }));
  }
}
