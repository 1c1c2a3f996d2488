/** Kill -9 of the process that writes the facts, at random moments: they then hold every session exactly once. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { FACT_TABLES } from "../../../src/reports/facts/tables.ts";
import type { MetricId } from "../../../src/sessions/metrics.ts";
import type { Head } from "../../../src/store/journal.ts";
import { openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { adding, arrivedAt } from "../../store/writes.ts";
import { SEED, sized } from "../../support/effort.ts";
import { Random } from "../../support/random.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { waitFor } from "../../support/wait-for.ts";
import { settle } from "../filled-store.ts";
import { openDesk } from "../report-desk.ts";
import { ascending, factsAt, type Scene, scene } from "./scene.ts";
import { ServerUnderLoad } from "./server-under-load.ts";

const FOLLOWER_KILLS = sized({ full: 20, fast: 2 });
/** The reports worker starts five seconds after its server, beside all other tests. */
const ANSWERED_MS_MAX = 30_000;
const SERVER_KILLS = sized({ full: 10, fast: 2 });
const SESSIONS_FIRST = sized({ full: 1500, fast: 600 });
const TEST_MS_MAX = sized({ full: 300_000, fast: 120_000 });

/** Compares the facts with others that are built from the store in one go, table by table and row by row. */
async function expectAsMadeAtOnce(databasePath: string, factsPath: string): Promise<void> {
  await using killed = await factsAt(databasePath, factsPath);
  await using fresh = await factsAt(databasePath, `${factsPath}.fresh`);
  for (const facts of [killed, fresh]) await facts.follow();
  expect(killed.freshUntil).toBe(0);
  using reader = new Database(databasePath, { readonly: true });
  const stored = reader.query<never, []>("SELECT session FROM results").values().flat() as number[];
  expect(stored.length).toBeGreaterThan(100);
  expect(await killed.sessions()).toEqual(ascending(stored));
  for (const { name } of FACT_TABLES) {
    const sql = `SELECT hash(t)::VARCHAR AS h, count(*)::VARCHAR FROM kept.main."${name}" t GROUP BY h ORDER BY h`;
    const rows = await killed.read(sql);
    const expected = await fresh.read(sql);
    expect([name, Bun.hash(JSON.stringify(rows)), rows.length]).toEqual([
      name,
      Bun.hash(JSON.stringify(expected)),
      expected.length,
    ]);
  }
}

/** Compares the sums of a report with those over SQLite's sessions. */
async function expectTotals(databasePath: string, factsPath: string): Promise<void> {
  const store = openSqliteStoreForReading({ path: databasePath, synchronous: "FULL" });
  await using desk = await openDesk(store, factsPath);
  const metrics: readonly MetricId[] = [
    "mediaStarts",
    "contentTimeSpent",
    "adStarts",
    "errorEvents",
    "chapterStarts",
    "uniqueTimePlayed",
  ];
  // Ten years, the longest range, hold both made-up and current sessions.
  const { totals } = await desk.report({ metrics, from: Date.UTC(2020, 0), to: Date.UTC(2029, 0), open: "exclude" });
  using reader = new Database(databasePath, { readonly: true });
  for (const id of metrics) {
    const [sum] = reader.query(`SELECT sum(metrics ->> '${id}') FROM results`).values()[0] as [number];
    expect([id, Math.abs(Number(totals[id]) - sum) < 1e-6]).toEqual([id, true]);
  }
}

/** Changes the store in every way while a process follows it: new sessions, late events, erasures. */
async function change(it: Scene, random: Random, heads: Head[]): Promise<void> {
  heads.push(...(await it.fill(random.between(5, 40), random.between(1, 10 ** 6))).filter(({ close }) => close));
  const late = random.pick(heads);
  const erased = heads.splice(random.between(0, heads.length - 1), 1);
  await it.store.erase(erased, 0);
  if (erased[0] === late) return;
  const event = arrivedAt(1, "error", { params: { "media.errorId": "late" } });
  await it.store.append([adding(late, { ...event, tsMs: late.tsMaxMs - 1 })]);
  await settle(it.store);
}

/** Counts the lines that a follower has printed after its first. */
function stepsIn(said: string): number {
  return said.split("\n").length - 2;
}

describe(`kill -9 (seed ${SEED})`, () => {
  test(
    `of a follower ${FOLLOWER_KILLS} times, while it appends and while others write`,
    async () => {
      const random = new Random(SEED);
      await using it = scene();
      const heads = (await it.fill(SESSIONS_FIRST)).filter(({ close }) => close);
      let steps = 0;
      for (let kill = 0; kill < FOLLOWER_KILLS; kill += 1) {
        const follower = Bun.spawn(
          [process.execPath, join(import.meta.dir, "follower.ts"), it.databasePath, it.factsPath],
          { stdout: "pipe", stderr: "inherit" },
        );
        let said = "";
        const reading = (async () => {
          for await (const chunk of follower.stdout) said += new TextDecoder().decode(chunk);
        })();
        await waitFor(() => said.includes("open"));
        const endMs = performance.now() + random.between(1, 450);
        // On a slow machine every kill may come before the first step: the last kill waits for one.
        const isWaiting = () => kill === FOLLOWER_KILLS - 1 && steps + stepsIn(said) === 0;
        while (performance.now() < endMs || isWaiting()) await change(it, random, heads);
        follower.kill("SIGKILL");
        await Promise.all([follower.exited, reading]);
        steps += stepsIn(said);
      }
      expect(steps).toBeGreaterThan(0);
      await expectAsMadeAtOnce(it.databasePath, it.factsPath);
      await expectTotals(it.databasePath, it.factsPath);
    },
    TEST_MS_MAX,
  );

  test(
    `of a server ${SERVER_KILLS} times, under load and while it answers reports`,
    async () => {
      const random = new Random(SEED);
      using directory = tempDir();
      let answered = 0;
      for (let kill = 0; kill < SERVER_KILLS; kill += 1) {
        await using server = await ServerUnderLoad.start(directory.path);
        await waitFor(() => server.reports > (kill === SERVER_KILLS - 1 ? 1 : 0), ANSWERED_MS_MAX);
        await Bun.sleep(random.between(1, 400));
        await server.kill();
        expect(server.unexpected).toEqual([]);
        answered += server.reports;
      }
      expect(answered).toBeGreaterThan(SERVER_KILLS);
      const databasePath = join(directory.path, "playhead.db");
      const factsPath = join(directory.path, "reports.duckdb");
      await expectAsMadeAtOnce(databasePath, factsPath);
      await expectTotals(databasePath, factsPath);
    },
    TEST_MS_MAX,
  );
});
