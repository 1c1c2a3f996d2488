/** `playhead recompute`: what a change of the definitions would change, and making it so beside a running server. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recomputeDataDir } from "../../src/app/maintenance.ts";
import { runCli } from "../../src/cli/cli.ts";
import { loadConfig } from "../../src/config.ts";
import { DEFINITIONS_VERSION } from "../../src/sessions/definitions.ts";
import { ADMIN_TOKEN, eventAt, sidOf, startTestServer, type TestServer, tempDir } from "../support/server.ts";

const SESSIONS = 120;

/** A server with closed sessions whose stored numbers are those of other definitions. */
async function serverWithOldNumbers(): Promise<TestServer> {
  const server = await startTestServer();
  for (let count = 0; count < SESSIONS; count += 1) {
    const sid = await server.open();
    await server.add(sid, eventAt(0, "play"));
    await server.add(sid, eventAt(10, "sessionEnd"));
    server.clock.pass(1000);
  }
  await server.app.work();
  using database = new Database(join(server.dataDir, "playhead.db"));
  database.run(
    "UPDATE results SET definitions = 0, metrics = json_set(metrics, '$.contentTimeSpent', 9) WHERE session % 2 = 0",
  );
  return server;
}

function oldNumbers(server: TestServer): number {
  using database = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
  const row = database.query("SELECT count(*) AS old FROM results WHERE definitions = 0").get();
  return (row as { old: number }).old;
}

async function run(server: { dataDir: string }, ...args: string[]) {
  let out = "";
  let err = "";
  const code = await runCli(["recompute", "--data-dir", server.dataDir, ...args], {
    environment: {},
    out: (text) => {
      out += text;
    },
    write: () => Promise.resolve(true),
    err: (text) => {
      err += text;
    },
    outIsTerminal: false,
    errIsTerminal: false,
    stopped: new Promise(() => {}),
  });
  return { code, out, err };
}

