/** Downloads over HTTP: headers, what a client notices when something goes wrong, and that nothing stays behind. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Settings } from "../../src/config.ts";
import { EXPORT_KINDS } from "../../src/exports/query.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { linesOf } from "../exports/stored.ts";
import { ADMIN_HEADERS, eventAt, ON_POSTGRES, startTestServer, type TestServer } from "../support/server.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

/** Bun's own: leaves the body as it came. */
const RAW = { decompress: false } as RequestInit;

function get(server: TestServer, path: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
  return fetch(server.url + path, {
    headers: { "Accept-Encoding": "identity", ...ADMIN_HEADERS, ...headers },
    ...init,
  });
}

/** A server with sessions of which each has two events after its start. */
async function serverWith(sessions: number, options: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer(options);
  const opened = Array.from({ length: sessions }, async () => {
    const sid = await server.open();
    await server.add(sid, eventAt(1, "play"));
    await server.add(sid, eventAt(2, "sessionEnd"));
  });
  await Promise.all(opened);
  return server;
}

/** The real store, whose pages of sessions pass through `page`. */
function storeWithPages(
  page: (read: JournalStore["listSessions"]) => JournalStore["listSessions"],
): (config: Settings) => JournalStore {
  return (config) => {
    const store = openSqliteStore({ path: join(config.dataDir, "playhead.db"), synchronous: "FULL" });
    return Object.assign(store, { listSessions: page(store.listSessions.bind(store)) });
  };
}

