/** A `ts` in seconds or microseconds: read in its session's unit, kept in milliseconds, flagged; refused by strict. */

import { describe, expect, test } from "bun:test";
import { sessionStart, sidOf, startTestServer, type TestServer, TS } from "../support/server.ts";

const SESSIONS = "/api/v1/sessions";
/** What arrives is of now. */
const NOW_MS = TS;
const UNITS = [
  ["seconds", NOW_MS / 1000, 1],
  ["microseconds", NOW_MS * 1000, 1_000_000],
] as const;

const at = (ts: number, eventType: string, playhead = 0) => ({ eventType, playerTime: { playhead, ts } });
const startAt = (ts: number, params: object = {}) => sessionStart(params, { playerTime: { playhead: 0, ts } });

interface Shown {
  readonly ts: number;
  readonly flags: readonly string[];
}

async function eventsOf(server: TestServer, sid: string): Promise<(readonly [number, ...string[]])[]> {
  const { events } = await server.admin(`/admin/api/sessions/${sid}`);
  return events.map(({ ts, flags }: Shown) => [ts - NOW_MS, ...flags]);
}

for (const [unit, now, second] of UNITS) {
  const flag = `ts-in-${unit}`;

  describe(`a session whose start is in ${unit}`, () => {
    test("counts as one in milliseconds, and each event is flagged", async () => {
      await using server = await startTestServer();
      const sid = await server.open(startAt(now));
      await server.add(sid, at(now + second, "play", 0));
      await server.add(sid, at(now + 31.25 * second, "ping", 30.25));
      await server.add(sid, at(now + 61 * second, "sessionEnd", 60));
      expect(await eventsOf(server, sid)).toEqual([
        [0, flag],
        [1000, flag],
        [31_250, flag],
        [61_000, flag],
      ]);
      const { session, metrics } = await server.admin(`/admin/api/sessions/${sid}`);
      expect([session.closeReason, session.endTs]).toEqual(["session-end", NOW_MS + 61_000]);
      expect(metrics.contentTimeSpent).toBe(60);
    });

    test("stays so over a restart, and in its grace period after another", async () => {
      await using server = await startTestServer({ config: { lateGraceMs: 600_000 } });
      const sid = await server.open(startAt(now));
      const plain = await server.open(startAt(NOW_MS, { "media.ts-in-seconds": "ts-in-seconds" }));
      await server.restart();
      await server.add(sid, at(now + second, "play"));
      await server.add(plain, at(now, "play"));
      await server.restart();
      await server.add(sid, at(now + 5 * second, "sessionEnd", 4));
      server.clock.pass(300_000);
      await server.app.work();
      await server.restart();
      expect(await server.add(sid, at(now + 3 * second, "ping", 2))).toBe(204);
      expect(await eventsOf(server, sid)).toEqual([
        [0, flag],
        [1000, flag],
        [3000, flag],
        [5000, flag],
      ]);
      // The start decides for its session.
      expect((await eventsOf(server, plain))[1]?.[0]).toBe(now - NOW_MS);
    });

    test("as downloaded content is read, dated and flagged whole", async () => {
      await using server = await startTestServer();
      const day = 86_400 * second;
      const events = [startAt(now - day), at(now - day + second, "play"), at(now - day + 9 * second, "sessionEnd", 8)];
      const sid = sidOf(await server.post("/api/v1/downloaded", events));
      expect(await eventsOf(server, sid)).toEqual([
        [-86_400_000, flag],
        [-86_399_000, flag],
        [-86_391_000, flag],
      ]);
      expect((await server.admin(`/admin/api/sessions/${sid}`)).session.startedAt).toBe(NOW_MS - 86_400_000);
    });

    test("is refused by strict, which says why; so is an event of a session in milliseconds", async () => {
      await using server = await startTestServer({ config: { validation: "strict" } });
      const words = `is in ${unit}; it must be milliseconds since the epoch`;
      const refusal = (pointer: string) => ({ errors: [{ pointer, code: "unit", message: words }] });
      const sid = await server.open(startAt(NOW_MS));
      for (const [path, body, pointer] of [
        [SESSIONS, startAt(now), "/playerTime/ts"],
        [`${SESSIONS}/${sid}/events`, at(now, "play"), "/playerTime/ts"],
        ["/api/v1/downloaded", [startAt(NOW_MS), at(now, "play")], "/1/playerTime/ts"],
      ] as const) {
        const refused = await server.post(path, body);
        expect([path, refused.status, await refused.json()]).toMatchObject([path, 400, refusal(pointer)]);
      }
    });
  });
}

describe("a ts", () => {
  test("that no unit explains is milliseconds, and only implausible", async () => {
    await using server = await startTestServer();
    for (const ts of [0, 5, 1_000_000, NOW_MS - 3_650 * 86_400_000, 2 ** 52]) {
      const sid = await server.open(startAt(ts));
      expect(await eventsOf(server, sid)).toEqual([[ts - NOW_MS, "ts-implausible"]]);
    }
  });

  test("far outside of its session's unit is kept as it is", async () => {
    await using server = await startTestServer();
    const sid = await server.open(startAt(NOW_MS / 1000));
    expect(await server.add(sid, at(Number.MAX_SAFE_INTEGER, "ping"))).toBe(204);
    expect((await eventsOf(server, sid))[1]?.[0]).toBe(Number.MAX_SAFE_INTEGER - NOW_MS);
  });

  test("in nanoseconds is refused, and the answer says so", async () => {
    for (const validation of ["standard", "strict"] as const) {
      await using server = await startTestServer({ config: { validation } });
      const refused = await server.post(SESSIONS, startAt(NOW_MS * 1_000_000));
      const { errors } = (await refused.json()) as { errors: { pointer: string; message: string }[] };
      expect([refused.status, errors[0]?.pointer]).toEqual([400, "/playerTime/ts"]);
      expect(errors[0]?.message).toContain("milliseconds since the epoch, never nanoseconds");
    }
  });
});
