/** Arbitraries of bodies: events made from the catalogue as every mode takes them. */

import fc from "fast-check";
import { CATALOGUE, QOE_PARAMETERS } from "../../src/protocol/catalogue.ts";
import type { CatalogueEntry } from "../../src/protocol/events.ts";
import type { Parameter } from "../../src/protocol/parameters.ts";
import { tsUnitOf } from "../../src/protocol/ts-unit.ts";
import { TS } from "../support/requests.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An event as a player sends it. */
export interface Body {
  readonly eventType: string;
  readonly playerTime: { readonly playhead: number; readonly ts: number };
  readonly params?: Readonly<Record<string, Json>> | null;
  readonly qoeData?: Readonly<Record<string, Json>> | null;
  readonly customMetadata?: Readonly<Record<string, Json>> | null;
}

const DAY_MS = 86_400_000;
/** About now, by the clock of a real server; the manual one begins at {@link TS}. */
const NOW_MS = 1_790_000_000_000;
const PLAYHEAD_MS_MAX = 100 * DAY_MS;

/** Texts that tend to break things, among any others; without NUL and halves of surrogate pairs, which are refused. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }).map((each) => each.replaceAll("\0", "")),
  fc.string({ unit: "grapheme", maxLength: 30 }).map((each) => each.replaceAll("\0", "")),
  fc.constantFrom(
    "",
    "__proto__",
    "null",
    "=1+1",
    "\u2028",
    "\ufeff",
    "a".repeat(2500),
    "🎬".repeat(600),
    "%00",
    "'; --",
  ),
);

const metadataKey = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_.]{1,20}$/).filter((key) => key !== "__proto__"),
  fc.constantFrom("constructor", "toString", "valueOf", "hasOwnProperty", "length", "0", "10", ".", "toJSON"),
);

const stateName = fc.oneof(
  fc.constantFrom("fullscreen", "fullScreen", "mute", "closedCaptioning", "pictureInPicture", "inFocus"),
  fc.stringMatching(/^[a-zA-Z0-9_.]{1,64}$/),
);

const customerIds = fc.dictionary(
  metadataKey,
  fc.record({ id: text, authState: fc.constantFrom(0, 1, 2) }, { requiredKeys: ["id"] }),
  { maxKeys: 3, noNullPrototype: true },
);

const number = fc.double({ noNaN: true, noDefaultInfinity: true });

function valueFor(row: Parameter): fc.Arbitrary<Json> {
  if (row.key === "media.state.name") return stateName;
  switch (row.type) {
    case "string":
      return text;
    case "number":
      return fc.oneof(number, fc.nat(10_000));
    case "integer":
      return fc.oneof(fc.maxSafeInteger(), fc.nat(10_000_000));
    case "boolean":
      return fc.boolean();
    case "object":
      return customerIds as fc.Arbitrary<Json>;
    case "array":
      return fc.array(fc.record({ "media.state.name": stateName }, { noNullPrototype: true }), { maxLength: 5 });
  }
}

/** Some of a list's keys; those that are required always, and only the others may be null. */
function keyed(rows: readonly Parameter[]): fc.Arbitrary<Record<string, Json>> {
  const values = rows.map((row) => {
    const value = valueFor(row);
    return [row.key, row.required ? value : fc.option(value, { freq: 9 })] as const;
  });
  const requiredKeys = rows.filter(({ required }) => required).map(({ key }) => key);
  return fc.record(Object.fromEntries(values), { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<
    Record<string, Json>
  >;
}

const playerTime = fc.record({
  // In milliseconds, which is how finely a playhead is kept.
  playhead: fc.nat(PLAYHEAD_MS_MAX).map((ms) => ms / 1000),
  ts: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: TS, max: TS + DAY_MS }) },
    // What looks like another unit isn't kept as it is, and strict refuses it.
    fc.maxSafeInteger().filter((ts) => [TS, NOW_MS].every((nowMs) => tsUnitOf(ts, nowMs) === "milliseconds")),
  ),
});

/** Events of one type in strict form. */
export function eventOf(entry: CatalogueEntry): fc.Arbitrary<Body> {
  const metadata = entry.customMetadata
    ? fc.dictionary(metadataKey, fc.option(text, { freq: 9 }), { maxKeys: 5, noNullPrototype: true })
    : fc.constant({});
  const required = entry.params.some((row) => row.required);
  const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 19 });
  const members = {
    eventType: fc.constantFrom(entry.type, ...(entry.aliases ?? [])),
    playerTime,
    params: required ? keyed(entry.params) : orNull(keyed(entry.params)),
    qoeData: orNull(keyed(QOE_PARAMETERS)),
    customMetadata: orNull(metadata),
  };
  const requiredKeys = ["eventType", "playerTime", ...(required ? ["params"] : [])] as (keyof typeof members)[];
  return fc.record(members, { requiredKeys, noNullPrototype: true }) as fc.Arbitrary<Body>;
}

function entryOf(type: string): CatalogueEntry {
  const entry = CATALOGUE.find((each) => each.type === type);
  if (!entry) throw new Error(`No event type is called ${type}`);
  return entry;
}

const anyStart = eventOf(entryOf("sessionStart"));

/** A start with `media.downloaded` as given, or without it. */
function startWith(downloaded: boolean | undefined): fc.Arbitrary<Body> {
  return anyStart.map((start) => {
    const { "media.downloaded": _, ...params } = start.params ?? {};
    return { ...start, params: downloaded === undefined ? params : { ...params, "media.downloaded": downloaded } };
  });
}

export const liveStart = fc.oneof(startWith(undefined), startWith(false));

/** Events that leave a session open, of every type. */
export const running = fc.oneof(
  ...CATALOGUE.filter(({ type }) => type !== "sessionStart" && type !== "sessionEnd").map(eventOf),
);

export const sessionEnd = eventOf(entryOf("sessionEnd"));

const rest = fc.tuple(fc.array(running, { maxLength: 6 }), fc.option(sessionEnd));

/** A live session: its start, then its events with the end last, if it comes. */
export const liveSession = fc
  .tuple(liveStart, rest)
  .map(([start, [events, end]]): readonly [Body, ...Body[]] => [start, ...events, ...(end ? [end] : [])]);

/** Downloaded content for `/api/v1/sessions`. */
export const downloaded = fc
  .tuple(startWith(true), rest)
  .map(([start, [events, end]]): readonly [Body, ...Body[]] => [start, ...events, ...(end ? [end] : [])]);
