/** Erasing a visitor or a session by path and by body: who may, what it takes, and that nothing is left of it. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { filesWith } from "../support/bytes.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  ON_POSTGRES,
  sessionStart,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

const VISITORS = "/admin/api/visitors";

async function erase(server: TestServer, encoded: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${server.url}${VISITORS}/${encoded}`, { method: "DELETE", headers: ADMIN_HEADERS });
  return { status: response.status, body: await response.json() };
}

function erased(count: number) {
  return { status: 200, body: { erasedSessions: count } };
}

/** A session of a visitor that has played a little; `ends` closes it. */
async function watch(server: TestServer, params: object, ends = false): Promise<string> {
  const sid = await server.open(sessionStart(params));
  await server.add(sid, eventAt(1, "play"));
  await server.add(sid, eventAt(2, ends ? "sessionEnd" : "ping"));
  return sid;
}

async function sidsOf(server: TestServer): Promise<string[]> {
  const { sessions } = await server.admin("/admin/api/sessions");
  return sessions.map(({ sid }: { sid: string }) => sid);
}

describe("erasing a visitor", () => {
  test("takes open, closed and downloaded sessions by any personal key, and answers how many", async () => {
    await using server = await startTestServer();
    await watch(server, { "analytics.visitorId": "ann" });
    await watch(server, { "analytics.aid": "ann" }, true);
    await watch(server, { "visitor.marketingCloudUserId": "ann" });
    await watch(server, { appInstallationId: "ann" });
    await watch(server, { "visitor.customerIDs": { login: { id: "ann", authState: 1 } } }, true);
    await server.post("/api/v1/downloaded", [sessionStart({ "analytics.visitorId": "ann" }), eventAt(1, "play")]);
    const bob = await watch(server, { "analytics.visitorId": "bob" });
    await server.app.work();
    expect(await erase(server, "ann")).toEqual(erased(6));
    expect(await sidsOf(server)).toEqual([bob]);
    expect((await server.admin("/admin/api/sessions?status=open")).sessions).toHaveLength(1);
    expect(await erase(server, "ann")).toEqual(erased(0));
  });

  test("leaves the other one of a household as they were", async () => {
    await using server = await startTestServer();
    const household = { "analytics.reportSuite": "home", "media.id": "film" };
    const bob = await watch(server, { ...household, appInstallationId: "tv-2", "analytics.visitorId": "bob" }, true);
    await watch(server, { ...household, appInstallationId: "tv-1", "analytics.visitorId": "ann" }, true);
    await server.app.work();
    const before = await server.admin(`/admin/api/sessions/${bob}`);
    expect(await erase(server, "ann")).toEqual(erased(1));
    expect(await server.admin(`/admin/api/sessions/${bob}`)).toEqual(before);
  });

  test.if(!ON_POSTGRES)(
    "leaves no trace in any file, and answers the player as for a session that never was",
    async () => {
      await using server = await startTestServer();
      const own = { "analytics.visitorId": "trace-id", "media.name": "trace-title" };
      const sid = await server.open(sessionStart(own, { customMetadata: { note: "trace-note" } }));
      await server.add(sid, eventAt(1, "error", { qoeData: { "media.qoe.errorID": "trace-error" } }));
      const ended = await watch(server, own, true);
      for (let count = 0; count < 50; count += 1) await watch(server, { "analytics.visitorId": `x${count}` }, true);
      await server.app.work();
      expect(filesWith(server.dataDir, "trace-")).not.toEqual([]);
      expect(await erase(server, "trace-id")).toEqual(erased(2));
      expect(filesWith(server.dataDir, "trace-")).toEqual([]);
      expect(filesWith(server.dataDir, sid)).toEqual([]);
      for (const gone of [sid, ended]) {
        expect(await server.add(gone, eventAt(1, "ping"))).toBe(404);
        expect(await server.admin(`/admin/api/sessions/${gone}`)).toMatchObject({
          code: "session-not-found",
          message: "No session has this id",
        });
      }
      expect(server.logged.join("")).not.toContain("trace-");
      await server.restart();
      expect(await server.add(sid, eventAt(3, "ping"))).toBe(404);
      expect(await sidsOf(server)).toHaveLength(50);
    },
  );

  const ids = [
    'say "hi"',
    "100%",
    "a/b/c",
    "a%2Fb",
    "back\\slash",
    "Ünï 🎬",
    "q?x=1#y",
    "a+b c",
    "\t",
    "'; --",
    "z".repeat(8191),
  ];
  for (const id of ids) {
    test(`takes the id ${JSON.stringify(id.slice(0, 12))} percent-encoded, and no id that it begins`, async () => {
      await using server = await startTestServer();
      await watch(server, { "analytics.visitorId": id });
      const longer = await watch(server, { "visitor.customerIDs": { login: { id: `${id}x` } } });
      expect(await erase(server, encodeURIComponent(id))).toEqual(erased(1));
      expect(await sidsOf(server)).toEqual([longer]);
    });
  }

  const refused: readonly (readonly [string, string])[] = [
    ["with NUL", "a%00b"],
    ["badly encoded", "%zz"],
    ["that is no UTF-8", "%ff"],
    ["that is too long", "x".repeat(8193)],
  ];
  for (const [name, encoded] of refused) {
    test(`refuses an id ${name}, and erases nothing`, async () => {
      await using server = await startTestServer();
      await watch(server, { "analytics.visitorId": "a" });
      const { status, body } = await erase(server, encoded);
      expect([status, body]).toEqual([
        400,
        { code: "invalid-query", message: expect.stringContaining("1 to 8192 bytes") },
      ]);
      expect(await sidsOf(server)).toHaveLength(1);
    });
  }

  test("needs the token, and the method", async () => {
    await using server = await startTestServer();
    await watch(server, { "analytics.visitorId": "ann" });
    const path = `${server.url}${VISITORS}/ann`;
    expect((await fetch(path, { method: "DELETE" })).status).toBe(401);
    const wrong = await fetch(path, { headers: ADMIN_HEADERS });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "OPTIONS, DELETE"]);
    expect((await fetch(`${server.url}${VISITORS}`, { method: "DELETE", headers: ADMIN_HEADERS })).status).toBe(404);
    expect(await sidsOf(server)).toHaveLength(1);
  });

  test("appears in the log by its number alone", async () => {
    await using server = await startTestServer();
    await watch(server, { "analytics.visitorId": "ann" });
    await erase(server, "ann");
    expect(
      server.logged.some((line) => line.includes("Erased a visitor's sessions") && line.includes('"sessions":1')),
    ).toBe(true);
  });
});

