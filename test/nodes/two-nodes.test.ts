/** Two servers on one PostgreSQL: whichever is asked, the answer is the same. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock } from "../support/clock.ts";
import { readExposition } from "../support/exposition.ts";
import { freePort } from "../support/free-port.ts";
import { findNginx, startNginx } from "../support/nginx.ts";
import { ask, hasPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  sessionStart,
  sidOf,
  startTestServer,
  type TestServer,
  TS,
} from "../support/server.ts";
import { tempDir } from "../support/temp-dir.ts";
import { runCommand } from "../support/terminal.ts";
import { waitFor } from "../support/wait-for.ts";

let postgres: Postgres;

/** Lets the database store the pings otherwise than they came. */
const OTHERWISE = `
  CREATE FUNCTION other() RETURNS trigger AS 'BEGIN NEW.ts := NEW.ts + 1; RETURN NEW; END' LANGUAGE plpgsql;
  CREATE TRIGGER other BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.n = 2) EXECUTE FUNCTION other()`;

interface Nodes extends AsyncDisposable {
  /** The URL of the store. */
  readonly store: string;
  readonly a: TestServer;
  readonly b: TestServer;
  readonly clock: ManualClock;
}

async function startNodes(): Promise<Nodes> {
  const store = await postgres.createDatabase();
  const clock = new ManualClock();
  const config = { store };
  const [a, b] = await Promise.all([startTestServer({ clock, config }), startTestServer({ clock, config })]);
  const stop = () => Promise.all([a, b].map((each) => each[Symbol.asyncDispose]()));
  return { store, a, b, clock, [Symbol.asyncDispose]: async () => void (await stop()) };
}

/** Plays a short session, each request at the other node. */
async function play({ a, b, clock }: Nodes, start = sessionStart()): Promise<string> {
  const sid = await a.open({ ...start, playerTime: { playhead: 0, ts: clock.nowMs() } });
  for (const [second, type] of [
    [1, "play"],
    [2, "ping"],
    [11, "sessionEnd"],
  ] as const) {
    clock.pass(1000);
    const playerTime = { playhead: second, ts: clock.nowMs() };
    expect(await (second === 2 ? a : b).add(sid, { ...eventAt(second, type), playerTime })).toBe(204);
  }
  await a.app.work();
  return sid;
}

async function askText({ url }: TestServer, path: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url + path, { ...init, headers: { ...ADMIN_HEADERS, ...init.headers } });
  return response.text();
}

/** What a reader of the tail meets first: the latest refused requests. */
async function tailOf({ url }: TestServer): Promise<string> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const response = await fetch(`${url}/admin/api/live/tail`, { headers: ADMIN_HEADERS, signal });
  const { value } = (await response.body?.getReader().read()) ?? {};
  stopping.abort();
  return new TextDecoder().decode(value);
}

async function statusOf({ url }: TestServer, path: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url + path, { ...init, headers: { ...ADMIN_HEADERS, ...init.headers } });
  await response.text();
  return response.status;
}

