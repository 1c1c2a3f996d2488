/** Servers that sessions are moved between: one with all kinds of them, and what it exports. */

import { readFileSync } from "node:fs";
import { simulateDataDir } from "../../src/app/simulated.ts";
import { DAY_MS } from "../../src/base/units.ts";
import { groupSettings, readSettings, type Settings } from "../../src/config.ts";
import { viewers } from "../../src/simulate/viewers.ts";
import { SPARSE_PINGS } from "../../src/simulate/wire.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";

/** Every report that has rows by what a session says, by when, and by its ads. */
const REPORTS = [
  "metrics=mediaStarts,contentTimeSpent,uniqueTimePlayed,averageBitrate,totalStallingDuration&dimension=media.name",
  "metrics=mediaStarts,contentTimeSpent:p95&granularity=hour",
  "metrics=mediaStarts,adStarts,adCompletes&dimension=closeReason,downloaded",
  "metrics=errorEvents,chapterStarts&dimension=customMetadata.channel",
];

/** Fills a data directory with made-up sessions of some days before the clock's. */
async function fill(dataDir: string, untilMs: number, sessions: number): Promise<void> {
  const settings = { ...readSettings({}), dataDir } satisfies Settings;
  await simulateDataDir(groupSettings(settings), {
    sessions: viewers({ seed: 7, sessions, fromMs: untilMs - 3 * DAY_MS, toMs: untilMs, pings: SPARSE_PINGS }),
    total: sessions,
    untilMs,
    onProgress: () => {},
    isStopped: () => false,
  });
}

/** A server with made-up sessions, golden ones, downloaded content, late events, and open sessions. */
export async function sourceServer({ simulated = 40 }: { simulated?: number } = {}): Promise<TestServer> {
  const server = await startTestServer();
  await server.app.stop();
  await fill(server.dataDir, server.clock.nowMs(), simulated);
  await server.restart();
  await downloadGolden(server);
  await playLive(server);
  await server.app.work();
  return server;
}

async function downloadGolden(server: TestServer): Promise<void> {
  const { requests } = JSON.parse(readFileSync("test/golden/ios-downloaded.requests.json", "utf8"));
  await server.post("/api/v1/sessions", requests[0].body);
  // One is dated by the player's clock, the other by the server's.
  const recent = server.clock.nowMs() - DAY_MS;
  for (const ts of [recent, 5000]) {
    const events = [sessionStart(), eventAt(1, "play"), eventAt(9, "ping"), eventAt(9, "ping")];
    const moved = events.map((event, at) => ({ ...event, playerTime: { playhead: at * 4, ts: ts + at * 4000 } }));
    await server.post("/api/v1/downloaded", moved);
  }
}

async function playLive(server: TestServer): Promise<void> {
  const odd = sessionStart(
    { "media.name": 'quoted "film" \u2028 мểŧ', "my.key": 1.5 },
    { customMetadata: { channel: "=1+1", "bad key": true }, extra: "kept" },
  );
  const ended = await server.open(odd);
  const silent = await server.open();
  const still = await server.open();
  const twins = await server.open();
  const all = [ended, silent, still, twins];
  for (let second = 1; second <= 20; second += 1) {
    for (const sid of all) {
      const qoeData = second % 5 === 0 ? { "media.qoe.bitrate": 1000 * second, "odd.qoe": "x" } : undefined;
      await server.add(sid, eventAt(second, second === 1 ? "play" : "ping", qoeData && { qoeData }));
    }
    server.clock.pass(1000);
  }
  // Twice the same within one millisecond: both are stored.
  for (const _ of [1, 2]) await server.add(twins, eventAt(21, "ping", { params: { same: true } }));
  await server.add(ended, eventAt(25, "sessionEnd"));
  server.clock.pass(700_000);
  await server.app.work();
  // A late event of the one that the silence has closed, and two sessions that stay open.
  await server.add(silent, eventAt(20, "pauseStart"));
  const open = [await server.open(), await server.open(sessionStart({ "media.name": "open" }))];
  await server.add(open[0] ?? "", eventAt(1, "play"));
  server.clock.pass(30_000);
}

/** An export; without what each server counts or hashes by itself. */
export async function exported(server: TestServer, kind = "events"): Promise<string> {
  const response = await fetch(`${server.url}/admin/api/export/${kind}`, { headers: ADMIN_HEADERS });
  return withoutOwn(await response.text());
}

/** Takes the members out that are each server's own. */
export function withoutOwn(text: string): string {
  return text.replace(/"(?:sidHash|changedAt|revision)":(?:"[^"]*"|\d+|null),?/g, "");
}

/** What the reports of a server say, without how old and how slow they were. */
export async function reported(server: TestServer): Promise<unknown[]> {
  const range = `from=${server.clock.nowMs() - 10 * 365 * DAY_MS}&to=${server.clock.nowMs() + DAY_MS}`;
  const answers = await Promise.all(REPORTS.map((query) => server.admin(`/admin/api/reports?${query}&${range}`)));
  return answers.map(({ tookMs, openAgeMs, ...answer }) => answer);
}

/** Imports through the API. */
export async function imported(
  server: TestServer,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  query = "",
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
): Promise<any> {
  const response = await fetch(`${server.url}/admin/api/import${query}`, {
    method: "POST",
    headers: ADMIN_HEADERS,
    body,
  });
  return { status: response.status, ...((await response.json()) as object) };
}
