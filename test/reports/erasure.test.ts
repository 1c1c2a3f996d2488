/** An erasure leaves no trace in the report facts, down to the bytes of their file. */

import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { erase } from "../../src/app/maintenance.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/base/log.ts";
import { loadConfig } from "../../src/config.ts";
import { filesWith } from "../support/bytes.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";

const ANN = "visitor-ann-7f3a91c2e5";
const BOB = "visitor-bob-4d8e60b1f7";
const TITLE = "title-only-ann-watched-55aa";

/** Sessions of two visitors, whose rows alternate; every third of Ann's stays open. */
async function play(server: TestServer): Promise<void> {
  for (let n = 0; n < 30; n += 1) {
    const visitor = n % 2 === 0 ? ANN : BOB;
    const own = visitor === ANN ? { "media.name": TITLE } : {};
    const sid = await server.open(sessionStart({ "analytics.visitorId": visitor, "media.id": `film-${n}`, ...own }));
    await server.add(sid, eventAt(1, "play"));
    if (n % 6 !== 0) await server.add(sid, eventAt(30, "sessionEnd"));
  }
  await server.app.work();
}

const report = (server: TestServer) =>
  server.admin("/admin/api/reports?metrics=mediaStarts&dimension=analytics.visitorId");

const factsFiles = (server: TestServer, text: string) =>
  filesWith(server.dataDir, text).filter((path) => path.includes("reports.duckdb"));

describe("an erasure", () => {
  test("takes a visitor out of reports and out of every byte of their file, and no other visitor", async () => {
    await using server = await startTestServer();
    await play(server);
    expect((await report(server)).rows).toEqual([
      { "analytics.visitorId": ANN, mediaStarts: 15 },
      { "analytics.visitorId": BOB, mediaStarts: 15 },
    ]);
    expect(factsFiles(server, ANN)).not.toEqual([]);
    const answer = await fetch(`${server.url}/admin/api/visitors/${ANN}`, {
      method: "DELETE",
      headers: ADMIN_HEADERS,
    });
    expect(await answer.json()).toEqual({ erasedSessions: 15 });
    expect(filesWith(server.dataDir, ANN)).toEqual([]);
    expect(filesWith(server.dataDir, TITLE)).toEqual([]);
    expect((await report(server)).rows).toEqual([{ "analytics.visitorId": BOB, mediaStarts: 15 }]);
    await server.restart();
    expect((await report(server)).rows).toEqual([{ "analytics.visitorId": BOB, mediaStarts: 15 }]);
    expect(filesWith(server.dataDir, ANN)).toEqual([]);
  });

  test("without a server cleans the facts too", async () => {
    await using server = await startTestServer();
    await play(server);
    await report(server);
    await server.app.stop();
    expect(factsFiles(server, ANN)).not.toEqual([]);
    const erased = await erase(loadConfig({ PLAYHEAD_DATA_DIR: server.dataDir }), {
      erased: { visitorId: ANN },
      log: createLog({ level: "error", format: "json", clock: systemClock, write: () => {} }),
      onProgress: () => {},
      stopped: new Promise(() => {}),
    });
    expect(erased).toBe(15);
    expect(filesWith(server.dataDir, ANN)).toEqual([]);
    expect(existsSync(join(server.dataDir, "reports.duckdb"))).toBe(true);
    await server.restart();
    expect((await report(server)).rows).toEqual([{ "analytics.visitorId": BOB, mediaStarts: 15 }]);
  });

  test("that the facts followed but didn't clean up is cleaned up by the next process", async () => {
    await using server = await startTestServer();
    await play(server);
    await report(server);
    // Acts as another process that erases: the facts follow, and their file still holds the dropped rows.
    await server.app.stop();
    const { openSqliteStore } = await import("../../src/store/sqlite/store.ts");
    const store = openSqliteStore({ path: join(server.dataDir, "playhead.db"), synchronous: "FULL" });
    const { ids } = await store.findVisitor({ visitorId: ANN, afterId: 0, limit: 1000 });
    await store.erase(
      ids.map((id) => ({ id, seq: 0 })),
      Date.now(),
    );
    await store.close();
    await server.restart();
    expect((await report(server)).rows).toEqual([{ "analytics.visitorId": BOB, mediaStarts: 15 }]);
    // The Worker pauses, and rewrites the file; the next report comes after that.
    await report(server);
    expect(factsFiles(server, ANN)).toEqual([]);
  });
});