describe("erasing one session", () => {
  const byPath = async (server: TestServer, sid: string, headers: Record<string, string> = ADMIN_HEADERS) => {
    const response = await fetch(`${server.url}/admin/api/sessions/${sid}`, { method: "DELETE", headers });
    return { status: response.status, body: await response.json() };
  };
  const byBody = async (server: TestServer, sid: string, headers: Record<string, string> = ADMIN_HEADERS) => {
    const response = await server.post("/admin/api/erasures", { sid }, headers);
    return { status: response.status, body: await response.json() };
  };
  const gone = { code: "session-not-found", message: "No session has this id" };
  const ways = [
    ["by its path", byPath, { status: 404, body: gone }],
    ["by a body", byBody, erased(0)],
  ] as const;
  for (const [way, erase, none] of ways) {
    test(`${way} leaves no trace of it in any file, and the visitor's others`, async () => {
      await using server = await startTestServer();
      const params = { "analytics.visitorId": "ann", "media.name": "trace-title" };
      const open = await server.open(sessionStart(params, { customMetadata: { note: "trace-note" } }));
      await server.add(open, eventAt(1, "error", { qoeData: { "media.qoe.errorID": "trace-error" } }));
      const closed = await watch(server, params, true);
      const other = await watch(server, { "analytics.visitorId": "ann" }, true);
      await server.app.work();
      const before = await server.admin(`/admin/api/sessions/${other}`);
      await server.admin("/admin/api/reports?metrics=mediaStarts&dimension=media.name");
      expect(filesWith(server.dataDir, "trace-")).not.toEqual([]);
      for (const sid of [open, closed]) {
        expect(await erase(server, sid)).toEqual(erased(1));
        expect(filesWith(server.dataDir, sid)).toEqual([]);
        expect(await server.add(sid, eventAt(1, "ping"))).toBe(404);
        expect(await server.admin(`/admin/api/sessions/${sid}`)).toMatchObject(gone);
        expect(await erase(server, sid)).toEqual(none);
      }
      expect(filesWith(server.dataDir, "trace-")).toEqual([]);
      expect(server.logged.join("")).not.toContain("trace-");
      expect(await server.admin(`/admin/api/sessions/${other}`)).toEqual(before);
      expect(await sidsOf(server)).toEqual([other]);
      const report = await server.admin("/admin/api/reports?metrics=mediaStarts");
      expect(report.totals).toEqual({ mediaStarts: 1 });
      await server.restart();
      expect(await sidsOf(server)).toEqual([other]);
    });

    test.if(!ON_POSTGRES)(`${way} takes a damaged one, which nothing can read`, async () => {
      await using server = await startTestServer();
      const sid = await watch(server, {}, true);
      await server.app.stop();
      using database = new Database(join(server.dataDir, "playhead.db"));
      database.run("UPDATE starts SET payload = '{'");
      await server.restart();
      expect(await server.admin(`/admin/api/sessions/${sid}`)).toMatchObject({ code: "session-damaged" });
      expect(await erase(server, sid)).toEqual(erased(1));
      expect(await sidsOf(server)).toEqual([]);
    });

    test(`${way} needs the token and a session's id`, async () => {
      await using server = await startTestServer();
      const sid = await watch(server, {});
      expect((await erase(server, sid, {})).status).toBe(401);
      expect(await erase(server, "0".repeat(64))).toEqual(none);
      expect([400, 404]).toContain((await erase(server, "x")).status);
      expect(await sidsOf(server)).toEqual([sid]);
    });
  }
});

