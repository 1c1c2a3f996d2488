/** Reports over a million made-up sessions: over HTTP, from the request to the last byte, beside SQLite's own rows. */

import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { MIB } from "../src/base/units.ts";
import { databasePathOf, factsPathOf } from "../src/data-dir/paths.ts";
import { FACT_TABLES } from "../src/reports/facts/tables.ts";
import { readForm } from "../src/store/form.ts";
import { playhead } from "./support/command.ts";
import { median } from "./support/figures.ts";
import type { Context, Figure, Question } from "./support/question.ts";
import { type Ask, askerOf, BREAKDOWN, reportQuestions } from "./support/report-questions.ts";
import { type ServerUnderTest, startServer } from "./support/server-process.ts";
import { loadSteadily } from "./support/steady-load.ts";
import { waitFor } from "./support/wait.ts";

const ROUNDS = 9;
const WARM_UPS = 2;
const TIMES = 10;
const FASTER_MIN = 20;
const RSS_MIB_MAX = 1024;
const P99_RATIO_MAX = 2;
const FIRST_REPORT_MS_MAX = 60_000;
const ASKERS = 4;
const TURNS = 5;
const EVENTS_PER_SECOND = 1000;

export const question: Question = {
  name: "report",
  asks: "How long do reports over a million sessions take, and what do they cost the players that send events?",
  takes: ["rounds", "seconds", "connections", "sessions"],
  async run(context) {
    const { directory, processes, sessions, say } = context;
    const dataDir = join(directory, "data");
    const nowMs = Date.now();
    say(`filling ${sessions} sessions`);
    await playhead(context, "simulate", "--days", "30", "--sessions", String(sessions), "--data-dir", dataDir);
    say("making the facts");
    await playhead(context, "rebuild-reports", "--data-dir", dataDir);
    const sizes = sizesOf(dataDir, sessions);
    await processes.syncDisk();
    const sqliteMs = askSqlite(dataDir, say);
    const first = await askServer(context, dataDir, nowMs);
    say(`making the facts ${TIMES} times as many`);
    await multiply(factsPathOf({ dataDir }), TIMES);
    const tenfold = await askTenfold(context, dataDir, nowMs);
    const breakdownMs = first.breakdownMs;
    return [
      ...first.figures,
      { figure: "SQLite's rows: ten metrics by title", value: sqliteMs, unit: "ms" },
      {
        figure: "faster than SQLite's rows",
        value: sqliteMs / breakdownMs,
        unit: "times",
        target: atLeast(FASTER_MIN),
      },
      ...tenfold.map(({ name, ms, msMax }): Figure => {
        return { figure: `${TIMES} times the sessions: ${name}`, value: ms, unit: "ms", target: atMost(TIMES * msMax) };
      }),
      ...sizes,
    ];
  },
};

interface Answers {
  readonly figures: readonly Figure[];
  readonly breakdownMs: number;
}

async function askServer(context: Context, dataDir: string, nowMs: number): Promise<Answers> {
  const { say, rounds = ROUNDS, processes } = context;
  await using server = await startServer(processes, { dataDir, storage: "sqlite", unpinned: true });
  const ask = askerOf(server, dataDir);
  await waitFor("the first report", FIRST_REPORT_MS_MAX, async () => ((await ask(BREAKDOWN)).ok ? true : undefined));
  const figures: Figure[] = [];
  for (const { name, path, msMax } of reportQuestions(nowMs)) {
    say(name);
    const ms = await medianMs(() => ask(path), rounds);
    figures.push({ figure: name, value: ms, unit: "ms", ...(msMax !== undefined && { target: atMost(msMax) }) });
  }
  figures.push(...(await besideEvents(context, server, ask)));
  const { rssBytesMax } = server.memory();
  figures.push({ figure: "memory at most", value: rssBytesMax / MIB, unit: "MiB", target: atMost(RSS_MIB_MAX) });
  await server.stop();
  const breakdown = figures.find(({ figure }) => figure === "ten metrics by title");
  return { figures, breakdownMs: breakdown?.value ?? Number.NaN };
}

/** Asks the same questions of ten times the facts, without ingestion. */
async function askTenfold(context: Context, dataDir: string, nowMs: number) {
  await using server = await startServer(context.processes, { dataDir, storage: "sqlite", unpinned: true });
  const ask = askerOf(server, dataDir);
  await waitFor("the first report", FIRST_REPORT_MS_MAX, async () => ((await ask(BREAKDOWN)).ok ? true : undefined));
  const answers: { name: string; ms: number; msMax: number }[] = [];
  for (const { name, path, msMax } of reportQuestions(nowMs)) {
    if (msMax === undefined) continue;
    context.say(`${TIMES} times the sessions: ${name}`);
    answers.push({ name, ms: await medianMs(() => ask(path), context.rounds ?? ROUNDS), msMax });
  }
  return answers;
}

