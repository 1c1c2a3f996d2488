/** Filters as texts and as JSON: names are looked up, values get the type of what they are compared with. */

import { describe, expect, test } from "bun:test";
import type { Operator } from "../../../src/reports/catalogue/operators.ts";
import { checkFilter, parseFilterText } from "../../../src/reports/query/filter.ts";
import { thrownBy } from "../../support/code-of.ts";

const read = (text: string) => {
  const { name, operator, values } = parseFilterText(text, "filter[0]");
  return [name, operator, ...values];
};

describe("a filter as a text", () => {
  const cases: readonly (readonly [text: string, ...read: unknown[]])[] = [
    ["media.name==Dune", "media.name", "==", "Dune"],
    ["  media.name  ==  Dune: Part 2  ", "media.name", "==", "Dune: Part 2"],
    ["media.name==a==b", "media.name", "==", "a==b"],
    ["media.name==", "media.name", "==", ""],
    ["media.name!=(not set)", "media.name", "!=", null],
    ["media.name=~(x|y)", "media.name", "=~", "(x|y)"],
    ["media.name in a, b ,c", "media.name", "in", "a", "b", "c"],
    ["media.name\tin\ta", "media.name", "in", "a"],
    ['media.name in ["a,b", 5, true, null]', "media.name", "in", "a,b", "5", "true", null],
    ["media.length>60", "media.length", ">", 60],
    ["media.length < -1.5e3", "media.length", "<", -1500],
    ["media.season>9", "media.season", ">", 9],
    ["media.resume==true", "media.resume", "==", true],
    ["media.resume in true,(not set)", "media.resume", "in", true, null],
    ["contentTimeSpent>0.5", "contentTimeSpent", ">", 0.5],
    ["boomCount==1", "boomCount", "==", 1],
    ["timeToStart:bucket in 0.5,(not set)", "timeToStart:bucket", "in", 0.5, null],
    ["timeToStart:bucket>3", "timeToStart:bucket", ">", 3],
    ["customMetadata.plan==5", "customMetadata.plan", "==", "5"],
    ["contentSegment==[0-5]", "contentSegment", "==", "[0-5]"],
  ];
  for (const [text, ...expected] of cases) {
    test(`${JSON.stringify(text)} is read`, () => {
      expect<unknown>(read(text)).toEqual(expected);
    });
  }

  const refused: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /must be NAME OPERATOR VALUE with one of == != =~ > < in$/],
    ["media.name", /must be NAME OPERATOR VALUE/],
    ["media.name=x", /must be NAME OPERATOR VALUE/],
    ["==x", /must be NAME OPERATOR VALUE/],
    ["my film==x", /must be NAME OPERATOR VALUE/],
    [
      "media.nam==x",
      /is no dimension or metric; did you mean media\.name\? GET \/admin\/api\/reports\/catalogue lists all$/,
    ],
    ["contentTimeSpnt>5", /is no dimension or metric; did you mean contentTimeSpent\? GET /],
    ["customMetadata.==x", /is no dimension/],
    ["toString==x", /is no dimension/],
    ["media.length==long", /must be compared with a number$/],
    ["media.length==", /must be compared with a number$/],
    ["media.length>0x10", /must be compared with a number$/],
    ["media.length >= 5", /has >=, but the operators are == != =~ > < in$/],
    ["media.length>Infinity", /must be compared with a number$/],
    ["media.length>(not set)", /must have a value to compare with; \(not set\) goes with == != in$/],
    ["media.name=~(not set)", /must have a value to compare with/],
    ["media.length=~6", /compares no text; =~ looks for a part of one$/],
    ["contentTimeSpent=~6", /compares no text/],
    ["timeToStart:bucket=~6", /compares no text/],
    ["timeToStart:bucket==3", /must name buckets by where they begin, 0 0\.1 .* 86400; timeToStart>… takes any time$/],
    ["rebufferingRatio:bucket==0", /is no dimension or metric; did you mean rebufferingRatio\?/],
    ["media.resume==yes", /must be compared with true or false$/],
    ['media.name in ["a"', /must be in a,b or in \["a","b"\]$/],
    ["media.name in [[1]]", /must be in a,b or in/],
    [`media.name in ${"x,".repeat(1000)}x`, /takes 1 to 1000 values$/],
    [`media.name==${"x".repeat(1025)}`, /has a value of more than 1024 characters$/],
  ];
  for (const [text, message] of refused) {
    test(`${JSON.stringify(text).slice(0, 40)} is refused, and not repeated`, () => {
      const { code, message: said } = thrownBy(() => parseFilterText(text, "filter[0]"));
      expect([code, said]).toEqual(["invalid-query", expect.stringMatching(message)]);
      expect(said).toStartWith("filter[0] ");
      expect(said.replace(/Known are .*/, "")).not.toMatch(/long|0x10|Infinity|toString|my film|xx/);
    });
  }

  test("is read in time that grows with its length, whatever it is", () => {
    for (const piece of [" ", "a", "=", " in", "a ", "[", "(not set)"]) {
      const startMs = performance.now();
      try {
        parseFilterText(piece.repeat(100_000), "filter[0]");
      } catch {
        // Whether it is refused is not what is asked here.
      }
      expect(performance.now() - startMs).toBeLessThan(1000);
    }
  });
});

describe("a filter as JSON", () => {
  const check = (operator: Operator, ...values: unknown[]) =>
    checkFilter({ name: "media.name", operator, values }, "filter[0]").values;

  test("has its values as they are", () => {
    expect(check("==", " a,b ")).toEqual([" a,b "]);
    expect(check("in", "a", 5, false, null)).toEqual(["a", "5", "false", null]);
  });

  test("has one value, and only with in more", () => {
    expect(thrownBy(() => check("==", "a", "b")).message).toBe("filter[0] takes one value with ==");
    expect(thrownBy(() => check("in")).message).toBe("filter[0] takes 1 to 1000 values");
  });
});
