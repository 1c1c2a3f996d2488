/** The catalogue of metrics: what each row must have, and which numbers a session has. */

import { describe, expect, test } from "bun:test";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import { METRICS, type Metrics } from "../../src/sessions/metrics.ts";
import { STANDARD_STATES } from "../../src/sessions/reported.ts";
import { eventAfter, eventsOf } from "./table.ts";

const UNITS = ["count", "flag", "s", "ratio", "1/min", "bit/s", "fps"];
const SESSION = "0 sessionStart, 0 play, 5 pauseStart, 6 play";

function metricsOf(session: string): Metrics {
  return foldSession(eventsOf(session), { closed: true }).metrics;
}

/** A session of a minute with parameters of its own. */
function metricsWith(params: Record<string, string | number | boolean>): Metrics {
  const start = eventAfter(0, "sessionStart", { params });
  return foldSession([start, ...eventsOf("0 play, 30 ping, 60 sessionEnd")], { closed: true }).metrics;
}

describe("every metric", () => {
  test("has an id of its own", () => {
    const ids = METRICS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][a-zA-Z0-9]*$/.test(id))).toEqual([]);
  });

  test("has an id that no standard state's metric takes", () => {
    const taken = STANDARD_STATES.flatMap((name) =>
      ["Count", "StreamsImpacted", "TotalDuration"].map((suffix) => name + suffix),
    );
    expect(METRICS.filter(({ id }) => taken.includes(id))).toEqual([]);
  });

  test.each([...METRICS])(
    "$id has a unit, a definition in a sentence, and a formula",
    ({ unit, definition, formula }) => {
      expect(UNITS).toContain(unit);
      expect(definition).toMatch(/^\S.*[.]$/);
      expect(formula.trim()).not.toBe("");
    },
  );

  test("has a name of the reference's that no other has", () => {
    for (const key of ["contextData", "xdm"] as const) {
      const named = METRICS.map((metric) => metric[key]).filter((name) => name !== undefined);
      expect(named.length).toBeGreaterThan(20);
      expect(new Set(named).size).toBe(named.length);
    }
  });

  test("is in a session's numbers, as are the standard states, and nothing else", () => {
    const ids = METRICS.map(({ id }) => id);
    const states = STANDARD_STATES.flatMap((name) => [
      `${name}Count`,
      `${name}StreamsImpacted`,
      `${name}TotalDuration`,
    ]);
    expect(Object.keys(metricsOf(SESSION)).toSorted()).toEqual([...ids, ...states].toSorted());
  });

  test("that is a flag is 0 or 1", () => {
    const metrics = metricsOf(`${SESSION}, 7 error, 8 bufferStart, 9 pauseStart, 9 error =x, 10 bitrateChange`);
    for (const { id } of METRICS.filter(({ unit }) => unit === "flag"))
      expect([0, 1, null]).toContain(metrics[id] ?? null);
  });
});

describe("a custom state", () => {
  test.each(["ad", "chapter"])("called %s leaves the count of that name alone", (name) => {
    const metrics = metricsOf(
      `0 sessionStart, 1 stateStart =${name}, 2 stateEnd =${name}, 3 stateStart =${name}, 4 adBreakStart, 4 adStart`,
    );
    expect(metrics).toMatchObject({ adCount: 1, chapterCount: 0, [`${name}TotalDuration`]: 2 });
  });

  test("has its three numbers once it became active", () => {
    expect(metricsOf("0 sessionStart, 1 stateStart =x.y, 3 ping")).toMatchObject({
      "x.yCount": 1,
      "x.yStreamsImpacted": 1,
      "x.yTotalDuration": 2,
    });
    expect(Object.keys(metricsOf("0 sessionStart, 1 stateEnd =x.y"))).not.toContain("x.yCount");
  });

  test("called as a member of every object is one like others", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty"])
      expect(metricsOf(`0 sessionStart, 1 stateStart =${name}, 3 ping`)).toMatchObject({ [`${name}TotalDuration`]: 2 });
  });
});

