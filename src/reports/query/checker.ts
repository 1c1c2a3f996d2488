/** Checks a question against its schema. A refusal names the place and the rule, never the value. */

import type { Static, TSchema } from "typebox";
import Schema from "typebox/schema";
import { didYouMean } from "../../base/did-you-mean.ts";
import { AppError } from "../../base/errors.ts";
import type { SchemaError } from "../../protocol/problem.ts";

interface QueryError extends SchemaError {
  readonly params: {
    readonly type?: string | readonly string[];
    readonly allowedValues?: readonly unknown[];
    readonly additionalProperties?: readonly string[];
  };
}

/**
 * Compiles a schema on its first use, so that the server's start doesn't wait for it.
 *
 * @returns a function that checks a value, and throws AppError `invalid-query`
 */
export function checkerOf<T extends TSchema>(schema: T): (body: unknown) => Static<T> {
  let compiled: ReturnType<typeof Schema.Compile<T>> | undefined;
  const known = Object.keys((schema as unknown as { properties: object }).properties);
  return (body) => {
    compiled ??= Schema.Compile(schema);
    const validator = compiled;
    if (validator.Check(body)) return body as Static<T>;
    const [, errors] = validator.Errors(body) as [boolean, readonly QueryError[]];
    throw refused(wordsOf(errors, known));
  };
}

/** The error for a question that can't be asked this way. */
export function refused(why: string): AppError {
  return new AppError("invalid-query", why);
}

function wordsOf(errors: readonly QueryError[], known: readonly string[]): string {
  const unknown = errors.find(({ keyword }) => keyword === "additionalProperties");
  if (unknown) {
    const isWhole = unknown.instancePath === "";
    const hint = didYouMean(unknown.params.additionalProperties?.[0] ?? "", isWhole ? known : FILTER_MEMBERS);
    const members = isWhole ? known.join(", ") : "name, operator, and value or values";
    return `${placeOf(unknown, "A report")} takes ${members}, nothing else${hint}`;
  }
  // For a member of several allowed forms, the form that it matches deepest is the likeliest.
  const told = errors.filter(({ keyword }) => keyword !== "anyOf");
  const depth = Math.max(...told.map(depthOf));
  const deepest = told.filter((error) => depthOf(error) === depth);
  const chosen = deepest.find(({ keyword }) => keyword !== "type") ?? deepest[0];
  if (!chosen) return "The query is not what this path takes";
  return `${placeOf(chosen, "The query")} ${ruleOf(chosen, deepest)}`;
}

const FILTER_MEMBERS = ["name", "operator", "value", "values"];

function ruleOf({ keyword, params, message }: QueryError, beside: readonly QueryError[]): string {
  if (keyword === "enum") return `must be one of ${params.allowedValues?.join(", ")}`;
  if (keyword !== "type") return message;
  const types = beside.flatMap((each) => each.params.type ?? []);
  return `must be ${[...new Set(types)].join(" or ")}`;
}

function depthOf({ instancePath }: QueryError): number {
  return instancePath.split("/").length;
}

/** Turns `/filter/0/value` into the reader's notation: `filter[0].value`. */
function placeOf({ instancePath }: QueryError, whole: string): string {
  if (instancePath === "") return whole;
  return instancePath
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
}
