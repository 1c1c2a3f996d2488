/** What is wrong with an Edge event, in the reference's form: a JSONPath and a reason. */

import { keyOfStep } from "../../base/json-pointer.ts";
import { PROBLEMS_MAX, type SchemaError, typesOf } from "../problem.ts";

export interface EventFinding {
  /** JSONPath of the member from the event on: `$.xdm.mediaCollection.playhead`. */
  readonly name: string;
  readonly reason: string;
}

export const MISSING = "Missing required field";
const PATH_CHARS_MAX = 200;

/** Makes a finding; a path that a hostile key made long is cut, since answers never echo large input. */
export function finding(name: string, reason: string): EventFinding {
  return { name: name.length > PATH_CHARS_MAX ? `${name.slice(0, PATH_CHARS_MAX)}…` : name, reason };
}

/** Turns a validator's errors on a value at a JSONPath into findings that name each member once. */
export function findingsOf(errors: readonly SchemaError[], value: unknown, at: string): EventFinding[] {
  const byName = new Map<string, EventFinding>();
  for (const found of errors.flatMap((error) => expand(error, value, at))) {
    if (!byName.has(found.name)) byName.set(found.name, found);
  }
  return [...byName.values()].slice(0, PROBLEMS_MAX);
}

function expand({ keyword, instancePath, params, message }: SchemaError, value: unknown, at: string): EventFinding[] {
  const here = pathOf(instancePath, at);
  const details = params as Record<string, unknown>;
  const each = (name: string, reason: string) =>
    (details[name] as string[]).map((key) => finding(`${here}.${key}`, reason));
  switch (keyword) {
    case "required":
      return each("requiredProperties", MISSING);
    case "additionalProperties":
      return each("additionalProperties", "Field is not documented for this event");
    case "boolean":
      return [finding(here, "Field is not documented for this event")];
    case "minLength":
      return [finding(here, MISSING)];
    case "type":
      if (valueAt(value, instancePath) === null) return [finding(here, MISSING)];
      return [finding(here, `Expected ${typesOf(details["type"])}`)];
    default:
      return [finding(here, message)];
  }
}

/** `/sessionDetails/name` → `$.xdm.mediaCollection.sessionDetails.name`; a number is a place in a list. */
function pathOf(pointer: string, at: string): string {
  return stepsOf(pointer).reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : `${path}.${step}`), at);
}

function valueAt(value: unknown, pointer: string): unknown {
  return stepsOf(pointer).reduce((at, step) => (at as Readonly<Record<string, unknown>>)[step], value);
}

/** The keys of a JSON pointer. */
function stepsOf(pointer: string): string[] {
  return pointer.split("/").slice(1).map(keyOfStep);
}
