/** An erasure that a kill -9 cuts short: what began is finished by the next process, what did not can be repeated. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { filesWith } from "../support/bytes.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const ANN = "ann-the-visitor";
const SESSIONS = 60;
const EVENTS = 1200;
const SETTINGS = { ADMIN_TOKEN };

function eraseAnn(url: string): Promise<Response> {
  return fetch(`${url}/admin/api/visitors/${ANN}`, { method: "DELETE", headers: ADMIN_HEADERS });
}

/** Downloaded content of Ann's and of others', in turns. */
async function fill(url: string): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, second) => eventAt(second, "ping"));
  for (let count = 0; count < SESSIONS; count += 1) {
    const visitor = count % 2 === 0 ? ANN : `bob-${count}`;
    const body = JSON.stringify([sessionStart({ "analytics.visitorId": visitor }), ...events]);
    expect((await fetch(`${url}/api/v1/downloaded`, { method: "POST", body })).status).toBe(201);
  }
}

function read(dataDir: string, sql: string): number {
  using reader = new Database(join(dataDir, "playhead.db"), { readonly: true });
  return Number(reader.query(sql).values()[0]?.[0]);
}

const ORPHANS = "SELECT count(*) FROM events WHERE session NOT IN (SELECT id FROM sessions)";
/** Found at the first: a count lasts while the erasure goes on. */
const SOME_ORPHAN = "SELECT EXISTS (SELECT 1 FROM events WHERE session NOT IN (SELECT id FROM starts))";
const OTHERS = SESSIONS / 2;

/**
 * Kills a server while events of erased sessions are left. A fast erasure may pass unseen: another server is tried then.
 *
 * @returns its data directory
 */
async function killInErasure(): Promise<ReturnType<typeof tempDir>> {
  for (;;) {
    const directory = tempDir();
    await using server = await startProcess(directory.path, { settings: SETTINGS });
    await fill(server.url);
    let isOver = false;
    const erasing = eraseAnn(server.url)
      .catch(() => undefined)
      .finally(() => {
        isOver = true;
      });
    await waitFor(() => isOver || read(directory.path, SOME_ORPHAN) > 0);
    server.signal("SIGSTOP");
    if (read(directory.path, ORPHANS) > 0) {
      server.signal("SIGKILL");
      await Promise.all([server.exited, erasing]);
      return directory;
    }
    server.signal("SIGCONT");
    await erasing;
    directory[Symbol.dispose]();
  }
}

describe("kill -9 in the middle of an erasure", () => {
  test("leaves it to be finished, with no data of other visitors gone", async () => {
    using directory = await killInErasure();
    expect(read(directory.path, ORPHANS)).toBeGreaterThan(0);
    await using restarted = await startProcess(directory.path, { settings: SETTINGS });
    expect((await eraseAnn(restarted.url)).status).toBe(200);
    expect(read(directory.path, ORPHANS)).toBe(0);
    expect(read(directory.path, "SELECT count(*) FROM sessions")).toBe(OTHERS);
    expect(read(directory.path, "SELECT count(*) FROM events")).toBe(OTHERS * EVENTS);
    expect(filesWith(directory.path, ANN)).toEqual([]);
    restarted.signal("SIGTERM");
    expect(await restarted.exited).toBe(0);
    using database = new Database(join(directory.path, "playhead.db"), { readonly: true });
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  });

  test("of the command is finished by the same command", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings: SETTINGS });
    await fill(server.url);
    server.signal("SIGTERM");
    await server.exited;
    await using command = runProcess(["erase", ANN, "--data-dir", directory.path]);
    await waitFor(() => read(directory.path, "SELECT count(*) FROM erasures") > 0);
    command.signal("SIGKILL");
    await command.exited;
    await using again = runProcess(["erase", ANN, "--data-dir", directory.path]);
    expect(await again.exited).toBe(0);
    expect(again.stdout() + again.stderr()).not.toContain(ANN);
    expect(read(directory.path, ORPHANS)).toBe(0);
    expect(read(directory.path, "SELECT count(*) FROM sessions")).toBe(OTHERS);
    expect(filesWith(directory.path, ANN)).toEqual([]);
  });
});
