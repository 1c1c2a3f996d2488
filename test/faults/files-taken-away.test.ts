/** Files that are taken away under a running server: it says so and ends, rather than acknowledge what is lost. */

import { describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startProcess } from "../support/process.ts";
import { eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const SETTINGS = { LOG_LEVEL: "warn" };
/** The server looks four times a second; a busy machine takes its time to end it. */
const NOTICED_MS_MAX = 10_000;

type Takes = (dataDir: string) => void;

const TAKEN: readonly [string, Takes][] = [
  ["the database is removed", (dataDir) => rmSync(join(dataDir, "playhead.db"))],
  ["its log is removed", (dataDir) => rmSync(join(dataDir, "playhead.db-wal"))],
  ["the log's index is removed", (dataDir) => rmSync(join(dataDir, "playhead.db-shm"))],
  ["the directory is removed", (dataDir) => rmSync(dataDir, { recursive: true })],
  ["the directory is renamed", (dataDir) => renameSync(dataDir, `${dataDir}.moved`)],
  [
    "the directory is replaced by another",
    (dataDir) => {
      renameSync(dataDir, `${dataDir}.moved`);
      mkdirSync(dataDir);
    },
  ],
  [
    "the database is replaced by a copy",
    (dataDir) => {
      const path = join(dataDir, "playhead.db");
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
  ],
];

describe("files that are taken away", () => {
  test.each(TAKEN)("%s: the server acknowledges nothing more, says why and ends", async (_, take) => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    await using server = await startProcess(dataDir, { settings: SETTINGS });
    const post = (path: string, body: object) =>
      fetch(server.url + path, { method: "POST", body: JSON.stringify(body) });
    const sid = sidOf(await post("/api/v1/sessions", sessionStart()));
    take(dataDir);
    const answer = await post(`/api/v1/sessions/${sid}/events`, eventAt(1, "play")).catch(() => undefined);
    expect([503, undefined]).toContain(answer?.status);
    expect(await server.exited).toBe(1);
    expect(server.stdout()).toMatch(/was (removed or renamed|replaced) while the server had it open/);
  });

  test("a server that takes no writes notices by itself, so that no second one starts beside it", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    await using server = await startProcess(dataDir, { settings: SETTINGS });
    renameSync(dataDir, `${dataDir}.moved`);
    let ended = false;
    void server.exited.then(() => {
      ended = true;
    });
    await waitFor(() => ended, NOTICED_MS_MAX);
    expect(await server.exited).toBe(1);
  });

  test("backups, reports and checkpoints of a healthy server take nothing away", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    const settings = { ...SETTINGS, ADMIN_TOKEN: "a-token-for-tests-of-32-characters-or-more" };
    await using server = await startProcess(dataDir, { settings });
    const headers = { Authorization: `Bearer ${settings.ADMIN_TOKEN}` };
    for (let round = 0; round < 3; round += 1) {
      const start = await fetch(`${server.url}/api/v1/sessions`, {
        method: "POST",
        body: JSON.stringify(sessionStart()),
      });
      expect(start.status).toBe(201);
      const backup = await fetch(`${server.url}/admin/api/backup`, { headers });
      expect([backup.status, (await backup.arrayBuffer()).byteLength > 0]).toEqual([200, true]);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    }
  });
});
