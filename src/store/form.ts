/**
 * The stored form of what an event carries beside its integers: a text that begins with its form.
 *
 * Form 0 is JSON, so that it begins with `{`; only older versions have written it. Form 1 begins with U+0001. Members
 * follow, each behind a character of its own, and the last is {@link END}. A member's entries are a key and a value
 * each: a documented key is one character, its code of the catalogue; any other is its length and its text. A value
 * begins with its kind, or with the length of its text. Most texts are ASCII, which the engine keeps in half the memory
 * and SQLite takes as it is: so is what stands between them.
 *
 * Every store writes and reads by this file, and needs no bytes: the text has no NUL and no half of a surrogate pair.
 */

import { DERIVED_VALUES, DERIVED_WORDS } from "../protocol/derived.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { PARAMETERS } from "../protocol/parameters.ts";

/** What a form can hold of an event. */
export type Members = Pick<
  PlayerEvent,
  "params" | "qoeData" | "customMetadata" | "unknownMembers" | "requestId" | "xdm" | "derived"
>;

/** A stored text that is none of a known form. */
export class FormError extends Error {}

const FORM = "\u0001";
const JSON_BEGINS = "{";

/** In the place of a key: a key that is spelled out follows. */
const NAMED = 1;
/** In the place of a key: the text is complete. */
const END = 2;
/** In the place of a key: the entries of another member follow. */
const MEMBER_AT = { params: 3, qoeData: 4, customMetadata: 5, unknownMembers: 6, requestId: 7, xdm: 8, derived: 9 };
/** In the place of a value: its kind. A text has its length there instead. */
const TRUE = 1;
const FALSE = 2;
/** The next character, less one. */
const COUNT = 3;
/** Decimal digits. */
const NUMBER = 4;
const LONG_TEXT = 5;
const LONG_JSON = 6;
/** A character follows, the place of a derived word in its list. */
const WORD = 7;
/** A text of decimal digits, as many visitors' ids are: their number, then a character for two of them. */
const DIGITS = 8;
const DIGITS_MIN = 8;
/** Codes and lengths begin after the values with a meaning of their own. */
const BASE = 16;
/** The last length whose head is ASCII: a longer text is a long one. */
const TEXT_LENGTH_MAX = 0x7f - BASE;
/** Written; more is read. */
const COUNT_MAX = 0x7e;
const ZERO = "0".charCodeAt(0);
const ONLY_DIGITS = /^[0-9]+$/;
/** A long text's length takes five characters of six bits, so that they are ASCII. */
const LENGTH_CHARS = 5;
const LENGTH_BITS = 6;

type Key = keyof typeof MEMBER_AT;
/** Members that are objects of keys and values. */
type Entries = Readonly<Record<string, unknown>>;

/** The heads of short texts; most texts are. */
const HEADS = Array.from({ length: 128 }, (_, length) => String.fromCharCode(BASE + length));

/** Where digits become characters: piece by piece they would take three times as long. */
const digits = Buffer.alloc(2 + HEADS.length);

/** The codes of one kind of object, both ways. */
class Codes {
  readonly charOf: ReadonlyMap<string, string>;
  /** The character of a key, with the head of its text behind it: one piece rather than two. */
  readonly headsOf: ReadonlyMap<string, readonly string[]>;
  readonly keyAt: readonly (string | undefined)[];

  constructor(rows: readonly { readonly key: string; readonly code: number }[]) {
    this.charOf = new Map(rows.map(({ key, code }) => [key, String.fromCharCode(BASE + code)]));
    const heads = HEADS.slice(0, TEXT_LENGTH_MAX + 1);
    this.headsOf = new Map([...this.charOf].map(([key, char]) => [key, heads.map((head) => char + head)]));
    const keyAt: (string | undefined)[] = [];
    for (const { key, code } of rows) keyAt[code] = key;
    this.keyAt = keyAt;
  }
}

