/** Questions: what they may have, what they mean when they say nothing of it, and how they are refused. */

import { describe, expect, test } from "bun:test";
import { AGGREGATIONS, REPORT_METRICS } from "../../../src/reports/catalogue/metrics.ts";
import { parseFilters } from "../../../src/reports/query/filter.ts";
import { parseConcurrency, parseCurve, parseReport } from "../../../src/reports/query/parse.ts";
import { thrownBy } from "../../support/code-of.ts";

const NOW_MS = Date.parse("2026-05-30T18:00:00Z");
const parse = (more: object = {}) => parseReport({ metrics: "mediaStarts", ...more }, NOW_MS);

/** A question of one metric with other members; also one called `__proto__`, as JSON may have it. */
function withOwn(more: object): unknown {
  return JSON.parse(JSON.stringify({ metrics: "mediaStarts", ...more }).replace(/}$/, protoOf(more)));
}

function protoOf(more: object): string {
  return Object.hasOwn(more, "__proto__") ? ',"__proto__":{"limit":5}}' : "}";
}

describe("a question", () => {
  test("says by itself what it leaves out", () => {
    expect(parse()).toEqual({
      range: { fromMs: Date.parse("2026-05-01T00:00:00Z"), toMs: NOW_MS + 1 },
      zone: "UTC",
      filters: [],
      includeOpen: true,
      metrics: [{ column: "mediaStarts", id: "mediaStarts", aggregation: "sum" }],
      dimensions: [],
      sort: { column: "mediaStarts", descending: true },
      limit: 100,
    });
    expect(parse({ granularity: "day" })).toMatchObject({ sort: { column: "time", descending: false }, limit: 10_000 });
    expect(parse({ granularity: "day", dimension: "status" })).toMatchObject({ sort: { column: "time" }, limit: 100 });
  });

  test("has lists as texts, or as JSON with names as they are", () => {
    const columns = (metrics: unknown) => parse({ metrics }).metrics.map(({ column }) => column);
    expect(columns(" mediaStarts, contentTimeSpent:p95 ,,")).toEqual(["mediaStarts", "contentTimeSpent:p95"]);
    expect(columns(["mediaStarts", "contentTimeSpent:p95"])).toEqual(["mediaStarts", "contentTimeSpent:p95"]);
    expect(parse({ dimension: ["customMetadata.a, b"] }).dimensions).toEqual(["customMetadata.a, b"]);
    expect(parse({ dimension: "customMetadata.a, customMetadata.b" }).dimensions).toHaveLength(2);
    expect(thrownBy(() => columns(["mediaStarts,contentStarts"])).message).toStartWith("metrics[0] is no metric");
  });

  test("means by a metric's id alone the first of its aggregations", () => {
    for (const { id, aggregations } of REPORT_METRICS) {
      expect(parse({ metrics: id }).metrics[0]?.aggregation).toBe(aggregations[0]);
      for (const each of Object.keys(AGGREGATIONS)) {
        const ask = () => parse({ metrics: `${id}:${each}` });
        if ((aggregations as readonly string[]).includes(each)) expect(ask).not.toThrow();
        else expect(thrownBy(ask).message).toBe(`metrics[0] can be had as :${aggregations.join(", :")}`);
      }
    }
  });

  test("has each count as a metric or as a dimension, since a row has one column of a name", () => {
    const both = () => parse({ metrics: "mediaStarts,bufferEvents", dimension: "bufferEvents" });
    expect(thrownBy(both).message).toStartWith("bufferEvents is a metric and a dimension");
    expect(parse({ metrics: "bufferEvents:mean", dimension: "bufferEvents" }).dimensions).toEqual(["bufferEvents"]);
  });

  test("about content is one with a filter, whatever the content is called", () => {
    expect(parseCurve({ "media.id": "(not set),x", filter: "media.channel==web" }, NOW_MS).filters).toEqual([
      { name: "media.channel", operator: "==", values: ["web"] },
      { name: "media.id", operator: "==", values: ["(not set),x"] },
    ]);
  });

  test("about concurrency is of two days by the minute", () => {
    const both = () => parseConcurrency({ dimension: "media.name", granularity: "day" }, NOW_MS);
    expect(thrownBy(both).message).toBe("granularity and dimension are two questions: ask for one of them");
    expect(thrownBy(() => parseConcurrency({ dimension: "hourOfDay" }, NOW_MS)).message).toStartWith(
      "dimension hourOfDay",
    );
    expect(parseConcurrency({}, NOW_MS)).toMatchObject({
      granularity: "minute",
      range: { fromMs: Date.parse("2026-05-29T00:00:00Z"), toMs: NOW_MS + 1 },
    });
  });
});

