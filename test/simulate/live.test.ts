/** Viewers against a real server: all arrive, in the protocol's order, with the numbers that they were made to have. */

import { describe, expect, test } from "bun:test";
import { systemClock } from "../../src/base/clock.ts";
import { SECOND_MS } from "../../src/base/units.ts";
import { Collector } from "../../src/simulate/collector.ts";
import { type LiveOptions, type LiveStatus, playLive } from "../../src/simulate/live.ts";
import { Audience } from "../../src/simulate/viewers.ts";
import { PLAYER_PINGS } from "../../src/simulate/wire.ts";
import { ManualClock } from "../support/clock.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { foldOf } from "./sample.ts";

const PREFIX = "/media";
const AUDIENCE = new Audience({ seed: 1, visitors: 500, pings: PLAYER_PINGS });

/** Plays viewers for a second or two, unless told otherwise. */
function play(url: string, options: Partial<LiveOptions> = {}): Promise<LiveStatus> {
  return playLive({
    collector: new Collector(url),
    audience: AUDIENCE,
    clock: systemClock,
    seed: 1,
    sessionsPerSecond: 30,
    durationMs: 1500,
    speed: 2000,
    isStopped: () => false,
    onStatus: () => {},
    ...options,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
async function sessionsOf(server: TestServer): Promise<any[]> {
  const { sessions } = await server.admin("/admin/api/sessions?limit=200");
  return Promise.all(sessions.map(async ({ sid }: { sid: string }) => server.admin(`/admin/api/sessions/${sid}`)));
}

const strictServer = () => startTestServer({ config: { validation: "strict" }, clock: new ManualClock(Date.now()) });

// Side by side: they mostly wait for viewers who take their time.
describe("viewers against a server", () => {
  test.concurrent("all arrive, and every event of theirs counts", async () => {
    await using server = await strictServer();
    const status = await play(server.url);
    expect(status.sessions).toBeGreaterThan(20);
    expect([...status.answers]).toEqual([
      [201, status.sessions],
      [204, status.events],
    ]);
    expect(status).toMatchObject({ refused: 0, turnedAway: 0, left: 0, playing: 0 });
    const stored = await sessionsOf(server);
    expect(stored).toHaveLength(status.sessions);
    expect(stored.reduce((sum, { events }) => sum + events.length - 1, 0)).toBe(status.events);
    const rows = stored.flatMap(({ events }) => events);
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(["counted"]));
    const flags = new Set(rows.flatMap((row) => row.flags));
    // Viewers may leave in a break when the time is over.
    flags.delete("mended:break-never-completed");
    // Live content says so by a length that the reference takes for unknown.
    expect(flags).toEqual(new Set(["length-unknown"]));
  });

  test.concurrent("have the numbers of real time, however fast they are played, and end at the wall clock's ts", async () => {
    await using server = await strictServer();
    const nowMs = Date.now();
    const clock = { nowMs: () => nowMs, elapsedMs: () => systemClock.elapsedMs() };
    const status = await play(server.url, { sessionsPerSecond: 20, durationMs: 4000, speed: 3600, clock });
    const made = Array.from({ length: status.sessions }, (_, index) => AUDIENCE.session(index, nowMs));
    let whole = 0;
    for (const { session, metrics, events } of await sessionsOf(server)) {
      const last = events.at(-1);
      expect(last.ts).toBeLessThanOrEqual(nowMs + 5 * SECOND_MS);
      const same = made.find(({ bodies }) => isSameViewing(bodies[0]?.params, session.params));
      if (!same || same.bodies.length !== events.length || same.bodies.at(-1)?.eventType !== last.type) continue;
      for (const id of ["contentTimeSpent", "adTimeSpent", "uniqueTimePlayed", "totalPauseDuration"] as const)
        expect(metrics[id]).toBe(foldOf(same).metrics[id] as number);
      expect(last.ts).toBeGreaterThan(nowMs - SECOND_MS);
      whole += 1;
    }
    expect(whole).toBeGreaterThan(5);
  });

  test.concurrent("leave when the time is over, where they are", async () => {
    await using server = await strictServer();
    const status = await play(server.url, { speed: 1, durationMs: 1200 });
    expect(status.elapsedMs).toBeLessThan(5000);
    expect(status).toMatchObject({ refused: 0, left: 0 });
    const stored = await sessionsOf(server);
    expect(stored.length).toBeGreaterThan(15);
    for (const { session, events, metrics } of stored) {
      expect([session.status, events.at(-1).type]).toEqual(["closed", "sessionEnd"]);
      expect(metrics.mediaTimeSpent).toBeLessThan(5);
    }
  });

  test.concurrent("leave when they are told to, at once", async () => {
    await using server = await strictServer();
    let statuses = 0;
    const status = await play(server.url, {
      speed: 1,
      durationMs: undefined,
      onStatus: () => {
        statuses += 1;
      },
      isStopped: () => statuses > 0,
    });
    expect(status.elapsedMs).toBeWithin(1000, 5000);
    expect(status).toMatchObject({ refused: 0, left: 0 });
  });

  test.concurrent("count what a server refuses, and a player whose start is refused says no more", async () => {
    await using server = await strictServer();
    await using proxy = proxyTo(server, (body) => body.includes('"media.playerName":"Web player"'));
    const status = await play(proxy.url.origin);
    expect(status.refused).toBeGreaterThan(3);
    expect(status.answers.get(503)).toBe(status.refused);
    expect(status.answers.get(201)).toBe(status.sessions);
    const stored = await sessionsOf(server);
    expect(stored).toHaveLength(status.sessions);
    expect(stored.filter(({ session }) => session.params["media.playerName"] === "Web player")).toEqual([]);
  });

  test.concurrent("give up a session that the server has closed, and no other", async () => {
    const clock = new ManualClock(Date.now());
    await using server = await startTestServer({ config: { idleTimeoutMs: 100, lateGraceMs: 0 }, clock });
    let passed = false;
    const status = await play(server.url, {
      speed: 20,
      durationMs: 2500,
      onStatus: () => {
        if (!passed) clock.pass(SECOND_MS);
        passed = true;
      },
    });
    expect(status.answers.get(410)).toBeGreaterThan(5);
    expect(status.answers.get(410)).toBeLessThan(status.sessions);
    expect(status.refused).toBe(status.answers.get(410) ?? 0);
  });

  test.concurrent("end with a clear error when the server is gone", async () => {
    const server = await strictServer();
    const url = server.url;
    await server[Symbol.asyncDispose]();
    const playing = play(url, { sessionsPerSecond: 1000, durationMs: undefined });
    await expect(playing).rejects.toMatchObject({ code: "server-unreachable" });
  });

  test.concurrent("say that they are late when the server is slow", async () => {
    const answer = Promise.withResolvers<void>();
    const slow = { start: () => answer.promise.then(() => ({ status: 503 })), event: async () => ({ status: 204 }) };
    const late: number[] = [];
    const status = await play("", {
      collector: slow,
      sessionsPerSecond: 500,
      durationMs: 2000,
      onStatus: ({ behindMs }) => {
        late.push(behindMs);
        if (behindMs > SECOND_MS / 2) answer.resolve();
      },
    }).finally(() => answer.resolve());
    expect(Math.max(...late)).toBeGreaterThan(SECOND_MS / 2);
    expect(status.behindMsMax).toBeGreaterThanOrEqual(Math.max(...late));
  });
});

describe("a collector", () => {
  test("is reached where a server is, even behind a prefix, and nowhere else", async () => {
    await using server = await strictServer();
    await new Collector(server.url).reach();
    await expect(new Collector(`${server.url}/elsewhere`).reach()).rejects.toMatchObject({
      code: "server-unreachable",
      message: expect.stringContaining("was answered 404"),
    });
    await expect(new Collector("http://127.0.0.1:9").reach()).rejects.toMatchObject({
      message: expect.stringContaining("nothing answers there"),
    });
  });

  test("behind a prefix posts behind it, though a Location never names it", async () => {
    await using server = await strictServer();
    await using proxy = proxyTo(server);
    const status = await play(`${proxy.url.origin}${PREFIX}`, { durationMs: 500 });
    expect(status.sessions).toBeGreaterThan(5);
    expect(status.refused).toBe(0);
  });
});

/** A proxy between players and the server that removes a prefix, and refuses some bodies. */
function proxyTo(server: TestServer, isRefused: (body: string) => boolean = () => false) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const body = await request.text();
      if (isRefused(body)) return new Response(null, { status: 503 });
      const path = new URL(request.url).pathname.replace(PREFIX, "");
      return fetch(server.url + path, { method: request.method, body });
    },
  });
}

/** A viewer may come twice; before the same title it is the same viewing in so small a crowd. */
function isSameViewing(a: Readonly<Record<string, unknown>> | undefined, b: Record<string, unknown>): boolean {
  return ["visitor.marketingCloudUserId", "media.id"].every((key) => a?.[key] === b[key]);
}
