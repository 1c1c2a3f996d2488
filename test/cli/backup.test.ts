/** `playhead backup`: beside a server under load, opened by another server afterwards, and nothing lost or left over. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../support/process.ts";
import { eventAt, sessionStart, startTestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";

const RESULT = /: ([\d,]+) sessions, ([\d,]+) events, ([\d,]+) bytes, verified, in \d+\.\d s\.\n$/;

describe("playhead backup", () => {
  test("under load holds every session and event of before, and a server opened on it goes on from there", async () => {
    await using server = await startTestServer();
    using restored = tempDir();
    const sids: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      const sid = await server.open(sessionStart({ "media.name": `Name ${count}` }));
      await server.add(sid, eventAt(1, "play"));
      if (count % 2 === 0) await server.add(sid, eventAt(30, "sessionEnd"));
      sids.push(sid);
    }
    await server.app.work();
    let loading = true;
    const load = (async () => {
      while (loading) await server.add(await server.open(), eventAt(1, "ping"));
    })();
    const path = join(restored.path, "copy.db");
    const { code, out, err } = await runCommand(["backup", path, "--data-dir", server.dataDir]);
    loading = false;
    await load;
    expect([code, err]).toEqual([0, ""]);
    const [sessions = 0, events = 0, bytes] = (RESULT.exec(out) ?? [])
      .slice(1)
      .map((text) => Number(text.replaceAll(",", "")));
    expect(bytes).toBe(statSync(path).size);
    expect(readdirSync(restored.path)).toEqual(["copy.db"]);
    expect(countsOf(path)).toEqual({ sessions, events: events - sessions });
    expect(sessions).toBeGreaterThanOrEqual(20);

    // As docs/operations.md says it.
    renameSync(path, join(restored.path, "playhead.db"));
    await using second = await startTestServer({ config: { dataDir: restored.path } });
    for (const sid of sids) {
      const session = await server.admin(`/admin/api/sessions/${sid}`);
      expect(await second.admin(`/admin/api/sessions/${sid}`)).toEqual(session);
      expect(await second.add(sid, eventAt(31, "ping"))).toBe(session.session.status === "open" ? 204 : 410);
    }
  });

  test("replaces a file only by --force", async () => {
    await using server = await startTestServer();
    using directory = tempDir();
    const path = join(directory.path, "file");
    writeFileSync(path, "mine");
    const refused = await runCommand(["backup", path, "--data-dir", server.dataDir]);
    expect([refused.code, refused.err]).toEqual([1, `"${path}" is there already; --force replaces it\n`]);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect((await runCommand(["backup", path, "--force", "--data-dir", server.dataDir])).code).toBe(0);
    expect(countsOf(path)).toEqual({ sessions: 0, events: 0 });
  });

  test("without a file ends with 2; without a database with 1, and makes neither", async () => {
    using directory = tempDir();
    const flags = ["--data-dir", directory.path];
    expect(await runCommand(["backup", ...flags])).toMatchObject({
      code: 2,
      err: "playhead backup takes a FILE to write\n",
    });
    const { code, err } = await runCommand(["backup", join(directory.path, "file"), ...flags]);
    expect([code, err]).toEqual([1, `There is no database in "${directory.path}"\n`]);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("that is asked to end leaves no file and returns 1", async () => {
    await using server = await startTestServer();
    using directory = tempDir();
    const args = ["backup", join(directory.path, "file"), "--data-dir", server.dataDir];
    const ran = await runCommand(args, { stopped: Promise.resolve() });
    expect(ran).toMatchObject({ code: 1, out: "", err: "Interrupted; nothing is left of it.\n" });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("of a newer database says so, as a process of its own", async () => {
    await using server = await startTestServer();
    using directory = tempDir();
    using database = new Database(join(server.dataDir, "playhead.db"));
    database.run("INSERT INTO migrations (tag, sha256) VALUES ('9999_future', 'x')");
    await using playhead = runProcess(["backup", join(directory.path, "file"), "--data-dir", server.dataDir]);
    expect([await playhead.exited, playhead.stdout()]).toEqual([1, ""]);
    expect(playhead.stderr()).toMatch(/^Cannot open the database: its migration "9999_future" is of a newer version/);
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

function countsOf(path: string): { sessions: number; events: number } {
  using database = new Database(path, { readonly: true });
  const read = (table: string) => Number(database.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0]);
  return { sessions: read("sessions"), events: read("events") };
}
