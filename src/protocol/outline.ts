/**
 * The outline of a large body, read from its bytes before it is parsed.
 *
 * `JSON.parse` takes a second for 4 MiB of brackets or commas, and holds up every other request. Reading the outline
 * takes some milliseconds and finds what {@link inspect} would refuse afterwards.
 */

import { type Problem, pointerTo, problem } from "./problem.ts";
import { DEPTH_MAX, type TextLimits, tooManyKeys } from "./text.ts";

export interface OutlineLimits extends TextLimits {
  /** Events in one array. */
  readonly eventsMax: number;
}

/** A shorter body is parsed too quickly for other requests to notice. */
const BYTES_MIN = 16_384;
const WHITE_SPACE: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Whether a body is an array, if it is JSON at all; undefined as long as it is white space or a byte order mark. */
export function opensArray(bytes: Uint8Array): boolean | undefined {
  let at = 0;
  while (at < bytes.length && WHITE_SPACE.has(bytes[at])) at += 1;
  return at === bytes.length ? undefined : bytes[at] === OPENING_BRACKET;
}

/**
 * Finds nesting, keys or events beyond their limits; what is no JSON may have any outline.
 *
 * Bytes will do: whatever gives JSON its form is ASCII, which is no part of another character in UTF-8.
 *
 * @param around brackets around an event: none, or those of the array that it stands in
 */
export function inspectOutline(
  bytes: Uint8Array,
  limits: OutlineLimits,
  around: number = opensArray(bytes) ? 1 : 0,
): Problem | undefined {
  if (bytes.byteLength < BYTES_MIN) return undefined;
  return draw(new Outline(limits, around), bytes);
}

/** How many values an array has, without parsing it and counted no further than to `most`; 1 for what is none. */
export function countElements(bytes: Uint8Array, most: number): number {
  if (!opensArray(bytes)) return 1;
  const outline = new Outline({ eventsMax: most, keysMax: Infinity, stringBytesMax: Infinity }, 1);
  draw(outline, bytes);
  return outline.events;
}

function draw(outline: Outline, bytes: Uint8Array): Problem | undefined {
  let found: Problem | undefined;
  for (let at = 0; at < bytes.length && !found; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfString(bytes, at);
    else if (byte === COMMA) found = outline.comma();
    else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) found = outline.open();
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) outline.close();
  }
  return found;
}

/** Where a string ends that begins at `at`. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end;
}

class Outline {
  readonly #limits: OutlineLimits;
  /** Brackets around an event. */
  readonly #around: number;
  #depth = 0;
  /** Commas within the event so far; those of a list's members count as well, which no event has. */
  #commas = 0;
  #event = 0;

  constructor(limits: OutlineLimits, around: number) {
    this.#limits = limits;
    this.#around = around;
  }

  /** Events begun so far. */
  get events(): number {
    return this.#event + 1;
  }

  open(): Problem | undefined {
    this.#depth += 1;
    const { depthMax = DEPTH_MAX } = this.#limits;
    if (this.#depth <= this.#around + depthMax) return undefined;
    return problem(this.#pointer(), "depth", `An event is nested at most ${depthMax} levels deep`);
  }

  close(): void {
    this.#depth -= 1;
  }

  comma(): Problem | undefined {
    if (this.#depth > this.#around) {
      this.#commas += 1;
      return this.#commas < this.#limits.keysMax ? undefined : tooManyKeys(this.#pointer(), this.#limits);
    }
    this.#commas = 0;
    this.#event += 1;
    return this.#event < this.#limits.eventsMax ? undefined : tooManyEvents(this.#limits);
  }

  #pointer(): string {
    return this.#around === 0 ? "" : pointerTo("", this.#event);
  }
}

/** The problem of an array that is too long, or empty. */
export function tooManyEvents({ eventsMax }: Pick<OutlineLimits, "eventsMax">): Problem {
  const message = `Downloaded content is a sessionStart and at most ${eventsMax - 1} other events`;
  return problem("", "items", message);
}
