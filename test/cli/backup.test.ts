/** `playhead backup`: taken beside a server under load, opened by another server, complete and without leftovers. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess, startProcess } from "../support/process.ts";
import {
  ADMIN_HEADERS,
  ADMIN_TOKEN,
  eventAt,
  sessionStart,
  sidOf,
  startTestServer,
  tempDir,
} from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";
import { waitFor } from "../support/wait-for.ts";

const RESULT = /: ([\d,]+) sessions, ([\d,]+) events, ([\d,]+) bytes, verified, in \d+\.\d s\.\n$/;

describe("playhead backup", () => {
  test("under load holds every earlier session and event, and a server opened on it goes on from there", async () => {
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

    // As docs/operations.md tells an operator to.
    renameSync(path, join(restored.path, "playhead.db"));
    await using second = await startTestServer({ config: { dataDir: restored.path } });
    for (const sid of sids) {
      const session = await server.admin(`/admin/api/sessions/${sid}`);
      expect(await second.admin(`/admin/api/sessions/${sid}`)).toEqual(session);
      expect(await second.add(sid, eventAt(31, "ping"))).toBe(session.session.status === "open" ? 204 : 410);
    }
  });

  test("replaces a file only with --force", async () => {
    await using server = await startTestServer();
    using directory = tempDir();
    const path = join(directory.path, "file");
    writeFileSync(path, "mine");
    const refused = await runCommand(["backup", path, "--data-dir", server.dataDir]);
    expect([refused.code, refused.err]).toEqual([
      1,
      `Cannot write "${path}": it already exists; --force replaces it\n`,
    ]);
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect((await runCommand(["backup", path, "--force", "--data-dir", server.dataDir])).code).toBe(0);
    expect(countsOf(path)).toEqual({ sessions: 0, events: 0 });
  });

  test("exits with 2 without a file and with 1 without a database, and makes neither", async () => {
    using directory = tempDir();
    const flags = ["--data-dir", directory.path];
    expect(await runCommand(["backup", ...flags])).toMatchObject({
      code: 2,
      err: "Cannot back up: no file is named; give a FILE to write\n",
    });
    const { code, err } = await runCommand(["backup", join(directory.path, "file"), ...flags]);
    expect([code, err]).toEqual([
      1,
      `Cannot use "${directory.path}": it holds no database; name the server's directory with --data-dir, or start a server on it first\n`,
    ]);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("leaves no file and returns 1 when it is interrupted", async () => {
    await using server = await startTestServer();
    using directory = tempDir();
    const args = ["backup", join(directory.path, "file"), "--data-dir", server.dataDir];
    const ran = await runCommand(args, { stopped: Promise.resolve() });
    expect(ran).toMatchObject({ code: 1, out: "", err: "Interrupted; no partial output was kept.\n" });
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("of a newer database says so, in a process of its own", async () => {
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

/** A client that opens and ends one session after another, and remembers what the server acknowledged. */
class Player {
  readonly sids: string[] = [];
  readonly ended: Promise<void>;
  isPlaying = true;

  constructor(url: string) {
    this.ended = this.#play(`${url}/api/v1/sessions`);
  }

  async #play(url: string): Promise<void> {
    while (this.isPlaying) {
      const sid = sidOf(await fetch(url, { method: "POST", body: JSON.stringify(sessionStart()) }));
      const body = JSON.stringify(eventAt(1, "sessionEnd"));
      expect((await fetch(`${url}/${sid}/events`, { method: "POST", body })).status).toBe(204);
      this.sids.push(sid);
    }
  }
}

describe("a backup that is downloaded from a process under load", () => {
  test("starts another in an empty directory, with all earlier sessions, no later one, and equal counts", async () => {
    using original = tempDir();
    using copy = tempDir();
    const settings = { ADMIN_TOKEN };
    await using server = await startProcess(original.path, { settings });
    const players = Array.from({ length: 8 }, () => new Player(server.url));
    const acknowledged = () => players.flatMap(({ sids }) => sids);
    await waitFor(() => acknowledged().length >= 200);
    const earlier = acknowledged();
    // As docs/operations.md tells an operator to.
    const response = await fetch(`${server.url}/admin/api/backup`, { headers: ADMIN_HEADERS });
    await Bun.write(join(copy.path, "playhead.db"), response);
    const known = new Set(acknowledged());
    await waitFor(() => acknowledged().length >= known.size + 50);
    for (const player of players) player.isPlaying = false;
    await Promise.all(players.map(({ ended }) => ended));
    // Each player may have had one session under way when the copy arrived.
    const after = players.flatMap(({ sids }) => sids.filter((sid) => !known.has(sid)).slice(1));

    const counts = countsOf(join(copy.path, "playhead.db"));
    expect(counts.sessions).toBeWithin(earlier.length, known.size + players.length + 1);
    await using restored = await startProcess(copy.path, { settings });
    const ask = async <T>(path: string) =>
      (await (await fetch(restored.url + path, { headers: ADMIN_HEADERS })).json()) as Partial<T>;
    const statusOf = async (sid: string) =>
      (await fetch(`${restored.url}/admin/api/sessions/${sid}`, { headers: ADMIN_HEADERS })).status;
    for (const sid of earlier)
      expect((await ask<{ events: object[] }>(`/admin/api/sessions/${sid}`)).events).toHaveLength(2);
    for (const sid of after) expect(await statusOf(sid)).toBe(404);
    expect(after.length).toBeGreaterThan(10);
    // Every stored event ends a session; the server rebuilds the facts from the copy.
    await waitFor(async () => {
      const { totals } = await ask<{ totals: object }>("/admin/api/reports?metrics=mediaStarts&open=exclude");
      return Bun.deepEquals(totals, { mediaStarts: counts.events });
    });
  });
});

function countsOf(path: string): { sessions: number; events: number } {
  using database = new Database(path, { readonly: true });
  const read = (table: string) => Number(database.query(`SELECT count(*) FROM ${table}`).values()[0]?.[0]);
  return { sessions: read("sessions"), events: read("events") };
}
