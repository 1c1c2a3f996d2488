/** The program as a process: what it says, and how it stops. Whether it survives worse is for test/faults. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { halfSend } from "../support/half-sent.ts";
import { SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const STOP_MS_MAX = 8000;

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: "POST", body: JSON.stringify(body) });
}

async function open(url: string): Promise<string> {
  const response = await post(`${url}/api/v1/sessions`, sessionStart());
  expect(response.status).toBe(201);
  return sidOf(response);
}

/** Bun's own five seconds are too few for a stop that waits five for a client. */
const TEST_MS_MAX = 60_000;

describe("a server process", () => {
  test("names its addresses and the token's file on stderr, and logs JSON lines on stdout", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings: { LOG_LEVEL: "debug" } });
    await open(server.url);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    for (const path of ["/api/v1/sessions", "/api/v1/schemas", "/docs", "/admin", "/metrics", "/readyz"]) {
      expect(server.stderr()).toContain(server.url + path);
    }
    expect(server.stderr()).toContain(join(directory.path, "admin-token"));
    const lines = server.stdout().trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) {
      const { time, level, message } = JSON.parse(line);
      expect(new Date(time).toISOString()).toBe(time);
      expect([typeof message, ["debug", "info"].includes(level)]).toEqual(["string", true]);
    }
    expect(server.stdout()).toContain(server.url);
  });

  test("listens on what its address file names, and takes the file away when it stops", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    server.signal("SIGINT");
    expect(await server.exited).toBe(0);
    expect(existsSync(join(directory.path, "address"))).toBe(false);
  });
});

describe("SIGTERM", () => {
  test("lets requests under way finish, stores them, and ends with 0 in time", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const sid = await open(server.url);
    const path = `/api/v1/sessions/${sid}/events`;
    const half = await Promise.all(
      [1, 2, 3, 4, 5].map((second) => halfSend(server.port, path, eventAt(second, "ping"))),
    );
    // Behind the halves on the wire: once it is answered, they have been read.
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const sinceMs = performance.now();
    server.signal("SIGTERM");
    await waitFor(() => server.stdout().includes("Stopping"));
    for (const each of half) each.finish();
    const answers = await Promise.all(half.map(({ answer }) => answer));
    expect(answers.map((answer) => answer.slice(0, 12))).toEqual(Array(5).fill("HTTP/1.1 204"));
    expect(await server.exited).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(STOP_MS_MAX);
    expect(rowsOf(directory.path)).toMatchObject({ events: 5, intact: "ok" });
  });

  test("under load loses nothing that was acknowledged, and leaves one file without a log", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const load = new Load(server, { clients: 50 });
    await load.acknowledged(1000);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    await load.ended;
    expect(load.unexpected).toEqual([]);
    expect(load.ledger.lookUp(directory.path)).toMatchObject(SOUND);
    const log = statSync(join(directory.path, "playhead.db-wal"), { throwIfNoEntry: false });
    expect(log?.size ?? 0).toBe(0);
  });

  test(
    "ends with 0 in time although a client never ends its request",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path);
      const half = await halfSend(server.port, "/api/v1/sessions", sessionStart());
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      const sinceMs = performance.now();
      server.signal("SIGTERM");
      expect(await server.exited).toBe(0);
      expect(performance.now() - sinceMs).toBeLessThan(STOP_MS_MAX);
      expect(await half.answer).not.toContain(" 201 ");
      expect(rowsOf(directory.path)).toMatchObject({ sessions: 0, intact: "ok" });
    },
    TEST_MS_MAX,
  );

  test("a second time ends the process at once", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const half = await halfSend(server.port, "/api/v1/sessions", sessionStart());
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    server.signal("SIGTERM");
    await waitFor(() => server.stdout().includes("Stopping"));
    const sinceMs = performance.now();
    server.signal("SIGTERM");
    expect(await server.exited).toBe(1);
    // It would have waited 5 s for the request.
    expect(performance.now() - sinceMs).toBeLessThan(4500);
    expect(server.stdout()).not.toContain("Stopped");
    await half.answer;
  });
});

/** What the file holds, and whether it is whole. */
function rowsOf(dataDir: string): { sessions: number; events: number; intact: unknown } {
  using reader = new Database(join(dataDir, "playhead.db"), { readonly: true });
  const read = (sql: string) => reader.query<never, []>(sql).values()[0]?.[0] as unknown;
  return {
    sessions: Number(read("SELECT count(*) FROM sessions")),
    events: Number(read("SELECT count(*) FROM events")),
    intact: read("PRAGMA integrity_check"),
  };
}