describe("of the start's parameters", () => {
  test.each([
    [{ "media.length": 60 }, { averageMinuteAudience: 1, progress95: 1 }],
    [{ "media.length": 120 }, { averageMinuteAudience: 0.5, progress50: 1, progress75: 0 }],
    [{ "media.length": 0 }, { averageMinuteAudience: null, progress10: null }],
    [{ "media.length": -60 }, { averageMinuteAudience: null, progress95: null }],
    [{}, { averageMinuteAudience: null, progress50: null, authorized: 0, contentResumes: 0 }],
    [{ "media.pass.auth": "TRUE" }, { authorized: 1 }],
    [{ "media.pass.auth": "yes" }, { authorized: 0 }],
    [{ "media.pass.auth": "true " }, { authorized: 0 }],
    [{ "media.resume": true }, { contentResumes: 1 }],
    [{ "media.resume": false }, { contentResumes: 0 }],
  ])("%j gives %j", (params, expected: Record<string, number | null>) => {
    expect(metricsWith(params as Record<string, string | number | boolean>)).toMatchObject(expected);
  });
});

test("a session that is open has dropped nothing, unless its player ended it", () => {
  const dropsOf = (session: string, closed: boolean) =>
    foldSession(eventsOf(session), { closed }).metrics["dropsBeforeStart"];
  expect(dropsOf("0 sessionStart, 1 ping", false)).toBe(0);
  expect(dropsOf("0 sessionStart, 1 ping", true)).toBe(1);
  expect(dropsOf("0 sessionStart, 1 sessionEnd", false)).toBe(1);
  expect(dropsOf("0 sessionStart, 1 play", true)).toBe(0);
});

describe("a number at its limits", () => {
  const folded = (params: object, ...rest: PlayerEvent[]) => {
    const start = eventAfter(0, "sessionStart", { params: params as Record<string, number> });
    return foldSession([start, eventAfter(0, "play"), ...rest], { closed: true });
  };

  for (const [length, second, percent] of [
    [8.002, 4.001, 50],
    [4.054, 2.027, 50],
    [8.044, 6.033, 75],
  ] as const) {
    test(`progress${percent} of ${length} s is reached at exactly ${second} s`, () => {
      const ping = (playheadMs: number) => ({ ...eventAfter(9, "ping"), playheadMs });
      const at = (playheadMs: number) =>
        folded({ "media.length": length }, ping(playheadMs)).metrics[`progress${percent}`];
      expect([at(second * 1000 - 1), at(second * 1000)]).toEqual([0, 1]);
    });
  }

  test("stays finite, whatever length was sent", () => {
    const { metrics } = folded({ "media.length": 1e-310 }, eventAfter(10, "ping"));
    expect(metrics["averageMinuteAudience"]).toBeNull();
  });

  for (const bitrate of [1e308, -1]) {
    test(`takes a bitrate of ${bitrate} for no report`, () => {
      const reports = (value: number) => ({ qoeData: { "media.qoe.bitrate": value } });
      const { metrics } = folded(
        {},
        eventAfter(0, "ping", reports(10_000)),
        eventAfter(1, "ping", reports(bitrate)),
        eventAfter(9, "ping"),
      );
      expect(metrics["averageBitrate"]).toBe(10_000);
    });
  }

  test("a copy comes after its original, even if the original had to wait for what its own ts opens", () => {
    const tick = ["adComplete", "adComplete", "adBreakStart", "adStart"] as const;
    const { timeline } = folded({}, ...tick.map((type) => eventAfter(3, type)), eventAfter(9, "adBreakComplete"));
    expect(timeline.slice(2, -1).map(({ event, rule }) => `${event.type} ${rule}`)).toEqual([
      "adBreakStart in-place",
      "adStart in-place",
      "adComplete in-place",
      "adComplete exact-duplicate",
    ]);
  });
});
