/** What a client would rather have, by the weights of its headers. */

import { describe, expect, test } from "bun:test";
import { preferred, takes } from "../../src/http/answer/preference.ts";

const JSON_TYPE = "application/json";
const CSV_TYPE = "text/csv";

describe("of JSON and CSV", () => {
  const cases: readonly (readonly [accept: string | null, chosen: typeof JSON_TYPE | typeof CSV_TYPE])[] = [
    [null, JSON_TYPE],
    ["", JSON_TYPE],
    ["*/*", JSON_TYPE],
    ["text/csv", CSV_TYPE],
    ["TEXT/CSV; charset=utf-8; header=present", CSV_TYPE],
    ["text/csv, */*;q=0.1", CSV_TYPE],
    ["text/csv, */*", CSV_TYPE],
    ["application/json;q=0.9, text/csv", CSV_TYPE],
    ["application/json, text/csv;q=0.9", JSON_TYPE],
    ["text/csv;q=0.9, application/json", JSON_TYPE],
    ["text/csv ; Q = 0.2 , application/json;q=.1", CSV_TYPE],
    ["application/json, text/csv", JSON_TYPE],
    ["text/csv, application/json", CSV_TYPE],
    ["text/*, application/json;q=0.5", CSV_TYPE],
    ["text/csv;q=0, */*", JSON_TYPE],
    ["text/csv;q=0", JSON_TYPE],
    ["text/csv;q=0.000, image/png", JSON_TYPE],
    ["text/csv;q=0.1, text/*, application/json;q=0.5", JSON_TYPE],
    ["application/json;q=0, */*", CSV_TYPE],
    ["text/html, application/xhtml+xml, */*;q=0.8", JSON_TYPE],
    ["image/png", JSON_TYPE],
    ["text/csvx", JSON_TYPE],
    ["text/csv;q=soon", CSV_TYPE],
  ];
  for (const [accept, chosen] of cases) {
    test(`${JSON.stringify(accept)} prefers ${chosen}`, () => {
      expect(preferred(accept, [JSON_TYPE, CSV_TYPE])).toBe(chosen);
    });
  }
});

test("a coding is taken where its own weight, or that of all, is above 0", () => {
  const taken = ["gzip", "br, gzip;q=0.001", "*", "GZIP;q=1.0", "gzip, *;q=0"];
  const refused = [null, "", "br", "gzip;q=0", "gzip;q=0.000, *", "*;q=0", "gzipped"];
  expect(taken.filter((each) => !takes(each, "gzip"))).toEqual([]);
  expect(refused.filter((each) => takes(each, "gzip"))).toEqual([]);
});