const PARAMETER_CODES = new Codes(PARAMETERS);
const DERIVED_CODES = new Codes(DERIVED_WORDS);
/** The members that are objects with keys of a catalogue, or with keys of a player's own. */
const CODES_OF: Readonly<Partial<Record<Key, Codes | "named">>> = {
  params: PARAMETER_CODES,
  qoeData: PARAMETER_CODES,
  customMetadata: "named",
  unknownMembers: "named",
  derived: DERIVED_CODES,
};
const KEYS = Object.keys(MEMBER_AT) as readonly Key[];
const MEMBER_CHAR = Object.fromEntries(KEYS.map((key) => [key, String.fromCharCode(MEMBER_AT[key])]));
const KEY_AT = new Map(KEYS.map((key) => [MEMBER_AT[key], key]));
const [NAMED_CHAR, END_CHAR, TRUE_CHAR, FALSE_CHAR, COUNT_CHAR, NUMBER_CHAR, TEXT_CHAR, JSON_CHAR] = [
  NAMED,
  END,
  TRUE,
  FALSE,
  COUNT,
  NUMBER,
  LONG_TEXT,
  LONG_JSON,
].map((code) => String.fromCharCode(code));
const WORD_TEXTS = new Map(DERIVED_VALUES.map((word, at) => [word, String.fromCharCode(WORD, BASE + at)]));

/** What precedes the id of most events of Media Edge, by its length. */
const ID_HEADS = HEADS.slice(0, TEXT_LENGTH_MAX + 1).map((head) => FORM + MEMBER_CHAR["requestId"] + head);

/** The pieces of the text being written. A list of its own for each would be a sixth of a start's garbage. */
const pieces: string[] = [];

/** Writes members in the newest form. @returns null if none is present */
export function writeForm(members: { readonly [K in Key]?: Members[K] | undefined }): string | null {
  // Joined at the end: adding to one text takes half as long again.
  pieces.length = 0;
  pieces.push(FORM);
  for (const key of KEYS) {
    const value = members[key];
    if (value === undefined) continue;
    pieces.push(MEMBER_CHAR[key] as string);
    const codes = CODES_OF[key];
    if (codes === undefined) pieces.push(valueText(value));
    else addEntries(value as Entries, codes);
  }
  if (pieces.length === 1) return null;
  pieces.push(END_CHAR as string);
  return pieces.join("");
}

/** As {@link writeForm} of what comes with an event of Media Edge; most have an id alone. */
export function writeWire(requestId: string | undefined, xdm: Members["xdm"]): string | null {
  if (requestId === undefined && xdm === undefined) return null;
  const id = requestId === undefined ? FORM : idText(requestId);
  return id + (xdm === undefined ? "" : MEMBER_CHAR["xdm"] + valueText(xdm)) + END_CHAR;
}

function idText(id: string): string {
  const head = ID_HEADS[id.length];
  return head === undefined ? FORM + MEMBER_CHAR["requestId"] + valueText(id) : head + id;
}

/** The text of no member at all. */
export const EMPTY = FORM + END_CHAR;

function addEntries(entries: Entries, codes: Codes | "named"): void {
  for (const key in entries) {
    const value = entries[key];
    if (value === undefined) continue;
    if (codes === "named") {
      pieces.push(named(key), valueText(value));
      continue;
    }
    const isShort = typeof value === "string" && codes !== DERIVED_CODES && !isOfDigits(value);
    const head = isShort ? codes.headsOf.get(key)?.[value.length] : undefined;
    if (head !== undefined) pieces.push(head, value as string);
    else pieces.push(codes.charOf.get(key) ?? NAMED_CHAR + named(key), wordText(value, codes) ?? valueText(value));
  }
}

function wordText(value: unknown, codes: Codes): string | undefined {
  return codes === DERIVED_CODES ? WORD_TEXTS.get(value as string) : undefined;
}

function valueText(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (isOfDigits(value)) return digitsText(value);
      return value.length <= TEXT_LENGTH_MAX ? named(value) : TEXT_CHAR + long(value);
    case "boolean":
      return (value ? TRUE_CHAR : FALSE_CHAR) as string;
    case "number":
      return numberText(value);
    default:
      return JSON_CHAR + long(JSON.stringify(value));
  }
}

/** Its ends tell most other texts. */
function isOfDigits(text: string): boolean {
  if (text.length < DIGITS_MIN || text.length > HEADS.length - 1) return false;
  return isDigit(text.charCodeAt(0)) && isDigit(text.charCodeAt(text.length - 1)) && ONLY_DIGITS.test(text);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code < ZERO + 10;
}

function digitsText(text: string): string {
  digits[0] = DIGITS;
  digits[1] = BASE + text.length;
  let size = 2;
  for (let at = 0; at < text.length; at += 2, size += 1) {
    const tens = text.charCodeAt(at) - ZERO;
    const ones = at + 1 < text.length ? text.charCodeAt(at + 1) - ZERO : 0;
    digits[size] = BASE + 10 * tens + ones;
  }
  return digits.toString("latin1", 0, size);
}

