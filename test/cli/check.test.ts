/** `playhead check` and `backup --salvage`: what is wrong with a data directory, and what can still be had of it. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { damagePage } from "../support/damage-page.ts";
import { eventAt, sessionStart, sidOf, startTestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";

const SESSIONS = 300;
const EVENTS = 20;

/** A data directory with sessions of 20 events, as a stopped server leaves it. */
async function filled(dataDir: string): Promise<string[]> {
  await using server = await startTestServer({ config: { dataDir } });
  const sids: string[] = [];
  for (let count = 0; count < SESSIONS; count += 1) {
    const start = sessionStart({ "media.name": `Film ${count}`, "media.downloaded": true });
    const events = Array.from({ length: EVENTS }, (_, at) =>
      eventAt(at + 1, at === EVENTS - 1 ? "sessionEnd" : "ping"),
    );
    const sid = sidOf(await server.post("/api/v1/downloaded", [start, ...events]));
    sids.push(sid);
  }
  await server.app.work();
  return sids;
}

function keysIn(path: string): unknown[] {
  using database = new Database(path, { readonly: true });
  return database.query("SELECT * FROM keys").all();
}

const check = (dataDir: string) => runCommand(["check", "--data-dir", dataDir]);

describe("playhead check", () => {
  test("of a sound directory names each thing that it looked at, and what is to be done some day", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    await filled(dataDir);
    const { code, out, err } = await check(dataDir);
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n")).toEqual([
      "ok      The data directory is its owner's alone",
      "ok      No server uses the data directory",
      expect.stringMatching(/^ok {6}[\d,]+ MiB are free; the database has \d+ MiB$/),
      "warning There is no backup yet",
      "        → playhead backup FILE, by the hour or by the day",
      "ok      Every page of the database is sound",
      `ok      All can be read: ${SESSIONS} sessions with ${(SESSIONS * (EVENTS + 1)).toLocaleString("en")} events`,
      "",
    ]);
  });

  test("beside a server says whether it is ready, and counts open sessions too", async () => {
    await using server = await startTestServer();
    await server.add(await server.open(), eventAt(1, "play"));
    chmodSync(server.dataDir, 0o755);
    const { code, out } = await check(server.dataDir);
    expect(code).toBe(0);
    expect(out).toContain(
      `ok      The server at http://localhost:${server.app.port} is ready`.replace(
        "localhost",
        new URL(server.app.url).hostname,
      ),
    );
    expect(out).toContain("All can be read: 1 session with 2 events");
    expect(out).toContain(`warning Other users of the machine may look into the data directory (mode 755)`);
    expect(out).toContain(`→ chmod 700 ${server.dataDir}`);
  });

  test("names sessions with a damaged row, and exits with 1", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    await filled(dataDir);
    const client = new Database(join(dataDir, "playhead.db"));
    client.run("UPDATE starts SET payload = '{\"par' WHERE id = 7");
    client.run("UPDATE events SET payload = '[' WHERE session = 9 AND type = 5");
    client.close();
    const { code, out } = await check(dataDir);
    expect(code).toBe(1);
    expect(out).toContain("PROBLEM 2 sessions cannot be read whole (number 7, 9)");
    expect(out).toContain("playhead backup --salvage FILE");
  });

  test("without a database says so", async () => {
    using root = tempDir();
    const { code, err } = await check(root.path);
    expect([code, err]).toEqual([
      1,
      `Cannot use "${root.path}": it holds no database; name the server's directory with --data-dir, or start a server on it first\n`,
    ]);
  });
});

describe("backup --salvage", () => {
  test.each(["events", "starts", "results"])(
    "of a database with a damaged page of %s has all the rest",
    async (table) => {
      using root = tempDir();
      const dataDir = join(root.path, "data");
      const sids = await filled(dataDir);
      damagePage(dataDir, table);
      const checked = await check(dataDir);
      expect([checked.code, checked.out.includes("PROBLEM The database is damaged")]).toEqual([1, true]);
      const copy = join(root.path, "salvaged.db");
      expect((await runCommand(["backup", copy, "--data-dir", dataDir])).code).toBe(1);
      const { code, out, err } = await runCommand(["backup", copy, "--salvage", "--data-dir", dataDir]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(/salvaged/);
      expect(out).toMatch(new RegExp(`Lost rows by table: .*${table} [\\d,]+`));
      expect(statSync(copy).mode & 0o777).toBe(0o600);

      const restored = join(root.path, "restored");
      expect((await runCommand(["restore", copy, "--data-dir", restored])).code).toBe(0);
      expect((await check(restored)).out).toContain("Every page of the database is sound");
      await using server = await startTestServer({ config: { dataDir: restored } });
      let found = 0;
      for (const sid of sids) {
        const answer = await server.admin(`/admin/api/sessions/${sid}`);
        if (answer.session) found += 1;
      }
      expect(found).toBeGreaterThan(SESSIONS * 0.8);
      expect(await server.add(await server.open(), eventAt(1, "play"))).toBe(204);
    },
  );

  test("of a sound database loses none", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    await filled(dataDir);
    const copy = join(root.path, "salvaged.db");
    const { code, out } = await runCommand(["backup", copy, "--salvage", "--data-dir", dataDir]);
    expect([code, out.split("\n")[1]]).toEqual([0, "No row was damaged."]);
    expect(out).toContain(`${SESSIONS} sessions, ${(SESSIONS * (EVENTS + 1)).toLocaleString("en")} events`);
    expect(keysIn(copy)).toEqual(keysIn(join(dataDir, "playhead.db")));
    expect(keysIn(copy)).toHaveLength(1);
  });
});