/** What constant heavy reports cost the players that send events. */
async function besideEvents(
  { processes, seconds, connections, say }: Context,
  server: ServerUnderTest,
  ask: Ask,
): Promise<Figure[]> {
  const steady = () => loadSteadily(processes, { url: server.url, perSecond: EVENTS_PER_SECOND, seconds, connections });
  await steady();
  const [alone, beside]: [number[], number[]] = [[], []];
  let asked = 0;
  for (let turn = 1; turn <= TURNS; turn += 1) {
    say(`events alone, and beside a stream of heavy reports: turn ${turn} of ${TURNS}`);
    alone.push((await steady()).p99Ms);
    let asking = true;
    const askers = Array.from({ length: ASKERS }, async () => {
      while (asking) {
        if (!(await ask(BREAKDOWN)).ok) throw new Error("A report was refused");
        asked += 1;
      }
    });
    beside.push((await steady()).p99Ms);
    asking = false;
    await Promise.all(askers);
  }
  const aloneMs = median(alone);
  const besideMs = median(beside);
  return [
    { figure: `p99 of ${EVENTS_PER_SECOND} events/s alone`, value: aloneMs, unit: "ms" },
    { figure: "p99 beside heavy reports", value: besideMs, unit: "ms" },
    {
      figure: "p99 beside heavy reports / alone",
      value: besideMs / aloneMs,
      unit: "",
      target: atMost(P99_RATIO_MAX),
    },
    { figure: "heavy reports meanwhile", value: asked / (TURNS * seconds), unit: "reports/s" },
  ];
}

async function medianMs(ask: () => Promise<{ readonly ok: boolean }>, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UPS + rounds; i += 1) {
    const sinceMs = performance.now();
    if (!(await ask()).ok) throw new Error("A report was refused");
    if (i >= WARM_UPS) times.push(performance.now() - sinceMs);
  }
  return median(times);
}

/** Asks for the breakdown as SQL over the rows with the same numbers; titles, which are stored in codes, are at hand. */
function askSqlite(dataDir: string, say: Context["say"]): number {
  say("the same question of SQLite's rows");
  using database = new Database(databasePathOf({ dataDir }), { readonly: true });
  keepTitles(database);
  const metric = (id: string) => `sum(json_extract(results.metrics, '$.${id}'))`;
  const ids = ["mediaStarts", "contentStarts", "contentTimeSpent", "adTimeSpent", "uniqueTimePlayed"];
  const rest = ["pauseEvents", "bufferEvents", "totalBufferDuration", "rebufferingDuration", "contentCompletes"];
  const query = database.query(`SELECT titles.title, ${[...ids, ...rest].map(metric).join(", ")}
    FROM titles JOIN results ON results.session = titles.session GROUP BY 1 ORDER BY 2 DESC LIMIT 100`);
  query.all();
  const sinceMs = performance.now();
  query.all();
  return performance.now() - sinceMs;
}

function keepTitles(database: Database): void {
  database.run("PRAGMA temp_store = MEMORY");
  database.run("CREATE TEMP TABLE titles (session INTEGER PRIMARY KEY, title TEXT)");
  const insert = database.prepare("INSERT INTO titles (session, title) VALUES (?, ?)");
  const starts = database.query<{ id: number; payload: string }, []>("SELECT id, payload FROM sessions");
  database.transaction(() => {
    for (const { id, payload } of starts.iterate()) {
      insert.run(id, (readForm(payload).params?.["media.name"] as string | undefined) ?? null);
    }
  })();
}

/**
 * Repeats each session `times` times, as if so many more had played over the same days.
 *
 * Numbers and rows stay in order of arrival. The newest session keeps its number, by which the facts recognise their
 * database.
 */
async function multiply(path: string, times: number): Promise<void> {
  const instance = await DuckDBInstance.create(path, { threads: "2", memory_limit: "2GB" });
  const connection = await instance.connect();
  await connection.run('CREATE TEMP TABLE newest AS SELECT max(session) AS id FROM "sessions"');
  for (const { name } of FACT_TABLES) {
    await connection.run(`CREATE TABLE again AS
      SELECT newest.id - (newest.id - rows.session) * ${times} - copy.range AS session, rows.* EXCLUDE (session)
      FROM "${name}" rows, range(${times}) copy, newest`);
    await connection.run(`DROP TABLE "${name}"`);
    await connection.run(`ALTER TABLE again RENAME TO "${name}"`);
  }
  await connection.run("FORCE CHECKPOINT");
  connection.closeSync();
  instance.closeSync();
}

function sizesOf(dataDir: string, sessions: number): Figure[] {
  const database = statSync(databasePathOf({ dataDir })).size;
  const facts = statSync(`${factsPathOf({ dataDir })}.next`).size;
  return [
    { figure: "database", value: database / sessions, unit: "bytes/session" },
    { figure: "report facts", value: facts / sessions, unit: "bytes/session" },
  ];
}

function atMost(value: number) {
  return { is: "<=", value } as const;
}

function atLeast(value: number) {
  return { is: ">=", value } as const;
}
