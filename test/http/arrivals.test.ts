/** Arrivals: by a line that no change of the server's clock moves, and that a restart goes on with. */

import { describe, expect, test } from "bun:test";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../src/base/units.ts";
import { eventAt, startTestServer, type TestServer, TS } from "../support/server.ts";

type Happening = (server: TestServer) => Promise<void> | void;

/** Plays two minutes, each event as it happens; something happens after one. */
async function play(happens: Happening = () => {}) {
  await using server = await startTestServer();
  const sid = await server.open();
  for (let second = 10; second <= 120; second += 10) {
    server.clock.pass(10 * SECOND_MS);
    if (second === 60) await happens(server);
    const type = second === 10 ? "play" : second === 120 ? "sessionEnd" : "ping";
    expect(await server.add(sid, eventAt(second, type))).toBe(204);
  }
  const { session, events, ...numbers } = await server.admin(`/admin/api/sessions/${sid}`);
  const [start] = events;
  return {
    startedAt: session.startedAt,
    numbers,
    flags: events.flatMap(({ flags }: { flags: string[] }) => flags),
    arrivals: events.map(({ receivedAt }: { receivedAt: number }) => receivedAt - start.receivedAt),
  };
}

describe("a change of the server's clock in mid-session", () => {
  for (const [name, ms] of [
    ["an hour forward", HOUR_MS],
    ["an hour back", -HOUR_MS],
    ["ten years forward", 3650 * DAY_MS],
  ] as const) {
    test(`${name} changes no arrival and no number`, async () => {
      expect(await play(({ clock }) => clock.jump(ms))).toEqual(await play());
    });
  }

  test("back, with a restart before or after, lets no event arrive before those that it follows", async () => {
    const still = await play();
    const happenings: Happening[] = [
      async (server) => {
        server.clock.jump(-HOUR_MS);
        await server.restart();
      },
      async (server) => {
        await server.app.stop();
        server.clock.jump(-HOUR_MS);
        await server.restart();
      },
      async (server) => {
        server.clock.jump(-HOUR_MS);
        await server.restart();
        await server.restart();
      },
    ];
    for (const happens of happenings) {
      const { arrivals, ...rest } = await play(happens);
      expect(arrivals).toEqual(arrivals.toSorted((a: number, b: number) => a - b));
      expect({ ...rest, arrivals: still.arrivals }).toEqual(still);
    }
  });
});

describe("a live event", () => {
  const flagsOf = async (ts: number) => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, { eventType: "play", playerTime: { playhead: 0, ts } });
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    return events.find(({ type }: { type: string }) => type === "play").flags;
  };

  test("is flagged where its ts is over a day from its arrival", async () => {
    expect(await flagsOf(TS + DAY_MS)).not.toContain("ts-implausible");
    expect(await flagsOf(TS + DAY_MS + 1)).toContain("ts-implausible");
    expect(await flagsOf(TS - DAY_MS)).not.toContain("ts-implausible");
    expect(await flagsOf(TS - DAY_MS - 1)).toContain("ts-implausible");
  });
});
