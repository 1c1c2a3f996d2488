/** What is wrong with a body, member by member: the `errors` of an error answer. */

import { closestTo, didYouMean } from "../base/did-you-mean.ts";
import { keyOfStep, stepTo } from "../base/json-pointer.ts";
import { PARAMETER_BY_KEY, QOE_PARAMETERS } from "./catalogue.ts";
import type { CatalogueEntry } from "./events.ts";

export const PROBLEMS_MAX = 8;
const POINTER_CHARS_MAX = 200;
/** How many undocumented keys to compare with a missing one. */
const COMPARED_MAX = 20;

export interface Problem {
  /** JSON Pointer (RFC 6901) of the offending member; "" is the whole body. */
  readonly pointer: string;
  /** What rule it breaks: a keyword of JSON Schema, or one of ours. */
  readonly code: string;
  /** A predicate of the member ("must be number"); a whole sentence where it is about the body. */
  readonly message: string;
}

/** The part of a TypeBox error that we read. */
export interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

/** Makes a problem; a pointer that a hostile key made long is cut, since answers never echo large input. */
export function problem(pointer: string, code: string, message: string): Problem {
  const short = pointer.length > POINTER_CHARS_MAX ? `${pointer.slice(0, POINTER_CHARS_MAX)}…` : pointer;
  return { pointer: short, code, message };
}

/** Appends a key to a JSON Pointer. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${stepTo(key)}`;
}

/**
 * Turns a validator's errors into problems that name each member once.
 *
 * A validator reports a missing key at its parent and a refused key twice; people want the key itself.
 *
 * @param body in which a missing key may be misspelt
 */
export function problemsOf(errors: readonly SchemaError[], entry: CatalogueEntry, body: Body): Problem[] {
  const byPointer = new Map<string, Problem>();
  for (const error of errors) {
    for (const found of expand(error, entry, body)) {
      if (!byPointer.has(found.pointer)) byPointer.set(found.pointer, found);
    }
  }
  return [...byPointer.values()].slice(0, PROBLEMS_MAX);
}

type Body = Readonly<Record<string, unknown>>;

function expand(error: SchemaError, entry: CatalogueEntry, body: Body): Problem[] {
  const { keyword, instancePath: at } = error;
  const params = error.params as Record<string, unknown>;
  const each = (name: string, message: (key: string) => string) =>
    (params[name] as string[]).map((key) => problem(pointerTo(at, key), keyword, message(key)));
  switch (keyword) {
    case "required":
      return each("requiredProperties", (key) => `is required${misspelling(key, at, body)}`);
    case "additionalProperties":
      return (params["additionalProperties"] as string[]).map((key) => unknownKey(at, key, entry));
    case "boolean":
      // The schema of a key that isn't documented is `false`; TypeBox reports it before its parent's.
      return [unknownKey(at.slice(0, at.lastIndexOf("/")), keyAt(at), entry)];
    case "propertyNames":
      return each("propertyNames", () => "has characters outside a-z, A-Z, 0-9, _ and .");
    case "pattern":
      // TypeBox reports a key's pattern at its parent first; `propertyNames` follows and names the key.
      return at.endsWith("/customMetadata") ? [] : [problem(at, keyword, error.message)];
    case "type":
      return [problem(at, keyword, `must be ${typesOf(params["type"])}`)];
    case "maximum":
      // No other documented number has one.
      return [problem(at, keyword, `${error.message}: milliseconds since the epoch, never nanoseconds`)];
    case "maxProperties":
      return [problem(at, keyword, `is not documented for ${entry.type}`)];
    default:
      return [problem(at, keyword, error.message)];
  }
}

/** Names the undocumented key that was most likely meant to be a missing one. */
export function misspelling(missing: string, at: string, body: Body): string {
  const object = at === "" ? body : body[at.slice(1)];
  const known = at === "/params" ? PARAMETER_BY_KEY : MEMBERS_AT[at] && new Set(MEMBERS_AT[at]);
  if (!known || typeof object !== "object" || object === null) return "";
  const unknown = Object.keys(object).filter((key) => !known.has(key));
  const misspelt = unknown.slice(0, COMPARED_MAX).find((key) => closestTo(key, [missing]) !== undefined);
  return misspelt === undefined ? "" : `; did you misspell it as ${misspelt}?`;
}

/** The last key of a JSON Pointer. */
function keyAt(pointer: string): string {
  return keyOfStep(pointer.slice(pointer.lastIndexOf("/") + 1));
}

function unknownKey(parent: string, key: string, entry: CatalogueEntry): Problem {
  const hint = didYouMean(key, keysIn(parent, entry));
  return problem(pointerTo(parent, key), "additionalProperties", `is not documented for ${entry.type}${hint}`);
}

/** The documented members of objects that no catalogue has, by pointer. */
const MEMBERS_AT: Readonly<Record<string, readonly string[]>> = {
  "": ["eventType", "playerTime", "params", "qoeData", "customMetadata"],
  "/playerTime": ["playhead", "ts"],
};

/** The documented keys of an object in an event, by its pointer. */
function keysIn(parent: string, entry: CatalogueEntry): Iterable<string> {
  switch (parent) {
    case "":
    case "/playerTime":
      return MEMBERS_AT[parent] ?? [];
    case "/params":
      return entry.paramsByKey.keys();
    case "/qoeData":
      return QOE_PARAMETERS.map(({ key }) => key);
    default:
      return parent.startsWith("/params/states") ? ["media.state.name"] : ["id", "authState"];
  }
}

/** The types that a schema takes, without null: `string or number`. */
export function typesOf(type: unknown): string {
  const types = (Array.isArray(type) ? type : [type]) as string[];
  return types.filter((name) => name !== "null").join(" or ");
}
