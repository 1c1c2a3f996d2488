/** Arbitraries of bodies gone wrong: a well-formed one with members dropped, retyped, nested or renamed. */

import fc from "fast-check";
import { type Json, text } from "./bodies.ts";

/** What becomes of a member: none, itself changed, or more than one. */
type Change = (key: string, value: Json) => readonly (readonly [string, Json])[];

/** Stands for a literal that no JavaScript value is written as. */
const LITERAL = /"@@([^@"]+)@@"/g;
const LITERALS = ["1e400", "-1e400", "-0", "1e-400", "-0.4", "12345678901234567890123", "9007199254740993", "0.5"];

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  text,
  fc.constantFrom(...LITERALS).map((literal) => `@@${literal}@@`),
  // A NUL and half of a pair, which storage could not give back.
  fc.constantFrom("a\0b", "\ud83c", "x".repeat(9000), "sessionStart", "sessionEnd", "ping"),
);
const anyValue: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>,
);
const anyKey = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "toString", "eventType", "params", "playerTime", "media.id", "", "a/b~c"),
  fc.constantFrom("media.length", "playhead", "ts", "media.ad.id", "visitor.customerIDs", "media.downloaded"),
  text,
);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.constant<Change>(() => []),
  anyValue.map(
    (other): Change =>
      (key) => [[key, other]],
  ),
  fc.integer({ min: 1, max: 12 }).map(
    (depth): Change =>
      (key, value) => [[key, nested(value, depth)]],
  ),
  fc.constant<Change>((key, value) => [[key, [value]]]),
  anyKey.map(
    (other): Change =>
      (_key, value) => [[other, value]],
  ),
  fc.tuple(anyKey, anyValue).map(
    ([other, extra]): Change =>
      (key, value) => [
        [key, value],
        [other, extra],
      ],
  ),
);

/** `at` chooses the member that is changed, among all of the body. */
const mutation = fc.record({ at: fc.nat(10_000), change });

/** Bodies with one to four changes, as the text that is sent. */
export function mutated(body: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.tuple(body, fc.array(mutation, { minLength: 1, maxLength: 4 })).map(([value, mutations]) => {
    const changed = mutations.reduce<Json>((each, { at, change: how }) => apply(each, at, how), plain(value));
    return textOf(changed);
  });
}

/** Texts that are JSON but no event, and such as are no JSON. */
export const anyText: fc.Arbitrary<string | Uint8Array<ArrayBuffer>> = fc.oneof(
  fc.json({ maxDepth: 6 }),
  anyValue.map(textOf),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => new Uint8Array(bytes)),
  fc.integer({ min: 1, max: 400 }).map((depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`),
  fc.integer({ min: 1, max: 400 }).map((depth) => "[".repeat(depth) + "]".repeat(depth)),
);

/** A text cut off somewhere, as a broken connection leaves it. */
export function truncated(body: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.tuple(body, fc.double({ min: 0, max: 0.999, noNaN: true })).map(([value, share]) => {
    const whole = JSON.stringify(value);
    return whole.slice(0, Math.floor(whole.length * share));
  });
}

function textOf(value: Json): string {
  return JSON.stringify(value).replace(LITERAL, "$1");
}

/** Without anything that JSON would not carry. */
function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

function nested(value: Json, depth: number): Json {
  let outer = value;
  for (let i = 0; i < depth; i += 1) outer = i % 2 === 0 ? { x: outer } : [outer];
  return outer;
}

/** Changes the member that `at` chooses, counting all of them at every depth. */
function apply(value: Json, at: number, how: Change): Json {
  const count = membersOf(value);
  if (count === 0) return how("", value)[0]?.[1] ?? null;
  return changed(value, { left: at % count }, how);
}

function membersOf(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce<number>((sum, each) => sum + 1 + membersOf(each), 0);
}

function changed(value: Json, count: { left: number }, how: Change): Json {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, each]) => {
    const mine = count.left === 0;
    count.left -= 1;
    return mine ? how(key, each) : [[key, changed(each, count, how)] as const];
  });
  if (Array.isArray(value)) return entries.map(([, each]) => each);
  // Unlike an assignment it makes a member of `__proto__` too.
  return Object.fromEntries(entries);
}
