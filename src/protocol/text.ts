/** Finds what JSON allows and storage must not hold; the text is checked first, so an ordinary body costs one scan. */

import type { Json } from "./json.ts";
import { type Problem, pointerTo, problem } from "./problem.ts";

/** Bounds on one event, whatever its schema says. */
export interface TextLimits {
  /** Keys in one event, nested ones included. */
  readonly keysMax: number;
  /** UTF-8 bytes in one string or key. */
  readonly stringBytesMax: number;
  /** Objects and lists around one value, the outermost included; {@link DEPTH_MAX} if absent. */
  readonly depthMax?: number;
}

/** `customerIDs` is the deepest that is documented: event, params, customerIDs, name, id. */
export const DEPTH_MAX = 5;
/** The shortest member of an object, `"":0,`, bounds how many keys a text can hold. */
const MEMBER_CHARS_MIN = 5;
const UTF8_BYTES_PER_CHAR_MAX = 3;

/**
 * Whether a text can hold none of what {@link inspect} looks for, so that its values need no walk.
 *
 * Without escapes JSON has neither NUL nor a lone surrogate; a short text has neither many keys nor a long string.
 */
export function isHarmless(text: string, limits: TextLimits): boolean {
  return isShort(text, limits) && !text.includes("\\") && !text.includes("__proto__");
}

/** Whether a text, or its bytes, are too short to hold too many keys, or too long a string. */
export function isShort({ length }: Pick<string, "length">, { keysMax, stringBytesMax }: TextLimits): boolean {
  return length < keysMax * MEMBER_CHARS_MIN && length < stringBytesMax / UTF8_BYTES_PER_CHAR_MAX;
}

/**
 * Finds what no schema says: NUL, lone surrogates, `__proto__`, too many keys, too long a string, too deep a nesting.
 *
 * NUL ends a text in SQLite and is refused by PostgreSQL; a lone surrogate becomes U+FFFD: either would be stored as
 * something else than was sent.
 *
 * @param at pointer of `value` in the body
 */
export function inspect(value: unknown, limits: TextLimits, at = ""): Problem | undefined {
  const walk: Walk = { limits, keys: 0 };
  const found = inspectValue(value, walk, 0);
  if (!found) return undefined;
  // `problem` cuts a pointer that hostile keys made long.
  return walk.keys > limits.keysMax ? tooManyKeys(at, limits) : problem(at + found.pointer, found.code, found.message);
}

/** Whether a value holds more objects and lists around one another than `levels`. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((each) => isDeeper(each, levels - 1));
  for (const key in value) if (isDeeper((value as Json)[key], levels - 1)) return true;
  return false;
}

/** The problem of an event with more keys than it may have. */
export function tooManyKeys(at: string, { keysMax }: TextLimits): Problem {
  return problem(at, "maxProperties", `An event has at most ${keysMax} keys`);
}

interface Walk {
  readonly limits: TextLimits;
  /** Keys so far. */
  keys: number;
}

/** Finds a problem with its pointer from `value` on: an ordinary value costs no pointer. */
function inspectValue(value: unknown, walk: Walk, depth: number): Problem | undefined {
  if (typeof value === "string") return inspectString(value, walk.limits);
  if (value === null || typeof value !== "object") return undefined;
  const { depthMax = DEPTH_MAX, keysMax } = walk.limits;
  if (depth >= depthMax) return problem("", "depth", `is nested deeper than ${depthMax} levels`);
  for (const key of Object.keys(value)) {
    walk.keys += 1;
    if (walk.keys > keysMax) return tooManyKeys("", walk.limits);
    if (key === "__proto__") return problem("", "key", "has a key named __proto__");
    const odd = inspectString(key, walk.limits);
    if (odd) return odd;
    const found = inspectValue((value as Record<string, unknown>)[key], walk, depth + 1);
    if (found) return { ...found, pointer: pointerTo("", key) + found.pointer };
  }
  return undefined;
}

function inspectString(text: string, limits: TextLimits): Problem | undefined {
  if (
    text.length * UTF8_BYTES_PER_CHAR_MAX > limits.stringBytesMax &&
    Buffer.byteLength(text) > limits.stringBytesMax
  ) {
    return problem("", "maxLength", `has a text of more than ${limits.stringBytesMax} bytes`);
  }
  if (text.includes("\0")) return problem("", "nul", "has a text with a NUL character");
  if (!text.isWellFormed()) return problem("", "surrogate", "has a text with half of a surrogate pair");
  return undefined;
}
