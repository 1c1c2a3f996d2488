/** What became of events, over many sessions: by rule and by flag, as the sessions themselves show it. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFINITIONS_VERSION } from "../../src/sessions/definitions.ts";
import { LEDGER_FLAGS_MAX } from "../../src/store/tallied-ledger.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, LIST, playAll, REPORTS, refusalOf, rowsOf, type Viewing } from "../support/viewings.ts";

const CLOCKS: Viewing = {
  params: { "media.playerName": "clocks" },
  moments: ["0 play, 1 adStart, 1 adStart, 2 adComplete, 3 ping, 4 sessionEnd, 2.5 ping"],
};
const KEYS: Viewing = {
  params: { "media.playerName": "keys", "media.foo": 1 },
  moments: [
    ["0 play", { params: { "media.bar": "x" } }],
    ["2 ping", { params: { "media.bar": "x" } }],
    "3 chapterComplete",
  ],
};
/** Mended: minutes pass without an event. */
const UNENDED: Viewing = {
  params: { "media.playerName": "unended" },
  moments: ["0 play, 5 adBreakStart, 5 adStart, 8 ping, 20 ping, 200 ping, 400 sessionEnd"],
};
const HEALTHY: Viewing = { params: { "media.playerName": "fine" }, moments: ["0 play, 10 ping, 20 sessionEnd"] };
const LONG: Viewing = {
  params: { "media.playerName": "long" },
  moments: [
    `0 play, ${Array.from({ length: 2100 }, (_, at) => `${at + 1} ping`).join(", ")}, 2200 adSkip, 2201 sessionEnd`,
  ],
};

let server: TestServer;
let sids: string[];
beforeAll(async () => {
  server = await startTestServer();
  sids = await playAll(server, [CLOCKS, CLOCKS, KEYS, HEALTHY, LONG, UNENDED]);
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

interface ToldEvent {
  readonly rule: string;
  readonly verdict: string;
  readonly flags: readonly string[];
}

/** Every event of every session, as the admin API shows it. */
async function toldEvents(): Promise<ToldEvent[][]> {
  return Promise.all(
    sids.map(async (sid) => {
      const told: ToldEvent[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page = await server.admin(`${LIST}/${sid}/events${cursor && `?cursor=${cursor}`}`);
        told.push(...page.events);
        cursor = page.nextCursor;
      }
      return told;
    }),
  );
}

/** Sessions, events and ignored events by what an event has. */
function countBy(sessions: readonly ToldEvent[][], namesOf: (event: ToldEvent) => readonly string[]) {
  const names = new Set(sessions.flat().flatMap(namesOf));
  const rows = [...names].map((name): [string, number, number, number] => {
    const has = (event: ToldEvent) => namesOf(event).includes(name);
    const events = sessions.flat().filter(has);
    const ignored = events.filter(({ verdict }) => verdict === "ignored").length;
    return [name, sessions.filter((each) => each.some(has)).length, events.length, ignored];
  });
  return rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

describe("a report by rule", () => {
  test("has each session under every rule that decided one of its events, and those events alone", async () => {
    const expected = countBy(await toldEvents(), ({ rule }) => [rule]);
    expect(expected.map(([rule]) => rule)).toContain("ad-outside-break");
    const members = { metrics: "mediaStarts,events,ignoredEvents", dimension: "rule", sort: "rule" };
    expect<unknown>(await rowsOf(server, members)).toEqual(expected);
  });

  test("tells which app is broken, with as many sessions as the list of them has", async () => {
    const filter = ["rule==ad-outside-break"];
    const rows = await rowsOf(server, { metrics: "mediaStarts,ignoredEvents", dimension: "media.playerName", filter });
    expect(rows).toEqual([["clocks", 2, 2]]);
    const { sessions } = await ask(server, LIST, { filter });
    expect(sessions.map(({ sid }: { sid: string }) => sid).toSorted()).toEqual(sids.slice(0, 2).toSorted());
  });
});

describe("a report by flag", () => {
  test("has each session under every flag of its events, and those events alone", async () => {
    const expected = countBy(await toldEvents(), ({ flags }) => flags).map(([flag, starts, events]) => [
      flag,
      starts,
      events,
    ]);
    expect(expected.map(([flag]) => flag)).toContain("unknown-parameter:media.foo");
    expect(expected.map(([flag]) => flag)).toContain("mended:gap-unobserved");
    const members = { metrics: "mediaStarts,flaggedEvents", dimension: "flag", sort: "flag" };
    expect<unknown>(await rowsOf(server, members)).toEqual(expected);
  });

  test("does not go together with rules", async () => {
    const [status, message] = await refusalOf(get(server, REPORTS, { metrics: "events", dimension: "rule,flag" }));
    expect([status, message]).toEqual([400, "Dimensions and filters of rules and flags can't be in one report"]);
  });

  test("knows so many flags of a session, and counts the events of all", async () => {
    await using own = await startTestServer();
    const params = Object.fromEntries(Array.from({ length: 3 * LEDGER_FLAGS_MAX }, (_, at) => [`media.own${at}`, 1]));
    await playAll(own, [{ params, moments: [["0 play", { params: { "media.other": 1 } }], "1 sessionEnd"] }]);
    const { rows } = await ask(own, REPORTS, { metrics: "events", dimension: "flag", limit: 1000 });
    expect(rows).toHaveLength(LEDGER_FLAGS_MAX);
    const { totals } = await ask(own, REPORTS, { metrics: "events,ignoredEvents,flaggedEvents" });
    expect(totals).toEqual({ events: 3, ignoredEvents: 0, flaggedEvents: 2 });
  });
});

describe("what became of all events", () => {
  test("is counted without a dimension, in open sessions too", async () => {
    const told = (await toldEvents()).flat();
    const { totals, sessions } = await ask(server, REPORTS, { metrics: "events,ignoredEvents,flaggedEvents" });
    expect(sessions.open).toBe(1);
    expect(totals).toEqual({
      events: told.length,
      ignoredEvents: told.filter(({ verdict }) => verdict === "ignored").length,
      flaggedEvents: told.filter(({ flags }) => flags.length > 0).length,
    });
  });
});

describe("the definitions", () => {
  test("are a dimension, and stand in an answer by every version that it mixes", async () => {
    const { rows, definitions } = await ask(server, REPORTS, { metrics: "mediaStarts", dimension: "definitions" });
    expect(rows).toEqual([{ definitions: DEFINITIONS_VERSION, mediaStarts: sids.length }]);
    expect(definitions).toEqual([DEFINITIONS_VERSION]);
    const none = await ask(server, REPORTS, { metrics: "mediaStarts", to: "2020-01-01", from: "2019-01-01" });
    expect(none.definitions).toEqual([]);
  });
});
