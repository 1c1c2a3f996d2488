/**
 * From an event's JSON to the event, in one pass: each member is checked, put into our units, and flagged where it is
 * kept though odd.
 *
 * A reader takes exactly what the schema of `envelope.ts` takes: both come from the catalogue, and a property test
 * compares them. TypeBox's own check matches each key with an expression of all documented ones, for a tenth of a
 * start's whole cost; it still says what is wrong with a refused body.
 */

import { assert } from "../../base/assert.ts";
import { CATALOGUE, QOE_PARAMETERS } from "../catalogue.ts";
import type { Parameters, PlayerEvent, QoeData, Scalar } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import { flag } from "../flags.ts";
import { isObject, type Json } from "../json.ts";
import type { ValidationMode } from "../mode.ts";
import { METADATA_KEY } from "../parameters.ts";
import { playheadMsOf } from "../playhead.ts";
import { pointerTo } from "../problem.ts";
import { instantOf, type TsUnit, UNIT_FLAGS } from "../ts-unit.ts";
import { isScalarOrNull, KeyedReader } from "./keyed-reader.ts";

const MEMBERS: ReadonlySet<string> = new Set(["eventType", "playerTime", "params", "qoeData", "customMetadata"]);
const CLOCK_MEMBERS: ReadonlySet<string> = new Set(["playhead", "ts"]);

type Draft = { -readonly [K in keyof PlayerEvent]: PlayerEvent[K] };

/** Makes the readers of all event types. */
export function createEventReaders(mode: ValidationMode): (entry: CatalogueEntry) => EventReader {
  const readers = new Map(CATALOGUE.map((entry) => [entry, new EventReader(entry, mode)]));
  return (entry) => {
    const reader = readers.get(entry);
    assert(reader, "each entry of the catalogue has a reader");
    return reader;
  };
}

class EventReader {
  readonly #entry: CatalogueEntry;
  readonly #isStrict: boolean;
  readonly #params: KeyedReader<Parameters>;
  readonly #qoeData: KeyedReader<QoeData>;

  constructor(entry: CatalogueEntry, mode: ValidationMode) {
    this.#entry = entry;
    this.#isStrict = mode === "strict";
    const rules = { isStrict: this.#isStrict, isOpening: entry.type === "sessionStart" };
    this.#params = new KeyedReader("/params", entry.params, rules);
    this.#qoeData = new KeyedReader("/qoeData", QOE_PARAMETERS, rules);
  }

  /**
   * Reads an event.
   *
   * @param body with this `eventType`, or an alias of it
   * @param unit of the session's `ts`
   * @returns the pointer of the first member that is refused, if one is
   */
  read(body: Json, unit: TsUnit = "milliseconds"): PlayerEvent | string {
    const entry = this.#entry;
    const isStrict = this.#isStrict;
    const time = body["playerTime"];
    if (!isObject(time)) return "/playerTime";
    const { ts, playhead } = time;
    if (!isTs(ts, isStrict)) return "/playerTime/ts";
    if (!isNumber(playhead)) return "/playerTime/playhead";
    const flags: string[] = [];
    if (body["eventType"] !== entry.type) flags.push(flag("alias", body["eventType"] as string));
    const tsMs = tsOf(ts, unit, flags);
    const playheadMs = playheadMsOf(playhead, flags);
    const params = this.#params.read(body["params"], flags);
    if (typeof params === "string") return params;
    const qoeData = this.#qoeData.read(body["qoeData"], flags);
    if (typeof qoeData === "string") return qoeData;
    const customMetadata = metadataOf(body["customMetadata"], entry, isStrict, flags);
    if (typeof customMetadata === "string") return customMetadata;
    const unknownMembers = unknownOf(body, time, isStrict, flags);
    if (typeof unknownMembers === "string") return unknownMembers;
    flagRequired(entry, params, flags);
    // Assigned one by one: spread members cost each ping several objects.
    const event: Draft = { type: entry.type, tsMs, playheadMs, flags };
    if (params) event.params = params;
    if (qoeData) event.qoeData = qoeData;
    if (customMetadata) event.customMetadata = customMetadata;
    if (unknownMembers) event.unknownMembers = unknownMembers;
    return event;
  }
}

function isNumber(value: unknown): value is number {
  // What JSON writes with a large exponent is infinite.
  return Number.isFinite(value);
}

function isTs(value: unknown, isStrict: boolean): value is number {
  if (!isNumber(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  return !isStrict || Number.isInteger(value);
}

function tsOf(ts: number, unit: TsUnit, flags: string[]): number {
  const instant = instantOf(ts, unit);
  if (unit !== "milliseconds" && Number.isSafeInteger(instant)) {
    flags.push(flag(UNIT_FLAGS[unit]));
    return instant;
  }
  if (Number.isInteger(ts)) return ts;
  flags.push(flag("ts-rounded"));
  return Math.round(ts);
}

/** `customMetadata` without its nulls; undefined when nothing is left, a pointer when it is refused. */
function metadataOf(
  value: unknown,
  entry: CatalogueEntry,
  isStrict: boolean,
  flags: string[],
): Record<string, string> | string | undefined {
  if (value === undefined || value === null) return undefined;
  const refused = refusedMetadata(value, entry, isStrict);
  if (refused !== undefined) return refused;
  let texts: Record<string, string> | undefined;
  const given = value as Json;
  for (const key in given) {
    const text = given[key];
    if (text === null) continue;
    if (!texts && !entry.customMetadata) flags.push(flag("misplaced-member", "customMetadata"));
    if (!METADATA_KEY.test(key)) flags.push(flag("metadata-key-invalid", key));
    if (typeof text !== "string") flags.push(flag("metadata-not-string", key));
    texts ??= {};
    texts[key] = String(text);
  }
  return texts;
}

function refusedMetadata(value: unknown, { customMetadata }: CatalogueEntry, isStrict: boolean): string | undefined {
  const at = "/customMetadata";
  if (!isObject(value)) return at;
  const takes = (key: string, given: unknown) =>
    isStrict ? METADATA_KEY.test(key) && (typeof given === "string" || given === null) : isScalarOrNull(given);
  for (const key in value) {
    if (isStrict && !customMetadata) return at;
    if (!takes(key, value[key])) return pointerTo(at, key);
  }
  return undefined;
}

/** The members that no event has in the reference; undefined without any, a pointer where one is refused. */
function unknownOf(
  body: Json,
  playerTime: Json,
  isStrict: boolean,
  flags: string[],
): Record<string, Scalar> | string | undefined {
  const unknown: Record<string, Scalar> = {};
  let isEmpty = true;
  const take = (name: string, value: unknown): boolean => {
    if (isStrict || !isScalarOrNull(value)) return false;
    if (value === null) return true;
    isEmpty = false;
    unknown[name] = value;
    flags.push(flag("unknown-member", name));
    return true;
  };
  for (const key in body) if (!MEMBERS.has(key) && !take(key, body[key])) return pointerTo("", key);
  for (const key in playerTime) {
    if (!CLOCK_MEMBERS.has(key) && !take(`playerTime.${key}`, playerTime[key])) return pointerTo("/playerTime", key);
  }
  return isEmpty ? undefined : unknown;
}

function flagRequired(entry: CatalogueEntry, params: Parameters | undefined, flags: string[]): void {
  for (const { key } of entry.flaggedWhenMissing) {
    if (params?.[key] === undefined) flags.push(flag("missing-parameter", key));
  }
}
