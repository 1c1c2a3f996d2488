/** A session's events in pages: in folded order, behind a cursor that late events don't move. */

import { describe, expect, test } from "bun:test";
import { eventAt, sessionStart, sidOf, startTestServer, type TestServer } from "../support/server.ts";

const PINGS = 2500;

/** Downloaded content is closed as it arrives. */
async function longSession(server: TestServer): Promise<string> {
  const events = Array.from({ length: PINGS }, (_, at) => eventAt(at + 1, at === 0 ? "play" : "ping"));
  return sidOf(await server.post("/api/v1/downloaded", [sessionStart(), ...events.toReversed()]));
}

describe("a session's events", () => {
  test("are the first thousand in its answer, and the others behind its cursor", async () => {
    await using server = await startTestServer();
    const sid = await longSession(server);
    await server.app.work();
    const path = `/admin/api/sessions/${sid}`;
    const first = await server.admin(path);
    expect([first.events.length, first.eventsTotal]).toEqual([1000, PINGS + 1]);
    expect(first.metrics.contentTimeSpent).toBe(PINGS - 1);
    const all = [...first.events];
    for (let cursor = first.nextCursor; cursor !== null; ) {
      const page = await server.admin(`${path}/events?limit=700&cursor=${cursor}`);
      expect(page.eventsTotal).toBe(PINGS + 1);
      all.push(...page.events);
      cursor = page.nextCursor;
    }
    expect(all.map(({ ts }) => ts)).toEqual(all.map(({ ts }) => ts).toSorted((a, b) => a - b));
    expect(all.length).toBe(PINGS + 1);
    expect((await server.admin(`${path}/events?limit=3`)).events).toEqual(all.slice(0, 3));
  });

  test("are fewer on a page where they are large", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const customMetadata = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`key${at}`, "x".repeat(8000)]));
    for (let at = 1; at <= 25; at += 1) await server.add(sid, eventAt(at, "ping", { customMetadata }));
    const { events, eventsTotal, nextCursor } = await server.admin(`/admin/api/sessions/${sid}`);
    expect([events.length < 25, eventsTotal]).toEqual([true, 26]);
    const rest = await server.admin(`/admin/api/sessions/${sid}/events?cursor=${nextCursor}`);
    expect(events.length + rest.events.length).toBe(26);
  });

  test("are refused behind what is no cursor of theirs, and without a session", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const other = await server.open();
    await server.add(other, eventAt(1, "play"));
    const refused = { code: "invalid-query", message: "cursor must be the nextCursor of an earlier page" };
    const of = (cursor: string) => server.admin(`/admin/api/sessions/${sid}/events?cursor=${cursor}`);
    expect(await of("x")).toEqual(refused);
    expect(await of(Buffer.from("1").toString("base64url"))).toEqual(refused);
    expect(await server.admin(`/admin/api/sessions/${"0".repeat(64)}/events`)).toMatchObject({
      message: "No session has this id",
    });
  });
});

test("a session's rows are cut at a thousand of a kind, and the answer says how many there were", async () => {
  await using server = await startTestServer();
  const errors = Array.from({ length: 1200 }, (_, at) =>
    eventAt(at + 1, "error", { qoeData: { "media.qoe.errorID": `e${at}`, "media.qoe.errorSource": "player" } }),
  );
  const sid = sidOf(await server.post("/api/v1/downloaded", [sessionStart(), ...errors]));
  await server.app.work();
  const answer = await server.admin(`/admin/api/sessions/${sid}`);
  expect(answer.errors).toHaveLength(1000);
  expect(answer.rowsTotal).toEqual({ ads: 0, adBreaks: 0, chapters: 0, errors: 1200 });
  expect(answer.metrics.errorEvents).toBe(1200);
});
