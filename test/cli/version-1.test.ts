/** A database that version 1 of the definitions left: it goes on as it is, and is recomputed in slices. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess, type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

/** Made by the program that had them last: five closed sessions, of which four are mended now, and an open one. */
const MADE = readFileSync("test/golden/version-1.sql", "utf8");
const CLOSED = 5;
/** As often as the closed ones are there: enough that a kill comes before the end. */
const COPIES = 300;
const SESSIONS = CLOSED * COPIES;
/** What version 1 counted as content in one of each. */
const CONTENT_S = 0 + 21_740 + 100 + 60 + 20;
const TEST_MS_MAX = 60_000;

const directory = tempDir();
let server: ServerProcess;

beforeAll(async () => {
  using database = new Database(join(directory.path, "playhead.db"));
  database.run("PRAGMA journal_mode = WAL");
  database.transaction(() => {
    database.run(MADE);
    for (let copy = 1; copy < COPIES; copy += 1) copyClosed(database, copy);
    // The open one was heard of a moment ago.
    database.run("UPDATE heads SET arrived_at = ?1, moved_at = ?1", [Date.now()]);
    database.run("UPDATE counters SET value = (SELECT max(revision) FROM results) WHERE name = 'revision'");
  })();
  server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
}, TEST_MS_MAX);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** Copies the closed sessions once more, under numbers of their own. */
function copyClosed(database: Database, copy: number): void {
  const ids = copy * 10;
  const seqs = copy * 1000;
  const columnsOf = (table: string, changed: Readonly<Record<string, string>>) => {
    const columns = database.query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)").all(table);
    return columns.map(({ name }) => changed[name] ?? `"${name}"`).join(", ");
  };
  const add = (table: string, changed: Readonly<Record<string, string>>, id = "session") =>
    database.run(`INSERT INTO ${table} SELECT ${columnsOf(table, changed)} FROM ${table} WHERE ${id} <= ${CLOSED}`);
  const session = `session + ${ids}`;
  add("sessions", { id: `id + ${ids}`, sid: `printf('%064x', id + ${ids})` }, "id");
  add("events", { session, seq: `seq + ${seqs}`, prev_seq: `CASE prev_seq WHEN 0 THEN 0 ELSE prev_seq + ${seqs} END` });
  add("closes", { session, last_seq: `last_seq + ${seqs}` });
  add("results", { session, revision: `revision + ${copy * CLOSED}` });
  for (const table of ["ad_breaks", "ads"]) add(table, { session });
}

// biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
async function admin(path: string): Promise<any> {
  const response = await fetch(`${server.url}/admin/api/${path}`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return response.json();
}

/** A report of everything that is closed, once the facts have come so far. */
async function report(mended = true) {
  const path = `reports?metrics=contentTimeSpent,mendings&from=2020-01-01&open=exclude&mended=${mended}`;
  let answer = await admin(path);
  await waitFor(async () => {
    answer = await admin(path);
    return answer.code !== "reports-building";
  }, TEST_MS_MAX);
  return answer;
}

function recomputedSoFar(): number {
  using database = new Database(join(directory.path, "playhead.db"), { readonly: true });
  return (database.query("SELECT count(*) AS done FROM results WHERE definitions = 2").get() as { done: number }).done;
}

async function recompute(...args: string[]) {
  await using command = runProcess(["recompute", "--data-dir", directory.path, ...args]);
  const code = await command.exited;
  return { code, out: command.stdout(), err: command.stderr() };
}

describe("a database of version 1", () => {
  test(
    "opens, has its old numbers and says of which definitions they are, and its open session goes on",
    async () => {
      const old = { totals: { contentTimeSpent: CONTENT_S * COPIES }, definitions: [1] };
      expect(await report()).toMatchObject({ ...old, sessions: { total: SESSIONS } });
      expect(await report(false)).toMatchObject(old);
      const { sessions } = await admin("sessions?status=open");
      const events = `${server.url}/api/v1/sessions/${sessions[0].sid}/events`;
      const posted = await fetch(events, { method: "POST", body: JSON.stringify(eventAt(30, "ping")) });
      expect(posted.status).toBe(204);
    },
    TEST_MS_MAX,
  );

  test(
    "is compared by rule, though nothing counted rules then",
    async () => {
      const { out } = await recompute("--diff");
      expect(out).toContain(`Definitions 1 → 2: ${SESSIONS.toLocaleString("en")} sessions.\n`);
      expect(out).toContain("Rules that decide otherwise in the sessions whose numbers change:\n");
      for (const rule of ["break-never-completed", "gap-unobserved", "play-implied"])
        expect(out).toMatch(
          new RegExp(`^${rule} +${COPIES.toLocaleString("en")} sessions +0 → ${COPIES} events$`, "m"),
        );
      expect(recomputedSoFar()).toBe(0);
    },
    TEST_MS_MAX,
  );

  test(
    "is recomputed beside its server, which mixes both until a killed command is taken up again",
    async () => {
      {
        await using command = runProcess(["recompute", "--data-dir", directory.path]);
        await waitFor(() => recomputedSoFar() > 0, TEST_MS_MAX);
        command.signal("SIGKILL");
        expect(await command.exited).toBeGreaterThan(128);
      }
      const done = recomputedSoFar();
      expect(done).toBeLessThan(SESSIONS);
      expect(await report()).toMatchObject({ definitions: [1, 2], sessions: { total: SESSIONS } });

      const { code, out, err } = await recompute();
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("Resumed an interrupted recompute.\n") });
      expect(out).toContain(`${(SESSIONS - done).toLocaleString("en")} sessions folded`);
      expect(recomputedSoFar()).toBe(SESSIONS);
      const { definitions, totals } = await report();
      expect(definitions).toEqual([2]);
      expect(totals.mendings).toBeGreaterThanOrEqual(3 * COPIES);
      // Version 1 took what is only read otherwise now for none: what is mended can be had without.
      expect((await report(false)).totals.contentTimeSpent).toBe(CONTENT_S * COPIES);
    },
    TEST_MS_MAX,
  );
});
