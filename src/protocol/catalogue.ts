/** The one list of the 20 event types: what each is called, carries and requires, by mode of validation. */

import { assert } from "../base/assert.ts";
import type { EventType } from "./event.ts";
import { type CatalogueEntry, EVENTS } from "./events.ts";
import { PARAMETERS, type Parameter } from "./parameters.ts";

export const QOE_PARAMETERS: readonly Parameter[] = PARAMETERS.filter((row) => row.on === "qoeData");
/** Every documented key, wherever it belongs. */
export const PARAMETER_BY_KEY: ReadonlyMap<string, Parameter> = new Map(PARAMETERS.map((row) => [row.key, row]));

export const CATALOGUE: readonly CatalogueEntry[] = EVENTS.map((definition) => {
  const params = PARAMETERS.filter((row) => row.on !== "qoeData" && row.on.includes(definition.type));
  const flaggedWhenMissing = params.filter(({ required, unknownWhen }) => required && !unknownWhen);
  return { ...definition, params, paramsByKey: new Map(params.map((row) => [row.key, row])), flaggedWhenMissing };
});

const BY_NAME: ReadonlyMap<string, CatalogueEntry> = new Map(
  CATALOGUE.flatMap((entry) => [entry.type, ...(entry.aliases ?? [])].map((name) => [name, entry] as const)),
);
const BY_CODE: ReadonlyMap<number, CatalogueEntry> = new Map(CATALOGUE.map((entry) => [entry.code, entry]));

/** The entry of an event type or one of its aliases, as the wire names it. */
export function findEntry(name: string): CatalogueEntry | undefined {
  return BY_NAME.get(name);
}

/** The storage code of an event type. */
export function codeOf(type: EventType): number {
  return getEntry(BY_NAME, type).code;
}

/** The event type of a storage code, which must be one that the catalogue gave out. */
export function typeOf(code: number): EventType {
  return getEntry(BY_CODE, code).type;
}

function getEntry<K>(entries: ReadonlyMap<K, CatalogueEntry>, key: K): CatalogueEntry {
  const entry = entries.get(key);
  assert(entry, `the catalogue has an event type for ${String(key)}`);
  return entry;
}