describe("playhead recompute", () => {
  test("--diff prints which numbers would change, and changes none", async () => {
    await using server = await serverWithOldNumbers();
    const { code, out, err } = await run(server, "--diff");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain(`${SESSIONS} sessions folded, ${SESSIONS / 2} would change.`);
    expect(out).toContain(`contentTimeSpent  ${SESSIONS / 2} sessions  ${9 * (SESSIONS / 2)} → ${10 * (SESSIONS / 2)}`);
    expect(oldNumbers(server)).toBe(SESSIONS / 2);
  });

  test("--diff says which definitions gave the numbers, and which rules decide otherwise where they change", async () => {
    await using server = await serverWithOldNumbers();
    using database = new Database(join(server.dataDir, "playhead.db"));
    const rules = "'$.rules.\"state-limit\"', 3, '$.rules.\"in-place\"', 1";
    database.run(`UPDATE results SET ledger = json_set(ledger, ${rules}) WHERE session % 4 < 2`);
    // Numbers from before rules were counted say of none why they change.
    database.run("UPDATE results SET ledger = NULL WHERE session % 8 = 0");
    const { out } = await run(server, "--diff");
    const changed = SESSIONS / 8;
    expect(out).toContain(`Definitions 0 → ${DEFINITIONS_VERSION}: ${SESSIONS / 2} sessions.\n`);
    expect(out).toContain("Rules that decide otherwise in the sessions whose numbers change:\n");
    expect(out).toContain(`in-place     ${changed} sessions  ${changed} → ${3 * changed} events\n`);
    expect(out).toContain(`state-limit  ${changed} sessions  ${3 * changed} → 0 events\n`);
  });

  test("counts the rules of sessions from before they were counted", async () => {
    await using server = await serverWithOldNumbers();
    using database = new Database(join(server.dataDir, "playhead.db"));
    database.run("UPDATE results SET ledger = NULL");
    await run(server);
    const counted = database
      .query("SELECT count(*) AS counted FROM results WHERE ledger ->> '$.rules.in-place' = 3")
      .get();
    expect(counted).toEqual({ counted: SESSIONS });
  });

  test("stores the new numbers beside a running server, and finds nothing to change after that", async () => {
    await using server = await serverWithOldNumbers();
    const busy = Array.from({ length: 50 }, () => server.open());
    expect((await run(server)).out).toContain(`${SESSIONS / 2} changed.`);
    await Promise.all(busy);
    expect(oldNumbers(server)).toBe(0);
    expect((await run(server, "--diff")).out).toContain(" 0 would change.");
  });

  test("leaves out a session whose numbers can't be stored, and stores the others'", async () => {
    await using server = await serverWithOldNumbers();
    using database = new Database(join(server.dataDir, "playhead.db"));
    database.run(`CREATE TRIGGER refusing BEFORE INSERT ON results WHEN NEW.session = 60
      BEGIN SELECT RAISE(ABORT, 'unstorable'); END`);
    const { out } = await run(server);
    expect(out).toContain("1 could not be folded");
    expect(oldNumbers(server)).toBe(1);
    expect(database.query("SELECT session FROM closes WHERE failure = 'failed'").values()).toEqual([[60]]);
  });

  test("raises the revision of what it changes alone, so that followers get nothing twice", async () => {
    await using server = await serverWithOldNumbers();
    using database = new Database(join(server.dataDir, "playhead.db"));
    const editions = () => database.query("SELECT edition, count(*) AS n FROM closes GROUP BY 1 ORDER BY 1").values();
    const revision = () => database.query("SELECT value FROM counters WHERE name = 'revision'").get();
    await run(server);
    expect(editions()).toEqual([
      [1, SESSIONS / 2],
      [2, SESSIONS / 2],
    ]);
    const before = revision();
    expect((await run(server)).out).toContain(`${SESSIONS} sessions folded, 0 changed.`);
    expect([revision(), editions()]).toEqual([
      before,
      [
        [1, SESSIONS / 2],
        [2, SESSIONS / 2],
      ],
    ]);
    database.run("UPDATE closes SET failure = 'failed' WHERE session = 1");
    database.run("UPDATE results SET ledger = json_set(ledger, '$.flagged', 7) WHERE session = 2");
    await run(server);
    expect(editions()).toEqual([
      [1, SESSIONS / 2 - 1],
      [2, SESSIONS / 2],
      [3, 1],
    ]);
  });

  test("goes by the settings that it is given, and the numbers say so", async () => {
    await using server = await startTestServer();
    const film = JSON.parse(readFileSync("test/golden/mending/03c-empty-break-never-completed.json", "utf8"));
    const sid = sidOf(await server.post("/api/v1/downloaded", film));
    await server.app.work();
    const answer = async () => {
      const question = `metrics=contentTimeSpent&from=2020-01-01&filter=sid==${sid}`;
      const { totals, definitionChoices } = await server.admin(`/admin/api/reports?${question}`);
      const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
      const exported = await fetch(`${server.url}/admin/api/export/sessions`, { headers });
      const { unmended = null, definitionChoices: exportedChoices = null } = JSON.parse(await exported.text());
      return [totals.contentTimeSpent, definitionChoices, exportedChoices, unmended];
    };
    const mendingOff = ["break-never-completed", "break-over-by-play", "complete-in-break", "break-over-by-playhead"];
    expect(await answer()).toEqual([60, undefined, null, expect.objectContaining({ contentTimeSpent: 0 })]);
    const { out } = await run(server, "--mending-off", mendingOff.join(), "--bitrate-unit", "bps");
    expect(out).toMatch(/^contentTimeSpent +1 session {2}60 → 0$/m);
    const chosen = { mendingOff: mendingOff.toSorted(), bitrateUnit: "bps" };
    expect(await answer()).toEqual([0, [chosen], chosen, null]);
    await run(server);
    expect((await answer()).slice(0, 2)).toEqual([60, undefined]);
  });

  test("does not take a session that has just closed for one whose numbers change", async () => {
    await using server = await serverWithOldNumbers();
    using database = new Database(join(server.dataDir, "playhead.db"));
    database.run("DELETE FROM results WHERE session <= 5");
    const { out } = await run(server, "--diff");
    expect(out).toContain(`${SESSIONS / 2 - 2} would change.\n5 had no numbers yet.\n`);
    expect(out.trim().split("\n")).toHaveLength(4);
  });

  test("keeps to a range of starts", async () => {
    await using server = await serverWithOldNumbers();
    const { sessions } = await server.admin("/admin/api/sessions?limit=20");
    const from = String(sessions.at(-1).startedAt);
    expect((await run(server, "--from", from)).out).toContain("20 sessions folded, 10 changed.");
    expect((await run(server, "--to", from)).out).toContain(`${SESSIONS - 20} sessions folded, 50 changed.`);
  });

  test("goes on where it was interrupted", async () => {
    await using server = await serverWithOldNumbers();
    const config = loadConfig({ PLAYHEAD_DATA_DIR: server.dataDir });
    const options = { dryRun: false, onProgress: () => {} };
    const first = await recomputeDataDir(config, { ...options, isStopped: () => true });
    expect(first).toMatchObject({ finished: false, resumed: false });
    expect(first.done).toBeLessThan(SESSIONS);
    const second = await recomputeDataDir(config, { ...options, isStopped: () => false });
    expect(second).toMatchObject({ finished: true, resumed: true, done: SESSIONS - first.done });
    expect(oldNumbers(server)).toBe(0);
    const third = await recomputeDataDir(config, { ...options, isStopped: () => false });
    expect(third).toMatchObject({ resumed: false, done: SESSIONS });
  });

  test("says what is wrong with an instant or a directory without a database", async () => {
    using empty = tempDir();
    expect(await run({ dataDir: empty.path }, "--from", "yesterday")).toMatchObject({ code: 2 });
    const { code, err } = await run({ dataDir: empty.path });
    expect([code, err]).toEqual([
      1,
      `Cannot use "${empty.path}": it holds no database; name the server's directory with --data-dir, or start a server on it first\n`,
    ]);
  });
});