describe("GET /admin/api/export/{kind}", () => {
  for (const kind of EXPORT_KINDS) {
    test(`of ${kind} is an attachment with a dated name and no length`, async () => {
      await using server = await serverWith(2);
      const response = await get(server, `/admin/api/export/${kind}`);
      expect(response.status).toBe(200);
      const day = new Date(server.clock.nowMs()).toISOString().slice(0, 10);
      const headers = Object.fromEntries(response.headers);
      expect(headers).toMatchObject({
        "content-type": "application/x-ndjson",
        "content-disposition": `attachment; filename="playhead-${kind}-${day}.ndjson"`,
        "cache-control": "no-store",
        vary: "Accept-Encoding",
      });
      // Where there is no row Bun knows the length before we do.
      expect(response.headers.get("content-length") ?? "0").toBe("0");
      expect(response.headers.has("content-encoding")).toBe(false);
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
      const counts: Partial<Record<string, number>> = { sessions: 2, events: 6 };
      expect(linesOf(await response.bytes())).toHaveLength(counts[kind] ?? 0);
    });
  }

  test("comes in the format and the range that were asked for", async () => {
    await using server = await serverWith(1);
    server.clock.pass(60_000);
    const from = server.clock.nowMs();
    await server.open();
    const csv = await get(server, `/admin/api/export/sessions?format=csv&from=${from}`);
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect((await csv.text()).trimEnd().split("\r\n")).toHaveLength(2);
    const parquet = await get(server, "/admin/api/export/sessions?format=parquet", { "Accept-Encoding": "gzip" });
    expect(parquet.headers.get("content-type")).toBe("application/vnd.apache.parquet");
    expect(parquet.headers.has("content-encoding")).toBe(false);
    const bytes = Buffer.from(await parquet.bytes());
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(["PAR1", "PAR1"]);
    expect(readdirSync(join(server.dataDir, "scratch"))).toEqual(["turn"]);
  });

  test("tells a cursor, with which the next one has what changed since, and HEAD tells it too", async () => {
    await using server = await serverWith(2);
    await server.app.work();
    const path = "/admin/api/export/sessions";
    const cursor = (await get(server, path)).headers.get("playhead-cursor") ?? "";
    expect(cursor).toMatch(/^[0-9a-z]+-2$/);
    expect((await get(server, path, {}, { method: "HEAD" })).headers.get("playhead-cursor")).toBe(cursor);
    const sid = await server.open();
    await server.add(sid, eventAt(2, "sessionEnd"));
    await server.app.work();
    const next = await get(server, `${path}?changed-since=${cursor}`);
    expect(next.headers.get("playhead-cursor")).toBe(cursor.replace(/2$/, "3"));
    expect(linesOf(await next.bytes()).map((row) => [row.sid, row.revision])).toEqual([[sid, 1]]);
    expect(linesOf(await (await get(server, `${path}?changed-since=`)).bytes())).toHaveLength(3);
  });

  test("refuses the cursor of a database that a restore has replaced, before anything of it is sent", async () => {
    await using server = await serverWith(1);
    await using other = await serverWith(1);
    const cursor = (await get(other, "/admin/api/export/ads")).headers.get("playhead-cursor");
    const response = await get(server, `/admin/api/export/ads?changed-since=${cursor}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid-query",
      message: expect.stringContaining("the cursor is of another database"),
    });
  });

  test("of csv begins with a byte order mark where one is asked for", async () => {
    await using server = await serverWith(1);
    const begins = async (query: string) =>
      (await (await get(server, `/admin/api/export/events?format=csv${query}`)).bytes()).subarray(0, 4);
    expect([...(await begins("&bom=1"))]).toEqual([0xef, 0xbb, 0xbf, 0x73]);
    for (const query of ["", "&bom=0"]) expect(Buffer.from(await begins(query)).toString()).toBe("sid,");
  });

  const encodings: readonly (readonly [string, boolean])[] = [
    ["gzip", true],
    ["deflate, GZIP;q=0.5, br", true],
    ["gzip;q=0", false],
    ["gzip; q=0.000", false],
    ["br", false],
  ];
  for (const [accepted, zipped] of encodings) {
    test(`is ${zipped ? "" : "not "}compressed for Accept-Encoding: ${accepted}`, async () => {
      await using server = await serverWith(1);
      const response = await get(server, "/admin/api/export/events", { "Accept-Encoding": accepted }, RAW);
      expect(response.headers.get("content-encoding")).toBe(zipped ? "gzip" : null);
      const bytes = await response.bytes();
      expect(linesOf(zipped ? gunzipSync(bytes) : bytes)).toHaveLength(3);
    });
  }

  const refused: readonly (readonly [string, number, RegExp])[] = [
    ["/admin/api/export/viewers", 400, /there is no such kind; kinds are sessions, events, ads/],
    ["/admin/api/export/events?format=xls", 400, /format must be one of ndjson, csv, parquet/],
    ["/admin/api/export/events?from=yesterday", 400, /from must be an instant/],
    ["/admin/api/export/events?from=2&to=1", 400, /from must be before to/],
    ["/admin/api/export/events?limit=1", 400, /Unknown query parameter "limit"; this path takes format, from, to/],
    ["/admin/api/export/events?changed-since=yesterday", 400, /changed-since must be a cursor/],
    ["/admin/api/export/events?changed-since=a-1&from=2026-01-01", 400, /Cannot combine changed-since with from or to/],
    ["/admin/api/export/events?bom=1", 400, /bom is for csv alone/],
    ["/admin/api/export/events?bom=yes", 400, /bom must be one of 0, 1/],
    ["/admin/api/export/events?timezone=Mars/Olympus", 400, /timezone must be an IANA time zone/],
    ["/admin/api/backup?path=/etc/passwd", 400, /Unknown query parameter/],
  ];
  for (const [path, status, message] of refused) {
    test(`is refused as JSON: ${path}`, async () => {
      await using server = await startTestServer();
      const response = await get(server, path);
      expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/json"]);
      expect(await response.json()).toMatchObject({ message: expect.stringMatching(message) });
    });
  }

  for (const path of ["/admin/api/export/events", "/admin/api/backup"]) {
    test(`${path} needs the token, and takes nothing but GET`, async () => {
      await using server = await startTestServer();
      expect((await fetch(server.url + path)).status).toBe(401);
      expect((await get(server, path, {}, { method: "POST" })).status).toBe(405);
      const head = await get(server, path, {}, { method: "HEAD" });
      expect([head.status, head.headers.get("content-disposition")]).toEqual([
        200,
        expect.stringContaining("attachment"),
      ]);
    });
  }

  test("that fails before its first byte is an answer, and after it a broken connection", async () => {
    let failAt = 0;
    const pageSessions = storeWithPages((read) => async (query) => {
      failAt -= 1;
      if (failAt === 0) throw new Error("the disk is on fire");
      return read(query);
    });
    await using server = await serverWith(300, { openStore: pageSessions });
    failAt = 1;
    const early = await get(server, "/admin/api/export/sessions");
    expect([early.status, await early.json()]).toEqual([
      500,
      { code: "internal", message: "The server failed to handle the request" },
    ]);
    failAt = 3;
    const late = await get(server, "/admin/api/export/sessions");
    expect(late.status).toBe(200);
    await expect(late.bytes()).rejects.toThrow();
    expect(server.logged.some((line) => line.includes("A download was cut off"))).toBe(true);
    const whole = await get(server, "/admin/api/export/sessions");
    expect(linesOf(await whole.bytes())).toHaveLength(300);
  });

  test("whose client leaves ends, and makes room for the next", async () => {
    let reads = 0;
    const gate = Promise.withResolvers<void>();
    const pageSessions = storeWithPages((read) => async (query) => {
      reads += 1;
      if (reads === 2) await gate.promise;
      return read(query);
    });
    await using server = await serverWith(300, { openStore: pageSessions });
    for (let client = 0; client < 2; client += 1) {
      reads = 0;
      const leaving = new AbortController();
      const response = await get(server, "/admin/api/export/sessions", {}, { signal: leaving.signal });
      expect((await response.body?.getReader().read())?.value?.length).toBeGreaterThan(0);
      await waitFor(() => reads === 2);
      leaving.abort();
    }
    await waitFor(async () => (await get(server, "/admin/api/export/ads", {}, { method: "HEAD" })).status === 200);
    gate.resolve();
    const whole = await get(server, "/admin/api/export/events");
    expect(linesOf(await whole.bytes())).toHaveLength(900);
    expect(reads).toBe(2);
  });

  test("is cut off when the server stops, which waits for none, and leaves nothing behind", async () => {
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    const pageSessions = storeWithPages((read) => async (query) => {
      reads += 1;
      if (reads === 2) await gate.promise;
      return read(query);
    });
    await using server = await serverWith(300, { openStore: pageSessions });
    const response = get(server, "/admin/api/export/sessions?format=parquet");
    await waitFor(() => reads === 2);
    const stopped = server.restart();
    gate.resolve();
    expect((await response).status).toBe(503);
    await stopped;
    expect(readdirSync(join(server.dataDir, "scratch"))).toEqual(["turn"]);
  });

  test("is 503 while as many are under way as may be", async () => {
    const gate = Promise.withResolvers<void>();
    const pageSessions = storeWithPages((read) => async (query) => {
      await gate.promise;
      return read(query);
    });
    await using server = await serverWith(1, { openStore: pageSessions });
    const first = [get(server, "/admin/api/export/sessions"), get(server, "/admin/api/export/sessions")];
    let refused = 0;
    await waitFor(async () => {
      // Exports of events wait for no gate.
      const { status, headers } = await get(server, "/admin/api/export/events");
      if (status === 503) refused += 1;
      return status === 503 && headers.get("retry-after") !== null;
    });
    expect(refused).toBe(1);
    gate.resolve();
    for (const response of await Promise.all(first)) expect(linesOf(await response.bytes())).toHaveLength(1);
    expect((await get(server, "/admin/api/export/events")).status).toBe(200);
  });
});

describe.if(!ON_POSTGRES)("GET /admin/api/backup", () => {
  test("is a database with everything, and leaves no file behind", async () => {
    await using server = await serverWith(20);
    const response = await get(server, "/admin/api/backup");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/vnd.sqlite3");
    expect(response.headers.get("content-disposition")).toMatch(
      /^attachment; filename="playhead-backup-\d{4}-\d\d-\d\d\.db"$/,
    );
    using directory = tempDir();
    const path = join(directory.path, "copy.db");
    await Bun.write(path, await response.bytes());
    using database = new Database(path, { readonly: true });
    expect(database.query("SELECT count(*) FROM sessions").values()).toEqual([[20]]);
    expect(database.query("SELECT count(*) FROM events").values()).toEqual([[40]]);
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    expect(readdirSync(join(server.dataDir, "scratch"))).toEqual(["turn"]);
  });

  test("goes on beside players", async () => {
    await using server = await serverWith(20);
    const [backup, ...sids] = await Promise.all([
      get(server, "/admin/api/backup"),
      ...Array.from({ length: 50 }, () => server.open()),
    ]);
    expect(sids).toHaveLength(50);
    expect((await backup.bytes()).length).toBeGreaterThan(10_000);
  });
});