describe.if(hasPostgres())("two nodes", () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres[Symbol.asyncDispose]());

  test("share sessions: what one opens the other goes on with, ends and refuses", async () => {
    await using nodes = await startNodes();
    const { a, b, clock } = nodes;
    const sid = await a.open();
    clock.pass(1000);
    expect(await b.add(sid, eventAt(1, "play"))).toBe(204);
    clock.pass(1000);
    expect(await a.add(sid, eventAt(2, "ping"))).toBe(204);
    clock.pass(1000);
    expect(await b.add(sid, eventAt(3, "sessionEnd"))).toBe(204);
    expect(await a.add(sid, eventAt(4, "ping"))).toBe(410);
    expect(await a.add(sid, eventAt(2.5, "ping"))).toBe(204);
    expect(await b.add("f".repeat(64), eventAt(4, "ping"))).toBe(404);
    await a.app.work();
    const session = await b.admin(`/admin/api/sessions/${sid}`);
    expect(session.session).toMatchObject({ closeReason: "session-end" });
    const { events } = session;
    expect(events.map((each: { type?: string; eventType?: string }) => each.eventType ?? each.type)).toEqual([
      "sessionStart",
      "play",
      "ping",
      "ping",
      "sessionEnd",
    ]);
  });

  test("recognise a start that comes again to the other one", async () => {
    await using nodes = await startNodes();
    const { a, b, clock } = nodes;
    const headers = { "Idempotency-Key": "a-key-of-a-client-that-no-one-guesses" };
    const first = await a.post("/api/v1/sessions", sessionStart(), headers);
    const again = await b.post("/api/v1/sessions", sessionStart(), headers);
    expect([again.status, sidOf(again)]).toEqual([201, sidOf(first)]);
    expect((await b.post("/api/v1/sessions", sessionStart({ "media.id": "other" }), headers)).status).toBe(409);
    const visitor = { "visitor.marketingCloudUserId": "a-visitor" };
    const byBody = sidOf(await a.post("/api/v1/sessions", sessionStart(visitor)));
    clock.pass(2000);
    expect(sidOf(await b.post("/api/v1/sessions", sessionStart(visitor)))).toBe(byBody);
  });

  test("both have the numbers: in reports, lists, searches and exports", async () => {
    await using nodes = await startNodes();
    const { a, b } = nodes;
    const sid = await play(nodes);
    for (const server of [a, b]) {
      const report = await server.admin("/admin/api/reports?metrics=mediaStarts&dimension=media.name");
      expect(report).toMatchObject({ totals: { mediaStarts: 1 } });
      expect((await server.admin(`/admin/api/sessions?search=${sid}`)).sessions).toHaveLength(1);
      expect((await server.admin("/admin/api/sessions?filter=media.id==content-1")).sessions).toHaveLength(1);
      expect((await server.admin("/admin/api/sessions?status=open")).sessions).toEqual([]);
      expect((await askText(server, "/admin/api/export/events")).trim().split("\n")).toHaveLength(4);
      expect((await askText(server, "/admin/api/export/sessions")).trim().split("\n")).toHaveLength(1);
    }
    const open = await a.open();
    expect((await b.admin("/admin/api/sessions?status=open")).sessions).toMatchObject([{ sid: open }]);
  });

  test("follow each other's events for the live numbers", async () => {
    await using nodes = await startNodes();
    const { a, b, clock } = nodes;
    await b.admin("/admin/api/live/snapshot");
    const sid = await a.open();
    clock.pass(1000);
    await a.add(sid, eventAt(1, "play"));
    await waitFor(async () => (await b.admin("/admin/api/live/snapshot")).playing === 1);
    await b.add(sid, eventAt(2, "pauseStart"));
    await waitFor(async () => (await b.admin("/admin/api/live/snapshot")).paused === 1);
    await b.add(sid, eventAt(3, "sessionEnd"));
    await waitFor(async () => (await b.admin("/admin/api/live/snapshot")).paused === 0);
  });

  test("know each other's tokens, and each other", async () => {
    await using nodes = await startNodes();
    const { a, b } = nodes;
    const made = await a.post("/admin/api/tokens", { name: "weekly", readOnly: true }, ADMIN_HEADERS);
    const { token } = (await made.json()) as { token: string };
    const headers = { Authorization: `Bearer ${token}` };
    expect(await statusOf(b, "/admin/api/sessions", { headers })).toBe(200);
    expect(await statusOf(b, "/admin/api/tokens/weekly", { method: "DELETE" })).toBe(204);
    await waitFor(async () => (await statusOf(a, "/admin/api/sessions", { headers })) === 401);
    expect((await a.admin("/admin/api/nodes")).nodes).toHaveLength(2);
    expect((await b.admin("/admin/api/nodes")).nodes).toEqual((await a.admin("/admin/api/nodes")).nodes);
  });

  test("erase for each other", async () => {
    await using nodes = await startNodes();
    const { a, b } = nodes;
    const closed = await play(nodes);
    const open = await a.open();
    for (const sid of [closed, open]) {
      expect(await statusOf(b, `/admin/api/sessions/${sid}`, { method: "DELETE" })).toBe(200);
      expect(await statusOf(a, `/admin/api/sessions/${sid}`)).toBe(404);
    }
    expect(await a.add(open, eventAt(1, "ping"))).toBe(404);
    const report = await a.admin("/admin/api/reports?metrics=mediaStarts&dimension=media.name");
    expect(report).toMatchObject({ totals: { mediaStarts: 0 } });
  });

  test("forget the requests that they refused once an erasure was asked of the other one", async () => {
    await using nodes = await startNodes();
    const { a, b } = nodes;
    const refused = { ...sessionStart({ "visitor.marketingCloudUserId": "a-person" }), playerTime: "wrong" };
    for (const server of [a, b]) expect((await server.post("/api/v1/sessions", refused)).status).toBe(400);
    const tails = async () => Promise.all([a, b].map((server) => tailOf(server)));
    expect(await tails()).toEqual([expect.stringContaining("a-person"), expect.stringContaining("a-person")]);
    const erasure = { method: "POST", body: JSON.stringify({ visitorId: "a-person" }) };
    expect(JSON.parse(await askText(a, "/admin/api/erasures", erasure))).toMatchObject({ erasedSessions: 0 });
    await b.app.work();
    for (const tail of await tails()) expect(tail).not.toContain("a-person");
  });

  test("measure what they ask of the database", async () => {
    await using nodes = await startNodes();
    const families = readExposition(await askText(nodes.a, "/metrics"));
    const sampleOf = (name: string, pool?: string) =>
      families.get(name)?.samples.find(({ labels }) => labels["pool"] === pool)?.value;
    for (const pool of ["writes", "reads"]) {
      expect(sampleOf("playhead_store_statements", pool)).toBeLessThanOrEqual(6);
      expect([pool, sampleOf("playhead_store_pools_thrown_away_total", pool)]).toEqual([pool, 0]);
      const { samples = [] } = families.get("playhead_store_statement_duration_seconds") ?? {};
      const count = samples.find(({ name, labels }) => name.endsWith("_count") && labels["pool"] === pool)?.value;
      expect(count).toBeGreaterThan(0);
    }
    expect(sampleOf("playhead_store_oldest_snapshot_seconds")).toBeGreaterThanOrEqual(0);
  });

  test("close what is silent, with the reason and instant that a single server gives", async () => {
    await using nodes = await startNodes();
    const { a, b, clock } = nodes;
    const sid = await a.open();
    clock.pass(30 * 60_000);
    await b.app.work();
    expect(await a.admin(`/admin/api/sessions/${sid}`)).toMatchObject({
      session: { closeReason: "idle-timeout", closedAt: TS + 600_000, endTs: TS },
    });
  });

  test("take in what a server on SQLite exports, with the same numbers", async () => {
    await using nodes = await startNodes();
    await using single = await startTestServer({ clock: nodes.clock });
    for (let at = 0; at < 3; at += 1) await play({ ...nodes, a: single, b: single });
    await single.open();
    const { a, b } = nodes;
    const exported = await askText(single, "/admin/api/export/events");
    const answer = JSON.parse(await askText(a, "/admin/api/import", { method: "POST", body: exported }));
    expect(answer).toMatchObject({ refused: 0 });
    const dry = JSON.parse(await askText(b, "/admin/api/import?dryRun=true", { method: "POST", body: exported }));
    expect(dry).toMatchObject({ events: { stored: 0 }, sessions: { stored: 0, present: 4 }, refused: 0 });
    const again = JSON.parse(await askText(b, "/admin/api/import", { method: "POST", body: exported }));
    expect(again).toMatchObject({ events: { stored: 0 }, sessions: { stored: 0, present: 4 }, refused: 0 });
    for (const server of [a, b]) await server.app.work();
    const path = "/admin/api/reports?metrics=mediaStarts,mediaTimeSpent,contentTimeSpent&dimension=media.name";
    expect((await b.admin(path)).totals).toEqual((await single.admin(path)).totals);
    expect((await b.admin("/admin/api/sessions?status=open")).sessions).toHaveLength(1);
  });

  test("let a player go on with a session while its import lasts", async () => {
    await using nodes = await startNodes();
    const { a, b, clock } = nodes;
    await using single = await startTestServer({ clock });
    const sid = await single.open();
    await play({ ...nodes, a: single, b: single });
    const exported = (await askText(single, "/admin/api/export/events")).trim().split("\n");
    const file = new TransformStream<Uint8Array, Uint8Array>();
    const writer = file.writable.getWriter();
    const init: RequestInit = { method: "POST", body: file.readable };
    const importing = askText(a, "/admin/api/import", init);
    // A session that begins once more ends a slice, which is stored at once.
    await writer.write(Buffer.from([...exported, exported.at(-1), ""].join("\n")));
    await waitFor(async () => (await b.admin(`/admin/api/sessions/${sid}`)).session !== undefined);
    clock.pass(1000);
    expect(await b.add(sid, eventAt(1, "ping"))).toBe(204);
    await writer.close();
    expect(JSON.parse(await importing)).toMatchObject({ sessions: { stored: 2 }, refused: 0 });
    expect(await b.add(sid, eventAt(2, "sessionEnd"))).toBe(204);
    expect((await b.admin(`/admin/api/sessions/${sid}/events`)).events).toHaveLength(3);
  });

  test("stand beside an import by the command, which reads back what it has stored", async () => {
    await using nodes = await startNodes();
    await using single = await startTestServer({ clock: nodes.clock });
    for (let at = 0; at < 3; at += 1) await play({ ...nodes, a: single, b: single });
    using directory = tempDir();
    const path = join(directory.path, "events.ndjson");
    writeFileSync(path, await askText(single, "/admin/api/export/events"));
    const environment = { PLAYHEAD_STORE: nodes.store, PLAYHEAD_DATA_DIR: join(directory.path, "data") };
    await ask(nodes.store, OTHERWISE);
    const { code, err } = await runCommand(["import", path], { environment });
    expect([code, err]).toEqual([1, expect.stringMatching(/^Cannot confirm the import: 3 lines of the file are not /)]);
    await ask(nodes.store, "DROP TRIGGER other ON events");
    expect(await runCommand(["import", path], { environment })).toMatchObject({
      code: 0,
      out: expect.stringContaining("Compared: each session and event of the file is stored as it stands there."),
    });
  });

  test.if(findNginx() !== undefined)(
    "stand behind the nginx of deploy/, which passes over one that is away",
    async () => {
      await using nodes = await startNodes();
      const { a, b, clock } = nodes;
      using directory = tempDir();
      const ports = [a.app.port, b.app.port, freePort()] as const;
      await using proxy = await startNginx(directory.path, ports, "nginx-nodes.conf");
      const post = (path: string, body: object) =>
        fetch(proxy.url + path, { method: "POST", body: JSON.stringify(body) });
      const opened = await post("/api/v1/sessions", sessionStart());
      const events = `/api/v1/sessions/${sidOf(opened)}/events`;
      for (let second = 1; second <= 6; second += 1) {
        clock.pass(1000);
        expect((await post(events, eventAt(second, "ping"))).status).toBe(204);
      }
      expect((await post(events, eventAt(7, "sessionEnd"))).status).toBe(204);
      for (let tries = 0; tries < 4; tries += 1) expect((await post(events, eventAt(8, "ping"))).status).toBe(410);
    },
  );

  test("need the same admin token", async () => {
    const config = { store: await postgres.createDatabase(), adminToken: undefined };
    await expect(startTestServer({ config })).rejects.toThrow("needs PLAYHEAD_ADMIN_TOKEN, the same on each server");
  });

  test("leave a backup to PostgreSQL's own tools", async () => {
    await using nodes = await startNodes();
    expect(JSON.parse(await askText(nodes.a, "/admin/api/backup"))).toMatchObject({ code: "store-elsewhere" });
  });
});