function numberText(value: number): string {
  const isNegativeZero = Object.is(value, -0);
  if (Number.isInteger(value) && value >= 0 && value <= COUNT_MAX && !isNegativeZero) {
    return COUNT_CHAR + String.fromCharCode(value + 1);
  }
  return NUMBER_CHAR + named(isNegativeZero ? "-0" : String(value));
}

/** A key, or a value of up to {@link TEXT_LENGTH_MAX}, after its length. */
function named(text: string): string {
  return (HEADS[text.length] ?? String.fromCharCode(BASE + text.length)) + text;
}

function long(text: string): string {
  let head = "";
  for (let at = LENGTH_CHARS - 1; at >= 0; at -= 1) {
    head += HEADS[(text.length >> (LENGTH_BITS * at)) & (2 ** LENGTH_BITS - 1)];
  }
  return head + text;
}

/** Reads the members of a text in any form. @throws FormError */
export function readForm(text: string): Members {
  if (text.startsWith(FORM)) return new FormReader(text).read();
  if (text.startsWith(JSON_BEGINS)) return JSON.parse(text) as Members;
  throw new FormError(`its form is unknown (${text.length === 0 ? "none" : text.charCodeAt(0)})`);
}

class FormReader {
  readonly #text: string;
  #at = FORM.length;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Members {
    const members: Partial<Record<Key, unknown>> = {};
    let next = this.#code();
    while (next !== END) {
      const key = KEY_AT.get(next);
      if (key === undefined) throw unknown("member", next);
      const codes = CODES_OF[key];
      if (codes === undefined) {
        members[key] = this.#value();
        next = this.#code();
      } else {
        const entries: Record<string, unknown> = {};
        next = this.#entries(entries, codes);
        members[key] = entries;
      }
    }
    if (this.#at !== this.#text.length) throw new FormError("it goes on behind its end");
    return members as Members;
  }

  /** Reads entries. @returns what is in the place of the next key */
  #entries(into: Record<string, unknown>, codes: Codes | "named"): number {
    while (true) {
      const code = this.#code();
      if (code > NAMED && code < BASE) return code;
      if (code === NAMED) set(into, this.#named(this.#code()), this.#value());
      else if (codes === "named") set(into, this.#named(code), this.#value());
      else {
        const key = codes.keyAt[code - BASE];
        if (key === undefined) throw unknown("key", code - BASE);
        into[key] = this.#value();
      }
    }
  }

  #value(): unknown {
    const kind = this.#code();
    switch (kind) {
      case TRUE:
        return true;
      case FALSE:
        return false;
      case COUNT:
        return this.#code() - 1;
      case NUMBER:
        return numberOf(this.#named(this.#code()));
      case LONG_TEXT:
        return this.#take(this.#longLength());
      case LONG_JSON:
        return JSON.parse(this.#take(this.#longLength()));
      case WORD:
        return wordAt(this.#code() - BASE);
      case DIGITS:
        return this.#digits(this.#code() - BASE);
      default:
        return this.#named(kind);
    }
  }

  #named(head: number): string {
    if (head < BASE) throw unknown("value", head);
    return this.#take(head - BASE);
  }

  #digits(count: number): string {
    let text = "";
    for (let left = count; left > 0; left -= 2) {
      const pair = this.#code() - BASE;
      if (pair < 0 || pair > 99) throw new FormError("digits in it are none");
      text += String(pair).padStart(2, "0");
    }
    return text.slice(0, count);
  }

  #longLength(): number {
    let length = 0;
    for (let at = 0; at < LENGTH_CHARS; at += 1) length = (length << LENGTH_BITS) + this.#code() - BASE;
    return length;
  }

  #take(length: number): string {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#text.length) throw cutOff();
    return this.#text.slice(from, this.#at);
  }

  #code(): number {
    if (this.#at >= this.#text.length) throw cutOff();
    const code = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    return code;
  }
}

function wordAt(place: number): string {
  const word = DERIVED_VALUES[place];
  if (word === undefined) throw unknown("word", place);
  return word;
}

function numberOf(text: string): number {
  const value = Number(text);
  if (Number.isNaN(value)) throw new FormError("a number in it is none");
  return value;
}

/** A player's own key may be `__proto__`. */
function set(entries: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") entries[key] = value;
  else Object.defineProperty(entries, key, { value, enumerable: true, configurable: true, writable: true });
}

function unknown(what: string, code: number): FormError {
  return new FormError(`its ${what} ${code} is unknown`);
}

function cutOff(): FormError {
  return new FormError("it is cut off");
}
