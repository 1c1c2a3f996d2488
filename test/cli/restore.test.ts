/** `playhead restore`, and what a start makes of a backup that was put in place by hand. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart, sidOf, startTestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";

const SETTINGS = { ADMIN_TOKEN, LOG_LEVEL: "warn" };

/** A backup of a server with some sessions, and their sids. */
async function backupOf(directory: string, sessions: number): Promise<{ path: string; sids: string[] }> {
  await using server = await startTestServer();
  const sids: string[] = [];
  for (let count = 0; count < sessions; count += 1) {
    const sid = await server.open(sessionStart({ "media.name": `Film ${count}` }));
    await server.add(sid, eventAt(10, "play"));
    sids.push(sid);
  }
  const path = join(directory, "backup.db");
  expect((await runCommand(["backup", path, "--data-dir", server.dataDir])).code).toBe(0);
  return { path, sids };
}

/** Leaves a data directory as a kill -9 does: with acknowledged events in the log alone. */
async function killedServer(dataDir: string): Promise<string> {
  await using server = await startProcess(dataDir, { settings: SETTINGS });
  const answer = await fetch(`${server.url}/api/v1/sessions`, { method: "POST", body: JSON.stringify(sessionStart()) });
  const sid = sidOf(answer);
  server.signal("SIGKILL");
  await server.exited;
  expect(statSync(join(dataDir, "playhead.db-wal")).size).toBeGreaterThan(0);
  return sid;
}

/** Every file of a directory with its bytes. */
function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(directory, name), "base64")]));
}

