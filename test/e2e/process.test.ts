/** The program as a process: what it says, how it stops, and that what it acknowledged survives its being killed. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { eventAt, sessionStart, sidOf, tempDir } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const SEED = Date.now() % 2 ** 31;
const ROUNDS = 3;
const CLIENTS = 200;
const ANSWERS = { min: 500, max: 4000 };
const STOP_MS_MAX = 8000;
const STOPPING = 503;

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: "POST", body: JSON.stringify(body) });
}

async function open(url: string): Promise<string> {
  const response = await post(`${url}/api/v1/sessions`, sessionStart());
  expect(response.status).toBe(201);
  return sidOf(response);
}

interface HalfSent {
  readonly socket: Socket;
  finish(): void;
  /** Everything that was answered, once the connection has ended. */
  readonly answer: Promise<string>;
}

/** Begins a request and leaves its last byte out. */
async function halfSend(port: number, path: string, body: object): Promise<HalfSent> {
  const text = JSON.stringify(body);
  const socket = connect(port, "127.0.0.1");
  const answer = new Promise<string>((resolve) => {
    let received = "";
    socket.on("data", (data) => {
      received += data.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
  });
  await new Promise((resolve) => socket.once("connect", resolve));
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + text.slice(0, -1), resolve));
  return { socket, answer, finish: () => socket.write(text.slice(-1)) };
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
    const load = new Load(server, 50);
    await load.answered(1000);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    await load.ended;
    expect(rowsOf(directory.path)).toMatchObject({ intact: "ok" });
    load.expectStored(directory.path);
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
    expect(performance.now() - sinceMs).toBeLessThan(2500);
    expect(server.stdout()).not.toContain("Stopped");
    await half.answer;
  });
});

describe("kill -9", () => {
  test(
    `under ${CLIENTS} clients loses nothing that was acknowledged, round after round`,
    async () => {
      process.stdout.write(`seed ${SEED}\n`);
      const random = randomOf(SEED);
      using directory = tempDir();
      for (let round = 0; round < ROUNDS; round += 1) {
        await using server = await startProcess(directory.path);
        const load = new Load(server, CLIENTS);
        await load.answered(Math.round(ANSWERS.min + random() * (ANSWERS.max - ANSWERS.min)));
        server.signal("SIGKILL");
        expect(await server.exited).toBe(137);
        await load.ended;
        await using restarted = await startProcess(directory.path);
        load.expectStored(directory.path);
        expect(rowsOf(directory.path).intact).toBe("ok");
        const stillOpen = load.sessions.filter(({ ended }) => !ended).slice(-20);
        expect(stillOpen.length).toBeGreaterThan(0);
        const answers = await Promise.all(
          stillOpen.map(({ sid }) => post(`${restarted.url}/api/v1/sessions/${sid}/events`, eventAt(999, "ping"))),
        );
        expect(answers.map(({ status }) => status)).toEqual(stillOpen.map(() => 204));
        restarted.signal("SIGTERM");
        expect(await restarted.exited).toBe(0);
      }
    },
    TEST_MS_MAX,
  );
});

const SECONDS_MIN = 7;

interface Acknowledged {
  readonly sid: string;
  /** The second of each event that was answered 204; its `ts` tells it apart. */
  readonly seconds: number[];
  /** Whether an end was sent, answered or not. */
  ended: boolean;
}

/** Clients that open sessions and send events until the server is gone, and remember what was acknowledged. */
class Load {
  readonly sessions: Acknowledged[] = [];
  readonly ended: Promise<unknown>;
  /** What a player must never be answered by a server that is up. */
  readonly unexpected: number[] = [];
  readonly #url: string;
  #answers = 0;

  constructor({ url }: ServerProcess, clients: number) {
    this.#url = `${url}/api/v1/sessions`;
    this.ended = Promise.all(Array.from({ length: clients }, (_, client) => this.#play(client)));
  }

  /** Resolves when so many requests have been answered. */
  answered(count: number): Promise<void> {
    return waitFor(() => this.#answers >= count, 20_000);
  }

  /** Looks for every acknowledged session and event in the file. */
  expectStored(dataDir: string): void {
    expect(this.unexpected).toEqual([]);
    using reader = new Database(join(dataDir, "playhead.db"), { readonly: true });
    const stored = new Set(
      reader
        .query<never, []>("SELECT sid || ' ' || events.ts FROM events JOIN sessions ON sessions.id = events.session")
        .values()
        .flat() as string[],
    );
    const sids = new Set(reader.query<never, []>("SELECT sid FROM sessions").values().flat() as string[]);
    expect(this.sessions.filter(({ sid }) => !sids.has(sid))).toEqual([]);
    const events = this.sessions.flatMap(({ sid, seconds }) => seconds.map((second) => `${sid} ${tsOf(second)}`));
    expect(events.length).toBeGreaterThan(0);
    expect(events.filter((event) => !stored.has(event))).toEqual([]);
  }

  /** Sessions of a length that differs by client: one commit answers all at once, and in step all would end at once. */
  async #play(client: number): Promise<void> {
    while (await this.#playSession(SECONDS_MIN + (client % SECONDS_MIN)));
  }

  /** @returns whether the server is still there */
  async #playSession(seconds: number): Promise<boolean> {
    const opened = await this.#send("", sessionStart());
    if (opened?.status !== 201) return false;
    const session: Acknowledged = { sid: sidOf(opened), seconds: [], ended: false };
    this.sessions.push(session);
    for (let second = 1; second <= seconds; second += 1) {
      session.ended = second === seconds;
      const event = eventAt(second, session.ended ? "sessionEnd" : "ping");
      const added = await this.#send(`/${session.sid}/events`, event);
      if (added?.status !== 204) return false;
      session.seconds.push(second);
    }
    return true;
  }

  /** @returns the answer, or undefined when the server is gone */
  async #send(path: string, body: object): Promise<Response | undefined> {
    try {
      const response = await post(this.#url + path, body);
      await response.arrayBuffer();
      this.#answers += 1;
      if (![201, 204, STOPPING].includes(response.status)) this.unexpected.push(response.status);
      return response;
    } catch {
      return undefined;
    }
  }
}

function tsOf(second: number): number {
  return (eventAt(second, "ping")["playerTime"] as { ts: number }).ts;
}

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