describe("a question is refused", () => {
  const names = (count: number, of: (at: number) => string) => Array.from({ length: count }, (_, at) => of(at));
  const METADATA_301 = `customMetadata.${"x".repeat(286)}`;
  const known =
    /Known are mediaStarts, contentStarts, .*, and STATECount, .*:sum, :mean, :rate, :p50, :p90, :p95, :p99/;
  const cases: readonly (readonly [name: string, more: object, message: RegExp])[] = [
    ["without metrics", { metrics: undefined }, /^The query must have required properties metrics$/],
    ["with no metric", { metrics: [] }, known],
    ["with an empty text of metrics", { metrics: "" }, /^An empty list is no metric/],
    ["with an unknown metric", { metrics: "mediaStarts,mediaStart" }, /^metrics\[1\] is no metric/],
    ["with an unknown aggregation", { metrics: "mediaStarts:p42" }, /^metrics\[0\] can be had as :sum, :mean, :p50/],
    ["with more behind an aggregation", { metrics: "mediaStarts:sum:<b>" }, /^metrics\[0\] can be had as :sum/],
    ["with nothing behind a colon", { metrics: "mediaStarts:" }, /^metrics\[0\] can be had as :sum/],
    ["with SQL for a metric", { metrics: "'; drop table sessions; --" }, known],
    [
      "with a quote in a metric",
      { metrics: '"mediaStarts"' },
      /^metrics\[0\] is no metric; did you mean mediaStarts\?/,
    ],
    ["with a name of JavaScript's", { metrics: ["__proto__"] }, known],
    ["with another", { metrics: "constructor" }, known],
    ["with 51 metrics", { metrics: names(51, () => "mediaStarts") }, /^metrics must not have more than 50 items$/],
    [
      "with 51 in a text",
      { metrics: names(51, () => "adStarts").join() },
      /^at most 50 metrics can be asked for at once$/,
    ],
    ["with a metric of 301 characters", { metrics: ["x".repeat(301)] }, /^metrics\[0\] must not have more than 300/],
    ["with one in a text", { metrics: `adStarts,${"x".repeat(301)}` }, /^metrics\[1\] must not have more than 300/],
    ["with a dimension as long", { dimension: METADATA_301 }, /^dimension\[0\] must not have more than 300/],
    [
      "with a filter's name as long",
      { filter: `${METADATA_301}==a` },
      /^filter\[0\]\.name must not have more than 300/,
    ],
    ["with a number for metrics", { metrics: 5 }, /^metrics must be string or array$/],
    [
      "with an unknown dimension",
      { dimension: "media.nam" },
      /^dimension\[0\] is no dimension; did you mean media\.name\? GET \/admin\/api\/reports\/catalogue lists all$/,
    ],
    ["with a time for a dimension", { dimension: "timeToStart" }, /; did you mean timeToStart:bucket\?/],
    ["with one of a custom state", { dimension: "zoomTotalDuration" }, /; did you mean zoomTotalDuration:bucket\?/],
    ["with a misspelt one", { dimension: "timeToStrat:bucket" }, /; did you mean timeToStart:bucket\?/],
    ["with a misspelt count", { dimension: "errorEvent" }, /; did you mean errorEvents\?/],
    ["with a ratio for a dimension", { dimension: "rebufferingRatio" }, /, any count of a session, and any time of it/],
    ["filtered by a count's", { filter: "errorEvents:bucket==1" }, /^filter\[0\] is .*; did you mean errorEvents\?/],
    ["with SQL for a dimension", { dimension: 'media.name"; --' }, /^dimension\[0\] is no dimension/],
    ["with a dimension of JavaScript's", { dimension: "__proto__" }, /^dimension\[0\] is no dimension/],
    ["with metadata of no key", { dimension: "customMetadata." }, /^dimension\[0\] is no dimension/],
    ["with three dimensions", { dimension: ["a", "b", "c"] }, /^dimension must not have more than 2 items$/],
    ["with three in a text", { dimension: "status,sid,media.id" }, /^at most 2 dimensions can be asked for at once$/],
    ["by the decade", { granularity: "decade" }, /^granularity must be one of minute, hour, day, week, month, year$/],
    ["with a limit of 0", { limit: 0 }, /^limit must be >= 1$/],
    ["with a limit of -1", { limit: -1 }, /^limit must be >= 1$/],
    ["with a limit of 1.5", { limit: 1.5 }, /^limit must be integer$/],
    ["with a limit of 1e9", { limit: 1e9 }, /^limit must be <= 10000$/],
    ["with a text for a limit", { limit: "5" }, /^limit must be integer$/],
    [
      "sorted by what it has not",
      { sort: "contentStarts" },
      /^sort must be time, a dimension or a metric of this report/,
    ],
    ["sorted by time without periods", { sort: "time" }, /^sort must be/],
    ["sorted by an id for another column", { metrics: "adStarts:p95", sort: "adStarts" }, /^sort must be/],
    [
      "sorted by a change before",
      { metrics: "adStarts:change", compare: "previous", sort: "adStarts:change:previous" },
      /^sort must be/,
    ],
    ["sorted by nothing", { sort: "-" }, /^sort must be/],
    ["compared with next year", { compare: "next" }, /^compare must be one of previous, weekdays, year$/],
    ["with open sessions as they like", { open: "maybe" }, /^open must be one of include, exclude$/],
    [
      "in a zone that isn't",
      { timezone: "Mars/Olympus" },
      /^timezone must be an IANA time zone, such as Europe\/Berlin$/,
    ],
    ["in a zone with an offset", { timezone: "+02:00" }, /^timezone must be an IANA time zone/],
    [
      "from no number",
      { from: "NaN" },
      /^from must be an instant of the years 1900 to 9999: ISO 8601, a date, or milli/,
    ],
    ["from half a millisecond", { from: 1.5 }, /^from must be string or integer$/],
    ["from nothing", { from: "" }, /^from must be an instant/],
    ["from null", { from: null }, /^from must be string or integer$/],
    ["from a year that is too far", { from: -8_640_000_000_000_000 }, /^from must be an instant of the years/],
    ["to a year that is too far", { to: 8_640_000_000_000_000 }, /^to must be an instant of the years/],
    ["to the other end", { to: "-271821-04-20T00:00:00Z" }, /^to must be an instant of the years/],
    ["from the end to the beginning", { from: "2026-05-02", to: "2026-05-01" }, /^from must be before to$/],
    ["from a moment to itself", { from: 5, to: 5 }, /^from must be before to$/],
    ["from the future", { from: "2027-01-01" }, /^from must be before to$/],
    ["over 50 years", { from: "1976-01-01" }, /^the range from from to to must be at most 10 years$/],
    ["with 21 filters", { filter: names(21, () => "status==open") }, /^filter must not have more than 20 items$/],
    ["with a number for a filter", { filter: 5 }, /^filter must be string or object or array$/],
    ["with a list in a list", { filter: ["status==open", ["status==open"]] }, /^filter\[1\] must be string or object$/],
    [
      "with a filter without a value",
      { filter: { name: "status", operator: "==" } },
      /^filter\[0\] must have either value or values$/,
    ],
    [
      "with a filter with both",
      { filter: [{ name: "status", operator: "==", value: "open", values: ["open"] }] },
      /^filter\[0\] must have either value or values$/,
    ],
    [
      "with a filter of another form",
      { filter: { name: "status", operator: "==", value: "open", not: true } },
      /^filter takes name, operator, and value or values, nothing else$/,
    ],
    [
      "with an operator that isn't",
      { filter: [{ name: "status", operator: "~~", value: "open" }] },
      /^filter\[0\].operator must be one of ==, !=, =~, >, <, in$/,
    ],
    [
      "with an object for a value",
      { filter: { name: "status", operator: "==", value: { toString: 1 } } },
      /^filter.value must be string or number or boolean or null$/,
    ],
    [
      "with 1001 values",
      { filter: { name: "status", operator: "in", values: names(1001, String) } },
      /^filter.values must not have more than 1000 items$/,
    ],
    [
      "with more than there is",
      { nonsense: 1 },
      /^A report takes metrics, dimension, granularity, .*, compare, nothing else$/,
    ],
    ["with a key of JavaScript's", JSON.parse('{"__proto__": {"limit": 5}}'), /^A report takes metrics/],
    ["with its constructor", { constructor: 1 }, /^A report takes metrics/],
  ];
  for (const [name, more, message] of cases) {
    test(name, () => {
      const { code, message: said } = thrownBy(() => parseReport(withOwn(more), NOW_MS));
      expect([code, said]).toEqual(["invalid-query", expect.stringMatching(message)]);
      expect(said).not.toMatch(/drop table|<b>|nonsense|Mars|NaN|mediaStart,|42|x{20}/);
    });
  }

  for (const body of [null, [], "metrics=mediaStarts", 5, true]) {
    test(`when it is ${JSON.stringify(body)}`, () => {
      expect(thrownBy(() => parseReport(body, NOW_MS)).message).toBe("The query must be object");
    });
  }

  test("when a list of sessions has too many filters", () => {
    expect(thrownBy(() => parseFilters(names(21, () => "status==open"))).message).toBe(
      "at most 20 filters can be asked for at once",
    );
  });
});
