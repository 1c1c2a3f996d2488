/** Query strings: every parameter is declared, and an unknown one is an error rather than silence. */

import { didYouMean } from "../../base/did-you-mean.ts";
import { AppError } from "../../base/errors.ts";

const ORIGIN = "http://playhead.invalid";
/** Any other name is not repeated in an answer. */
const PLAIN_NAME = /^[\w.-]{1,40}$/;

/**
 * Reads the query of a request target.
 *
 * @param known the parameters that this path takes
 * @throws AppError `invalid-query` naming those that it doesn't
 */
export function readQuery<Name extends string>(
  request: Request,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const lists = Object.entries<string[] | undefined>(readQueryLists(request, known));
  return Object.fromEntries(lists.map(([name, values]) => [name, values?.at(-1)])) as Partial<Record<Name, string>>;
}

/** Reads a query in which a parameter may be repeated. @throws AppError as {@link readQuery} */
export function readQueryLists<Name extends string>(
  request: Request,
  known: readonly Name[],
): Partial<Record<Name, string[]>> {
  // Only the part after the "?", since a hostile Host header makes the whole URL unreadable.
  const at = request.url.indexOf("?");
  const search = at === -1 ? "" : request.url.slice(at);
  const values: Partial<Record<Name, string[]>> = {};
  for (const [name, value] of new URL(search, ORIGIN).searchParams) {
    if (!(known as readonly string[]).includes(name)) {
      throw unknownParameter(name, known);
    }
    values[name as Name] = [...(values[name as Name] ?? []), value];
  }
  return values;
}

function unknownParameter(name: string, known: readonly string[]): AppError {
  const hint = didYouMean(name, known);
  const named = PLAIN_NAME.test(name) ? ` "${name}"` : "";
  const takes = `${hint === "" ? "; this" : `${hint} This`} path takes ${known.join(", ")}`;
  return new AppError("invalid-query", `Unknown query parameter${named}${takes}`);
}

/** An integer within bounds. @throws AppError `invalid-query` */
export function readInteger(name: string, text: string, range: { min: number; max: number }): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new AppError("invalid-query", `${name} must be an integer from ${range.min} to ${range.max}`);
}

/** A text within bounds of characters, counted as JSON Schema does: code points. @throws AppError `invalid-query` */
export function readText(name: string, text: string, range: { min: number; max: number }): string {
  const characters = [...text].length;
  if (characters >= range.min && characters <= range.max) return text;
  throw new AppError("invalid-query", `${name} must have ${range.min} to ${range.max} characters`);
}

/** One of a few words. @throws AppError `invalid-query` */
export function readChoice<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  if ((choices as readonly string[]).includes(text)) return text as Choice;
  throw new AppError("invalid-query", `${name} must be one of ${choices.join(", ")}`);
}