describe("erasing a visitor by a body", () => {
  async function post(server: TestServer, body: string, headers: Record<string, string> = ADMIN_HEADERS) {
    const response = await fetch(`${server.url}/admin/api/erasures`, { method: "POST", headers, body });
    return { status: response.status, body: (await response.json()) as { erasedSessions?: number; errors?: object[] } };
  }

  for (const id of ["ann@example.com", ".", "..", 'say "hi"', "\u0001", "z".repeat(8192)]) {
    test(`takes the id ${JSON.stringify(id.slice(0, 15))}, and no other`, async () => {
      await using server = await startTestServer();
      await watch(server, { "analytics.visitorId": id });
      const other = await watch(server, { "analytics.visitorId": `${id.slice(0, 8000)}x` });
      expect(await post(server, JSON.stringify({ visitorId: id }))).toEqual(erased(1));
      expect(await sidsOf(server)).toEqual([other]);
      expect(await post(server, JSON.stringify({ visitorId: id }))).toEqual(erased(0));
    });
  }

  const refused: readonly (readonly [body: string, pointer: string, words: string])[] = [
    ["", "", "The body is empty"],
    ["{", "", "The body is not JSON: line 1, column 2"],
    ["null", "", '{"visitorId": "…"} or {"sid": "…"}'],
    ["[]", "", '{"visitorId": "…"}'],
    ['{"visitorID":"ann"}', "", '{"visitorId": "…"}'],
    ['{"visitorId":"ann","sid":"x"}', "", '{"visitorId": "…"}'],
    ['{"visitorId":1}', "/visitorId", "must be a string"],
    ['{"sid":1}', "/sid", "must be a string"],
    ['{"sid":"ann"}', "/sid", "64 digits"],
    [JSON.stringify({ sid: "A".repeat(64) }), "/sid", "64 digits"],
    ['{"visitorId":""}', "/visitorId", "1 to 8192 bytes"],
    ['{"visitorId":"a\\u0000"}', "/visitorId", "NUL"],
    [JSON.stringify({ visitorId: "z".repeat(8193) }), "/visitorId", "1 to 8192 bytes"],
  ];
  test("refuses anything else with what is wrong, and erases nothing", async () => {
    await using server = await startTestServer();
    await watch(server, { "analytics.visitorId": "ann" });
    for (const [sent, pointer, words] of refused) {
      const { status, body } = await post(server, sent);
      const [problem] = body.errors ?? [];
      expect([sent.slice(0, 40), status, problem]).toEqual([
        sent.slice(0, 40),
        400,
        expect.objectContaining({ pointer, message: expect.stringContaining(words) }),
      ]);
    }
    expect((await post(server, '{"visitorId":"ann"}', {})).status).toBe(401);
    expect(await sidsOf(server)).toHaveLength(1);
  });
});
