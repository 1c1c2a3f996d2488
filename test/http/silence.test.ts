/** Open sessions: what hasn't followed counts as not following once a minute has passed without any event. */

import { describe, expect, test } from "bun:test";
import { MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import { ADMIN_TOKEN, eventAt, startTestServer, type TestServer } from "../support/server.ts";

/** A break that is left without its completion: whether an ad still comes, only time tells. */
async function leaveBreakOpen(server: TestServer): Promise<string> {
  const sid = await server.open();
  const startMs = server.clock.nowMs();
  const at = async (second: number, playhead: number, eventType: string, params: object = {}) => {
    const ts = startMs + second * SECOND_MS;
    server.clock.pass(ts - server.clock.nowMs());
    expect(await server.add(sid, { eventType, playerTime: { playhead, ts }, params })).toBe(204);
  };
  await at(0, 0, "play");
  await at(10, 10, "adBreakStart");
  await at(11, 10, "adStart", { "media.ad.id": "ad-1", "media.ad.length": 15 });
  await at(26, 10, "adComplete");
  await at(27, 10, "play");
  await at(37, 20, "ping");
  return sid;
}

const exported = async (server: TestServer) => {
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const response = await fetch(`${server.url}/admin/api/export/sessions?format=ndjson`, { headers });
  return JSON.parse(await response.text());
};

describe("an open session", () => {
  test("shows the unmended reading until it has been silent for a minute", async () => {
    await using server = await startTestServer();
    const sid = await leaveBreakOpen(server);
    const look = async () => (await server.admin(`/admin/api/sessions/${sid}`)) as Awaited<ReturnType<typeof exported>>;
    server.clock.pass(MINUTE_MS - 1);
    const before = await look();
    expect([before.metrics.contentTimeSpent, before.metrics.mendings, before.unmended]).toEqual([10, 0, undefined]);
    server.clock.pass(1);
    const behind = await look();
    expect([behind.metrics.contentTimeSpent, behind.metrics.mendings]).toEqual([20, 1]);
    expect(behind.unmended.contentTimeSpent).toBe(10);
    const { events } = behind;
    expect(events.flatMap(({ flags }: { flags: string[] }) => flags)).toContain("mended:break-over-by-play");
    expect((await exported(server)).metrics.contentTimeSpent).toBe(20);
    // What follows soon by the player's clock may still be an ad.
    expect(await server.add(sid, eventAt(38, "ping"))).toBe(204);
    expect((await look()).metrics.mendings).toBe(0);
  });

  test("counts mended in reports from then on", async () => {
    await using server = await startTestServer();
    await leaveBreakOpen(server);
    const look = async () => {
      const report = "/admin/api/reports?metrics=contentTimeSpent,mendings";
      const { totals } = (await server.admin(report)) as { totals: Record<string, number> };
      return [totals["contentTimeSpent"], totals["mendings"]];
    };
    expect(await look()).toEqual([10, 0]);
    // The report worker takes the server's instant as it starts, and has a stopwatch of its own.
    await server.restart(MINUTE_MS);
    expect(await look()).toEqual([20, 1]);
  });
});
