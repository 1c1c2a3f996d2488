/** Two forms of one catalogue: the schema that is served, and the reader that takes an event in one pass. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import Schema from "typebox/schema";
import { CATALOGUE, findEntry, QOE_PARAMETERS } from "../../src/protocol/catalogue.ts";
import { schemaOf } from "../../src/protocol/collection/envelope.ts";
import { createEventReaders } from "../../src/protocol/collection/event-reader.ts";
import type { CatalogueEntry } from "../../src/protocol/events.ts";
import { isObject, type Json } from "../../src/protocol/json.ts";
import { VALIDATION_MODES, type ValidationMode } from "../../src/protocol/mode.ts";
import { PROBLEMS_MAX, problem, problemsOf, type SchemaError } from "../../src/protocol/problem.ts";
import { eventOf, liveStart, running, sessionEnd } from "./bodies.ts";
import { canonical } from "./canonical.ts";
import { mutated } from "./mutations.ts";

const RUNS = 600;
const event = fc.oneof(liveStart, { weight: 3, arbitrary: running }, sessionEnd);

/** One of each kind, and what JSON's `1e999` is read as. */
const VALUES = [null, "", "a b", 0, -1.5, Infinity, true, [], ["a"], [{}], {}, { a: 1 }, { a: {} }, { a: { id: 1 } }];

interface Validator {
  Errors(value: unknown): [boolean, SchemaError[]];
}

/** Tells the pointers of what an event's schema refuses. */
function schemaIn(mode: ValidationMode): (body: Json, entry: CatalogueEntry) => string[] {
  const validators = new Map<CatalogueEntry, Validator>();
  return (body, entry) => {
    const validator = validators.get(entry) ?? (Schema.Compile(schemaOf(entry, mode)) as unknown as Validator);
    validators.set(entry, validator);
    return problemsOf(validator.Errors(body)[1], entry, body).map(({ pointer }) => pointer);
  };
}

/** A reader names one member, the schema all, or what is wrong within that member. */
function includes(pointers: readonly string[], named: string): boolean {
  const { pointer } = problem(named, "", "");
  return (
    pointers.length === PROBLEMS_MAX || pointers.some((each) => each === pointer || each.startsWith(`${pointer}/`))
  );
}

test("a text where another event has a list of states is kept like any misplaced key", () => {
  const body = { eventType: "ping", playerTime: { playhead: 1, ts: 1 }, params: { statesStart: "mute" } };
  expect(createEventReaders("standard")(findEntry("ping") as CatalogueEntry).read(body)).toMatchObject({
    params: { statesStart: "mute" },
    flags: ["misplaced-parameter:statesStart"],
  });
});

for (const mode of VALIDATION_MODES) {
  const readerOf = createEventReaders(mode);
  const refusedBy = schemaIn(mode);

  /** @returns whether an event is taken @throws Error where the two forms disagree */
  function isTaken(body: Json, entry: CatalogueEntry): boolean {
    const sent = canonical(body);
    const read = readerOf(entry).read(body);
    // Problems are told of a body as it was sent.
    expect(canonical(body)).toBe(sent);
    const refused = refusedBy(body, entry);
    if (typeof read === "string") expect(refused).toSatisfy((pointers: string[]) => includes(pointers, read));
    else expect(refused).toEqual([]);
    return typeof read !== "string";
  }

  describe(`in ${mode}, schema and reader`, () => {
    test("take what is well-formed", () => {
      const property = fc.property(event, (body) => isTaken({ ...body }, findEntry(body.eventType) as CatalogueEntry));
      fc.assert(property, { numRuns: RUNS / 5 });
    });

    test("agree on each value under each key", () => {
      for (const entry of CATALOGUE) {
        const [body] = fc.sample(eventOf(entry), { numRuns: 1, seed: 1 });
        for (const [member, rows] of [["params", entry.params] as const, ["qoeData", QOE_PARAMETERS] as const]) {
          for (const { key } of rows) {
            const { [key]: _, ...others } = body?.[member] ?? {};
            for (const value of VALUES) isTaken({ ...body, [member]: { ...others, [key]: value } }, entry);
            isTaken({ ...body, [member]: others }, entry);
          }
        }
      }
    });

    test("refuse the same member of what is spoilt", () => {
      const outcomes = { taken: 0, refused: 0 };
      const property = fc.property(mutated(event), (text) => {
        const body: unknown = JSON.parse(text);
        const entry =
          isObject(body) && typeof body["eventType"] === "string" ? findEntry(body["eventType"]) : undefined;
        if (isObject(body) && entry) outcomes[isTaken(body, entry) ? "taken" : "refused"] += 1;
      });
      fc.assert(property, { numRuns: RUNS });
      // Both ways are gone, or the property says nothing.
      expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(RUNS / 100);
    });
  });
}
