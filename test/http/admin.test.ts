/** The admin API: who may read, and what the list of sessions and one session show. */

import { describe, expect, test } from "bun:test";
import { MINUTE_MS } from "../../src/base/units.ts";
import {
  ADMIN_HEADERS,
  ADMIN_TOKEN,
  eventAt,
  sessionStart,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

const LIST = "/admin/api/sessions";

describe("the admin token", () => {
  const refused: readonly (readonly [string, Record<string, string>])[] = [
    ["no token", {}],
    ["a wrong token", { Authorization: "Bearer wrong" }],
    ["a token that is too long", { Authorization: `Bearer ${ADMIN_TOKEN}x` }],
    ["another scheme", { Authorization: `Basic ${ADMIN_TOKEN}` }],
    ["the token without a scheme", { Authorization: ADMIN_TOKEN }],
  ];
  for (const [name, headers] of refused) {
    test(`is needed: ${name} is 401`, async () => {
      await using server = await startTestServer();
      for (const path of [LIST, `${LIST}/${"0".repeat(64)}`]) {
        const response = await fetch(server.url + path, { headers });
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe('Bearer realm="playhead"');
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
        expect(response.headers.get("cache-control")).toBe("no-store");
        expect(await response.json()).toEqual({
          code: "unauthorized",
          message: "This path needs a token: Authorization: Bearer TOKEN, or Playhead-Token: TOKEN",
        });
      }
    });
  }

  test("opens the list, which no other origin and no cache may keep", async () => {
    await using server = await startTestServer();
    const response = await fetch(server.url + LIST, {
      headers: { Authorization: `bearer ${ADMIN_TOKEN}`, Origin: "https://x" },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

/** Every sid of the list, page by page. */
async function listAll(server: TestServer, query: string): Promise<string[]> {
  const listed: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await server.admin(`${LIST}?${query}${cursor === null ? "" : `&cursor=${cursor}`}`);
    listed.push(...page.sessions.map(({ sid }: { sid: string }) => sid));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return listed;
}

describe("GET /admin/api/sessions", () => {
  test("is empty at first", async () => {
    await using server = await startTestServer();
    expect(await server.admin(LIST)).toEqual({ sessions: [], nextCursor: null });
  });

  test("pages through every session once, newest first, also among equal times", async () => {
    await using server = await startTestServer();
    const opened: string[] = [];
    for (let count = 0; count < 25; count += 1) {
      opened.push(await server.open());
      if (count % 5 === 4) server.clock.pass(1000);
    }
    expect(await listAll(server, "limit=4")).toEqual(opened.toReversed());
  });

  for (const status of ["open", "closed"] as const) {
    test(`pages through ${status} sessions alone`, async () => {
      await using server = await startTestServer();
      const sids: Record<"open" | "closed", string[]> = { open: [], closed: [] };
      for (let count = 0; count < 12; count += 1) {
        const sid = await server.open();
        server.clock.pass(10);
        const closes = count % 3 === 0;
        if (closes) await server.add(sid, eventAt(1, "sessionEnd"));
        sids[closes ? "closed" : "open"].push(sid);
      }
      expect(await listAll(server, `status=${status}&limit=3`)).toEqual(sids[status].toReversed());
    });
  }

  test("keeps to a range of starts, from inclusive, to exclusive, in either notation", async () => {
    await using server = await startTestServer();
    const startedAt: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      startedAt.push(server.clock.nowMs());
      await server.open();
      server.clock.pass(MINUTE_MS);
    }
    const [, second = 0, , fourth = 0] = startedAt;
    for (const status of ["", "&status=open"]) {
      const page = await server.admin(`${LIST}?from=${second}&to=${new Date(fourth).toISOString()}${status}`);
      expect(page.sessions.map((session: { startedAt: number }) => session.startedAt)).toEqual(
        startedAt.slice(1, 3).toReversed(),
      );
    }
  });

  test("takes a time without an offset in the time zone that is named", async () => {
    await using server = await startTestServer();
    await server.open();
    const local = new Date(server.clock.nowMs() + 9 * 60 * MINUTE_MS).toISOString().slice(0, 16);
    const countFrom = async (zone: string) => (await server.admin(`${LIST}?from=${local}${zone}`)).sessions.length;
    expect([await countFrom("&timezone=Asia/Tokyo"), await countFrom("&timezone=UTC"), await countFrom("")]).toEqual([
      1, 0, 0,
    ]);
  });

  const refused = [
    "timezone=Mars/Olympus",
    "limit=0",
    "limit=501",
    "limit=x",
    "limit=1e9",
    "status=gone",
    "from=yesterday",
    "to=99999999999999999",
    "cursor=x",
    "cursor=Li4u",
    "unknown=1",
    "limit=-1",
    "__proto__=1",
  ];
  for (const query of refused) {
    test(`refuses ?${query}`, async () => {
      await using server = await startTestServer();
      const response = await fetch(`${server.url}${LIST}?${query}`, {
        headers: ADMIN_HEADERS,
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({ code: "invalid-query", message: expect.stringMatching(/.{10}/) });
    });
  }
});

describe("GET /admin/api/sessions/{sid}", () => {
  test("gives the session and its events in order of ts, the start first", async () => {
    await using server = await startTestServer();
    const sid = await server.open(sessionStart({ "media.name": "A name" }));
    for (const second of [3, 1, 2, -5])
      await server.add(sid, eventAt(Math.abs(second), "ping", { playerTime: { playhead: 0, ts: second } }));
    const { session, events } = await server.admin(`${LIST}/${sid}`);
    expect(session).toMatchObject({ sid, status: "open", params: { "media.name": "A name" } });
    expect(events.map(({ ts }: { ts: number }) => ts).slice(1)).toEqual([-5, 1, 2, 3]);
    expect(events[0].type).toBe("sessionStart");
  });

  for (const sid of ["0".repeat(64), "x", "%00", "..%2F..%2Fetc"]) {
    test(`is 404 for ${sid.slice(0, 12)}`, async () => {
      await using server = await startTestServer();
      expect(await server.admin(`${LIST}/${sid}`)).toMatchObject({
        code: "session-not-found",
        message: "No session has this id",
      });
    });
  }
});