describe("playhead restore", () => {
  test("puts a backup into an empty directory, and a server goes on from it", async () => {
    using directory = tempDir();
    const { path, sids } = await backupOf(directory.path, 3);
    const dataDir = join(directory.path, "data");
    const before = readFileSync(path);
    const { code, out, err } = await runCommand(["restore", path, "--data-dir", dataDir]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toStartWith(`Restored 3 sessions and 6 events into ${dataDir}.`);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(statSync(join(dataDir, "playhead.db")).mode & 0o777).toBe(0o600);
    await using server = await startTestServer({ config: { dataDir } });
    for (const sid of sids) expect(await server.add(sid, eventAt(20, "ping"))).toBe(204);
  });

  test("replaces a killed server's database by --force, with the log and the report facts that belonged to it", async () => {
    using directory = tempDir();
    const { path, sids } = await backupOf(directory.path, 2);
    const dataDir = join(directory.path, "data");
    const replaced = await killedServer(dataDir);
    for (const name of ["reports.duckdb", "reports.duckdb.wal", "reports.duckdb.next", "reports.duckdb.building"]) {
      writeFileSync(join(dataDir, name), "of the database that was here");
    }
    const refused = await runCommand(["restore", path, "--data-dir", dataDir]);
    expect([refused.code, refused.err]).toEqual([
      1,
      `Cannot write "${join(dataDir, "playhead.db")}": it already exists; --force replaces it\n`,
    ]);
    expect((await runCommand(["restore", path, "--data-dir", dataDir, "--force"])).code).toBe(0);
    // Locks stay: a process that waits for one must find the same file.
    const files = readdirSync(dataDir).filter((name) => !name.endsWith(".lock"));
    expect(files.filter((name) => /wal|shm|reports|part/.test(name))).toEqual([]);
    await using server = await startTestServer({ config: { dataDir } });
    const { sessions } = await server.admin("/admin/api/sessions");
    expect(sessions.map(({ sid }: { sid: string }) => sid).toSorted()).toEqual(sids.toSorted());
    expect(await server.add(replaced, eventAt(1, "play"))).toBe(404);
  });

  test("refuses while a server runs, and changes nothing", async () => {
    using directory = tempDir();
    const { path } = await backupOf(directory.path, 1);
    await using server = await startTestServer();
    const sid = await server.open();
    const refused = await runCommand(["restore", path, "--data-dir", server.dataDir, "--force"]);
    expect([refused.code, refused.err]).toEqual([
      1,
      `Cannot restore into "${server.dataDir}": another process uses it; stop the server first\n`,
    ]);
    expect(await server.add(sid, eventAt(1, "play"))).toBe(204);
  });

  test("refuses what is no whole backup, says why, and leaves the database that is there", async () => {
    using directory = tempDir();
    const { path } = await backupOf(directory.path, 40);
    const dataDir = join(directory.path, "data");
    await killedServer(dataDir);
    const before = contentsOf(dataDir);
    const file = (name: string) => join(directory.path, name);
    writeFileSync(file("text"), "no database ".repeat(1000));
    const damaged = readFileSync(path);
    damaged.fill(0x5a, damaged.length / 2, damaged.length / 2 + 20_000);
    writeFileSync(file("damaged"), damaged);
    writeFileSync(file("short"), readFileSync(path).subarray(0, 20_000));
    const other = new Database(file("other"), { create: true });
    other.run("CREATE TABLE books (title TEXT)");
    other.close();
    const live = join(file("live"), "playhead.db");
    await killedServer(file("live"));
    const cases: readonly [string, RegExp][] = [
      [file("none"), /there is no such file/],
      [directory.path, /there is no such file/],
      [file("text"), /it is no SQLite database/],
      [file("damaged"), /damaged|malformed/],
      [file("short"), /damaged|malformed/],
      [file("other"), /Playhead did not make it/],
      [live, /it is a database in use, with a log beside it; copy it with playhead backup/],
    ];
    for (const [name, why] of cases) {
      const { code, out, err } = await runCommand(["restore", name, "--data-dir", dataDir, "--force"]);
      expect([name, code, out]).toEqual([name, 1, ""]);
      expect(err).toMatch(why);
      expect(contentsOf(dataDir)).toEqual(before);
      expect(existsSync(join(dataDir, "playhead.db.part"))).toBe(false);
    }
  });

  test("that is interrupted leaves the directory as it was", async () => {
    using directory = tempDir();
    const { path } = await backupOf(directory.path, 1);
    const dataDir = join(directory.path, "data");
    const stopped = Promise.resolve();
    const { code } = await runCommand(["restore", path, "--data-dir", dataDir], { stopped });
    expect([code, readdirSync(dataDir)]).toEqual([1, ["lock"]]);
  });
});

describe("a backup that was put in place by hand", () => {
  test("beside the log of the database that was there is refused before SQLite mixes the two", async () => {
    using directory = tempDir();
    const { path, sids } = await backupOf(directory.path, 2);
    const dataDir = join(directory.path, "data");
    await killedServer(dataDir);
    copyFileSync(path, join(dataDir, "playhead.db"));
    for (const args of [["serve"], ["export", "sessions"], ["recompute"]]) {
      await using refused = runProcess(args, {
        settings: { ...SETTINGS, DATA_DIR: dataDir, PORT: "0", HOST: "127.0.0.1" },
      });
      expect([args, await refused.exited]).toEqual([args, 1]);
      expect(refused.stderr()).toContain("is the log of another database, which was there before");
    }
    expect(readFileSync(join(dataDir, "playhead.db")).equals(readFileSync(path))).toBe(true);
    expect((await runCommand(["restore", path, "--data-dir", dataDir, "--force"])).code).toBe(0);
    await using server = await startTestServer({ config: { dataDir } });
    const { sessions } = await server.admin("/admin/api/sessions");
    expect(sessions).toHaveLength(sids.length);
  });

  test("beside a log of its own goes on, as after every kill", async () => {
    using directory = tempDir();
    const dataDir = join(directory.path, "a directory #1 with 100 % odd?");
    const sid = await killedServer(dataDir);
    await using server = await startTestServer({ config: { dataDir } });
    expect(await server.add(sid, eventAt(1, "play"))).toBe(204);
  });
});
