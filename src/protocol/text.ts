/** Finds what JSON allows and storage must not hold; the text is checked first, so an ordinary body costs one scan. */

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
  const charsMax = Math.min(limits.keysMax * MEMBER_CHARS_MIN, limits.stringBytesMax / UTF8_BYTES_PER_CHAR_MAX);
  return text.length < charsMax && !text.includes("\\") && !text.includes("__proto__");
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
  return inspectValue(value, at, { limits, root: at, count: { keys: 0 }, depth: 0 });
}

/** The problem of an event with more keys than it may have. */
export function tooManyKeys(at: string, { keysMax }: TextLimits): Problem {
  return problem(at, "maxProperties", `An event has at most ${keysMax} keys`);
}

interface Walk {
  readonly limits: TextLimits;
  /** Pointer of the event itself. */
  readonly root: string;
  readonly count: { keys: number };
  readonly depth: number;
}

function inspectValue(value: unknown, at: string, walk: Walk): Problem | undefined {
  if (typeof value === "string") return inspectString(value, at, walk.limits);
  if (value === null || typeof value !== "object") return undefined;
  const { depthMax = DEPTH_MAX } = walk.limits;
  if (walk.depth >= depthMax) return problem(at, "depth", `is nested deeper than ${depthMax} levels`);
  const deeper = { ...walk, depth: walk.depth + 1 };
  for (const key of Object.keys(value)) {
    walk.count.keys += 1;
    if (walk.count.keys > walk.limits.keysMax) return tooManyKeys(walk.root, walk.limits);
    if (key === "__proto__") return problem(at, "key", "has a key named __proto__");
    const found =
      inspectString(key, at, walk.limits) ??
      inspectValue((value as Record<string, unknown>)[key], pointerTo(at, key), deeper);
    if (found) return found;
  }
  return undefined;
}

function inspectString(text: string, at: string, limits: TextLimits): Problem | undefined {
  if (
    text.length * UTF8_BYTES_PER_CHAR_MAX > limits.stringBytesMax &&
    Buffer.byteLength(text) > limits.stringBytesMax
  ) {
    return problem(at, "maxLength", `has a text of more than ${limits.stringBytesMax} bytes`);
  }
  if (text.includes("\0")) return problem(at, "nul", "has a text with a NUL character");
  if (!text.isWellFormed()) return problem(at, "surrogate", "has a text with half of a surrogate pair");
  return undefined;
}
