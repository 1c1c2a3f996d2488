/** From a validated body to an event: units, aliases, nulls, and a flag for each thing that is kept though odd. */

import { PARAMETER_BY_KEY, QOE_BY_KEY } from "../catalogue.ts";
import type { Parameters, PlayerEvent, QoeData, Scalar } from "../event.ts";
import type { CatalogueEntry } from "../events.ts";
import { flag } from "../flags.ts";
import type { Json } from "../json.ts";
import { METADATA_KEY, type Parameter } from "../parameters.ts";
import { playheadMsOf } from "../playhead.ts";
import { instantOf, type TsUnit, UNIT_FLAGS } from "../ts-unit.ts";
import { stateListOf } from "./state-lists.ts";
import { flagUnknown } from "./unknown-keys.ts";

const MEMBERS: ReadonlySet<string> = new Set(["eventType", "playerTime", "params", "qoeData", "customMetadata"]);
const CLOCK_MEMBERS: ReadonlySet<string> = new Set(["playhead", "ts"]);

/**
 * Makes the event of a body that its schema has accepted. In `strict` nothing is left to flag but what it allows.
 *
 * @param unit of the session's `ts`
 */
export function normalise(body: Json, entry: CatalogueEntry, unit: TsUnit = "milliseconds"): PlayerEvent {
  const flags: string[] = [];
  if (body["eventType"] !== entry.type) flags.push(flag("alias", body["eventType"] as string));
  const playerTime = body["playerTime"] as Json;
  const tsMs = tsOf(playerTime["ts"] as number, unit, flags);
  const playheadMs = playheadMsOf(playerTime["playhead"] as number, flags);
  const params = keyed<Parameters>(body["params"], entry.paramsByKey, flags);
  const qoeData = keyed<QoeData>(body["qoeData"], QOE_BY_KEY, flags);
  const customMetadata = metadataOf(body["customMetadata"], entry, flags);
  const unknownMembers = unknownOf(body, playerTime, flags);
  flagRequired(entry, params, flags);
  // Assigned one by one: spread members cost each ping several objects.
  const event: Draft = { type: entry.type, tsMs, playheadMs, flags };
  if (params) event.params = params;
  if (qoeData) event.qoeData = qoeData;
  if (customMetadata) event.customMetadata = customMetadata;
  if (unknownMembers) event.unknownMembers = unknownMembers;
  return event;
}

type Draft = { -readonly [K in keyof PlayerEvent]: PlayerEvent[K] };

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

/** `params` or `qoeData` without its nulls; undefined when nothing is left. */
function keyed<T extends Parameters>(
  value: unknown,
  rows: ReadonlyMap<string, Parameter>,
  flags: string[],
): T | undefined {
  if (value === undefined || value === null) return undefined;
  const kept = withoutNulls(value as Json, (key) => {
    const row = PARAMETER_BY_KEY.get(key);
    if (row?.unknownWhen && row.flag) flags.push(flag(row.flag));
  });
  if (!kept) return undefined;
  const unknown: string[] = [];
  for (const key in kept) {
    const row = PARAMETER_BY_KEY.get(key);
    if (row?.type === "string" && typeof kept[key] !== "string") {
      kept[key] = String(kept[key]);
      flags.push(flag("not-string", key));
    }
    if (row?.type === "array") kept[key] = stateListOf(kept[key], flags);
    else if (row && rows.has(key)) flagValue(row, kept[key], flags);
    else if (row) flags.push(flag("misplaced-parameter", key));
    else unknown.push(key);
  }
  flagUnknown(unknown, flags);
  return kept as T;
}

/** The object itself when it holds no null, else a copy; undefined when nothing is left. */
function withoutNulls(value: Json, onNull?: (key: string) => void): Record<string, unknown> | undefined {
  let nulls = 0;
  let others = 0;
  for (const key in value) {
    if (value[key] !== null) others += 1;
    else {
      nulls += 1;
      onNull?.(key);
    }
  }
  if (others === 0) return undefined;
  if (nulls === 0) return value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
}

function flagValue(row: Parameter, value: unknown, flags: string[]): void {
  if (row.type === "integer" && !Number.isInteger(value)) flags.push(flag("not-integer", row.key));
  else if (row.flag && (row.unknownWhen?.(value) || row.pattern?.test(value as string) === false))
    flags.push(flag(row.flag));
}

function metadataOf(value: unknown, entry: CatalogueEntry, flags: string[]): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const kept = withoutNulls(value as Json);
  if (!kept) return undefined;
  if (!entry.customMetadata) flags.push(flag("misplaced-member", "customMetadata"));
  const texts: Record<string, string> = {};
  for (const [key, each] of Object.entries(kept)) {
    if (!METADATA_KEY.test(key)) flags.push(flag("metadata-key-invalid", key));
    if (typeof each !== "string") flags.push(flag("metadata-not-string", key));
    texts[key] = String(each);
  }
  return texts;
}

function unknownOf(body: Json, playerTime: Json, flags: string[]): Record<string, Scalar> | undefined {
  const unknown: Record<string, Scalar> = {};
  let isEmpty = true;
  const add = (name: string, value: unknown) => {
    if (value === null) return;
    isEmpty = false;
    unknown[name] = value as Scalar;
    flags.push(flag("unknown-member", name));
  };
  for (const key in body) if (!MEMBERS.has(key)) add(key, body[key]);
  for (const key in playerTime) if (!CLOCK_MEMBERS.has(key)) add(`playerTime.${key}`, playerTime[key]);
  return isEmpty ? undefined : unknown;
}

function flagRequired(entry: CatalogueEntry, params: Parameters | undefined, flags: string[]): void {
  for (const { key } of entry.flaggedWhenMissing) {
    if (params?.[key] === undefined) flags.push(flag("missing-parameter", key));
  }
}
