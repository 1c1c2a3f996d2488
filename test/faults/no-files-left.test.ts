/** A process that has as many files open as it may: what needs a thread is 503, and everything else goes on. */

import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client } from "./support/client.ts";

const HAS_PRLIMIT = Bun.which("prlimit") !== null;
const FILES_MAX = 1000;
const LONG_WORK = [
  "/admin/api/reports?metrics=mediaStarts",
  "/admin/api/export/events?format=ndjson",
  "/admin/api/backup",
];
/** For the connections of the test. */
const FILES_LEFT = 6;
/** The server counts its connections several times meanwhile. */
const WITHOUT_MS = 350;

function limitFiles({ pid }: ServerProcess, filesMax: number): void {
  expect(Bun.spawnSync(["prlimit", "--pid", String(pid), `--nofile=${filesMax}:`]).exitCode).toBe(0);
}

async function statusOf(client: Client, path: string): Promise<number> {
  const response = await client.ask(path);
  await response.bytes();
  return response.status;
}

describe.skipIf(!HAS_PRLIMIT)("a process that has as many files open as it may", () => {
  test("answers long work 503 and players as ever, and does the work once there are files again", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
    const client = new Client(server);
    const sid = await client.open();
    limitFiles(server, readdirSync(`/proc/${server.pid}/fd`).length + FILES_LEFT);
    for (const path of LONG_WORK) expect([path, await statusOf(client, path)]).toEqual([path, 503]);
    expect(await client.add(sid, eventAt(1, "play"))).toBe(204);
    expect(server.stdout()).toContain("Cannot start a thread");
    limitFiles(server, 1);
    const untilMs = performance.now() + WITHOUT_MS;
    while (performance.now() < untilMs) expect(await client.add(sid, eventAt(1, "ping"))).toBe(204);
    expect(server.stderr()).not.toContain("Error");
    limitFiles(server, FILES_MAX);
    for (const path of LONG_WORK) expect([path, await statusOf(client, path)]).toEqual([path, 200]);
  });
});
