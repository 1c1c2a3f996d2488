/** The list of sessions with filters: the same filters as reports, page by page. */

import { describe, expect, test } from "bun:test";
import { startTestServer } from "../support/server.ts";
import { ask, get, LIST, type Members, pagesOf, playAll, refusalOf, type Viewing } from "../support/viewings.ts";

/** Thirty sessions, a second apart but for each third: every other one of the web, every fifth one with an error. */
const VIEWINGS: readonly Viewing[] = Array.from({ length: 30 }, (_, at) => ({
  at: new Date(Date.parse("2026-05-01T12:00:00Z") + Math.floor(at / 3) * 3000).toISOString(),
  params: { "media.channel": at % 2 === 0 ? "web" : "tv" },
  moments: [
    at % 5 === 0 ? `0 play, 1 error =E1, 2 adBreakStart, 2 adStart =a${at}` : "0 play",
    ...(at < 24 ? ["9 sessionEnd"] : []),
  ],
}));

describe("GET /admin/api/sessions with filters", () => {
  test("pages through every session that passes, newest first, each once", async () => {
    await using server = await startTestServer();
    const sids = await playAll(server, VIEWINGS);
    const passing = (test: (at: number) => boolean) => sids.filter((_, at) => test(at)).toReversed();
    const cases: readonly (readonly [members: Members, expected: string[]])[] = [
      [{ filter: "media.channel==web" }, passing((at) => at % 2 === 0)],
      [{ filter: ["media.channel==web", "errorEvents>0"] }, passing((at) => at % 10 === 0)],
      [{ filter: "media.qoe.errorID==E1" }, passing((at) => at % 5 === 0)],
      [{ filter: "media.ad.id in a5,a10" }, passing((at) => at === 5 || at === 10)],
      [{ filter: "media.channel==web", status: "open" }, passing((at) => at % 2 === 0 && at >= 24)],
      [{ filter: "media.channel==web", status: "closed" }, passing((at) => at % 2 === 0 && at < 24)],
      [{ filter: "status==open" }, passing((at) => at >= 24)],
      [{ filter: "media.channel==radio" }, []],
      [
        { filter: "media.channel==tv", from: "2026-05-01T12:00:03Z", to: "2026-05-01T12:00:09Z" },
        passing((at) => at % 2 === 1 && at >= 3 && at < 9),
      ],
    ];
    for (const [members, expected] of cases) {
      for (const limit of [1, 4, 500]) {
        const pages = await pagesOf(server, { ...members, limit });
        expect([members, pages.flat()]).toEqual([members, expected]);
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
    }
  });

  test("shows a session's numbers as they are now, also one that has closed since", async () => {
    await using server = await startTestServer();
    const [sid = ""] = await playAll(server, [{ moments: ["0 play, 10 ping"] }]);
    const found = async (filter: string) => (await ask(server, LIST, { filter })).sessions;
    expect(await found("contentTimeSpent==10")).toMatchObject([{ sid, status: "open" }]);
    await server.add(sid, { eventType: "sessionEnd", playerTime: { playhead: 30, ts: 1_700_000_030_000 } });
    await server.app.work();
    expect(await found("contentTimeSpent==10")).toEqual([]);
    expect(await found("contentTimeSpent==30")).toMatchObject([
      { sid, status: "closed", metrics: { contentTimeSpent: 30 } },
    ]);
  });

  test("takes the cursor of another question for a place in time, and no more", async () => {
    await using server = await startTestServer();
    await playAll(server, VIEWINGS);
    const { nextCursor } = await ask(server, LIST, { filter: "media.channel==web", limit: 3 });
    const { sessions } = await ask(server, LIST, { filter: "media.channel==tv", cursor: nextCursor, limit: 500 });
    const all = await ask(server, LIST, { filter: "media.channel==tv", limit: 500 });
    expect(all.sessions.slice(-sessions.length)).toEqual(sessions);
    expect([all.sessions.length, sessions.length]).toEqual([15, 12]);
  });

  const refused: readonly (readonly [filter: string | string[], message: RegExp])[] = [
    ["media.colour==red", /^filter\[0\] is no dimension or metric\. Known are status, sid, /],
    ["constructor==1", /^filter\[0\] is no dimension/],
    ["__proto__==1", /^filter\[0\] is no dimension/],
    ["media.channel", /^filter\[0\] must be NAME OPERATOR VALUE/],
    [["media.channel==web", "boomCount>1"], /^filter\[1\] is no dimension or metric/],
    [Array(21).fill("media.channel==web"), /^at most 20 filters/],
    [["media.ad.id==a1", "media.chapter.friendlyName==x"], /can't be in one report$/],
  ];
  for (const [filter, message] of refused) {
    test(`refuses ${JSON.stringify(filter).slice(0, 60)}`, async () => {
      await using server = await startTestServer();
      expect(await refusalOf(get(server, LIST, { filter }))).toEqual([400, expect.stringMatching(message)]);
    });
  }
});
