/** An unread log: it takes neither unbounded memory nor the time of a stop. */

import { describe, expect, test } from "bun:test";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { createLog } from "../../src/base/log.ts";
import { ManualClock } from "../support/clock.ts";
import { startProcess } from "../support/process.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client } from "./support/client.ts";

/** More lines than a pipe keeps. */
const FAILURES = 350;
const NO_ROOM = { ADMIN_TOKEN, DISK_RESERVE_BYTES: String(2 ** 40) };
const STOP_MS_MAX = 4000;

describe("an unread log", () => {
  test("does not hold up a stop", async () => {
    using directory = tempDir();
    using pipes = tempDir();
    const pipe = join(pipes.path, "pipe");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    const reader = openSync(pipe, constants.O_RDWR);
    const under = ["sh", "-c", `exec "$@" > "${pipe}"`, "sh"];
    await using server = await startProcess(directory.path, { settings: NO_ROOM, under });
    const client = new Client(server);
    for (let at = 0; at < FAILURES; at += 1) expect((await client.ask("/admin/api/backup")).status).toBe(507);
    const sinceMs = performance.now();
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(STOP_MS_MAX);
    closeSync(reader);
  });

  test("loses lines, and says how many once it is read again", () => {
    const written: string[] = [];
    let isRead = false;
    const write = (line: string) => isRead && written.push(line);
    const log = createLog({ level: "info", format: "json", clock: new ManualClock(), write });
    for (let at = 0; at < 3; at += 1) log.info("This is lost");
    isRead = true;
    log.info("This is read");
    log.info("And this");
    const lines = written.join("").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "warn", lost: 3 },
      { message: "This is read" },
      { message: "And this" },
    ]);
  });
});
