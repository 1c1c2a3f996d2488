/** What has closed is in the next answer, or the answer says how much it lacks. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";
import { ask, LIST, REPORTS } from "../support/viewings.ts";

const TRIES = 25;
const CLOSED = { metrics: "mediaStarts,contentTimeSpent", open: "exclude" };
const PLAYED = [eventAt(0, "play"), eventAt(10, "ping")];

async function playLive(server: TestServer): Promise<void> {
  const sid = await server.open();
  for (const event of [...PLAYED, eventAt(10, "sessionEnd")]) await server.add(sid, event);
}

async function postDownloaded(server: TestServer): Promise<void> {
  const { status } = await server.post("/api/v1/downloaded", [sessionStart(), ...PLAYED]);
  expect(status).toBe(201);
}

describe("a session that has closed", () => {
  for (const [how, play] of Object.entries({ live: playLive, "as downloaded content": postDownloaded })) {
    test(`${how} is in the next answer of each kind`, async () => {
      await using server = await startTestServer();
      const found: unknown[] = [];
      for (let at = 1; at <= TRIES; at += 1) {
        await play(server);
        const { totals, pending } = await ask(server, REPORTS, CLOSED);
        found.push([totals.mediaStarts, totals.contentTimeSpent, pending]);
      }
      expect(found).toEqual(Array.from({ length: TRIES }, (_, at) => [at + 1, 10 * (at + 1), 0]));
      await play(server);
      const funnel = await ask(server, "/admin/api/funnel", { open: "exclude" });
      expect([funnel.steps[0].sessions, funnel.pending]).toEqual([TRIES + 1, 0]);
      await play(server);
      const { sessions } = await ask(server, LIST, { filter: ["contentTimeSpent==10"], limit: 100 });
      expect(sessions).toHaveLength(TRIES + 2);
    });
  }

  test("together with hundreds of others is in each of the answers that were asked for at once", async () => {
    await using server = await startTestServer();
    for (let batch = 0; batch < 4; batch += 1) {
      await Promise.all(Array.from({ length: 100 }, () => postDownloaded(server)));
    }
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask(server, REPORTS, CLOSED)));
    expect(answers.map(({ totals, pending }) => [totals.mediaStarts, pending])).toEqual(Array(4).fill([400, 0]));
  });
});

describe("an answer", () => {
  test("says how many of the closed sessions it lacks, while none can be stored", async () => {
    await using server = await startTestServer();
    await playLive(server);
    await ask(server, REPORTS, CLOSED);
    using other = new Database(join(server.dataDir, "playhead.db"));
    const fails = "BEGIN SELECT RAISE(ABORT, 'disk'); END";
    other.run(`CREATE TRIGGER no_numbers BEFORE INSERT ON results ${fails}`);
    // Neither is there room for the failure, or the session would not be waited for.
    other.run(`CREATE TRIGGER no_failure BEFORE UPDATE ON closes ${fails}`);
    await playLive(server);
    const { totals, pending } = await ask(server, REPORTS, CLOSED);
    expect([totals.mediaStarts, pending]).toEqual([1, 1]);
    other.run("DROP TRIGGER no_numbers");
    other.run("DROP TRIGGER no_failure");
    server.clock.pass(10_000);
    const after = await ask(server, REPORTS, CLOSED);
    expect([after.totals.mediaStarts, after.pending]).toEqual([2, 0]);
  });
});
