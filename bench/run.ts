/** `bun run bench [question...]`: asks questions, prints a table each and appends the figures to results.jsonl. */

import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { question as binary } from "./binary.ts";
import { question as close } from "./close.ts";
import { question as dashboard } from "./dashboard.ts";
import { question as events } from "./events.ts";
import { question as fold } from "./fold.ts";
import { question as growth } from "./growth.ts";
import { question as latency } from "./latency.ts";
import { question as memory } from "./memory.ts";
import { question as mixed } from "./mixed.ts";
import { question as openSessions } from "./open-sessions.ts";
import { question as peers } from "./peers.ts";
import { question as report } from "./report.ts";
import { question as restart } from "./restart.ts";
import { question as scaling } from "./scaling.ts";
import { question as starts } from "./starts.ts";
import { rounded, tableOf, verdictOf } from "./support/figures.ts";
import { loadGenerator } from "./support/load.ts";
import { Processes } from "./support/processes.ts";
import { type Figure, isMissed, type Question } from "./support/question.ts";
import { type Result, writeTable } from "./support/readme.ts";
import { question as synchronous } from "./synchronous.ts";
import { question as validation } from "./validation.ts";

interface Options {
  readonly questions: readonly Question[];
  readonly rounds: number | undefined;
  readonly seconds: number;
  readonly events: number;
  readonly connections: number;
  readonly sessions: number;
}

const QUESTIONS: readonly Question[] = [
  ...[starts, events, mixed, latency, validation, synchronous, scaling, growth],
  ...[memory, openSessions, restart, binary, fold, close, report, dashboard, peers],
];
const RESULTS = join(import.meta.dir, "results.jsonl");
const TEMPORARY = join(import.meta.dir, ".tmp");
const DEFAULTS = { seconds: 5, events: 1_000_000, connections: 256, sessions: 1_000_000 };
const EXIT = { missed: 1, misused: 2, interrupted: 130 };

const HELP = `Usage: bun run bench [question...] [options]

Without a question all are asked.

${QUESTIONS.map(({ name, asks }) => `  ${name.padEnd(15)}${asks}`).join("\n")}

  --rounds N       rounds instead of each question's own number (1 to 1000)
  --seconds N      length of one measurement (1 to 600; ${DEFAULTS.seconds})
  --events N       events in the log of memory; ten times as many in those of restart and growth (1 to 20000000; ${DEFAULTS.events})
  --connections N  connections of the load generator (1 to 10000; ${DEFAULTS.connections})
  --sessions N     sessions behind the reports of report and dashboard (1000 to 10000000; ${DEFAULTS.sessions})
  --table          asks nothing, but writes README.md's table from the last runs in results.jsonl
  --help           this text

Exit code: 0 when every target is met, 1 when one is missed or a question fails, 2 for a wrong command line.
`;

/** Reads the command line. @throws Error saying what is wrong with it */
function readOptions(args: string[]): Options | "help" | "table" {
  const number = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: number,
      seconds: number,
      events: number,
      connections: number,
      sessions: number,
      table: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return "help";
  if (values.table) return "table";
  const unknown = positionals.filter((name) => !QUESTIONS.some((each) => each.name === name));
  if (unknown.length > 0) {
    const names = QUESTIONS.map(({ name }) => name).join(", ");
    throw new Error(`There is no question ${unknown.map((name) => `"${name}"`).join(", ")}; there are ${names}`);
  }
  const read = <T>(name: keyof typeof values, max: number, fallback: T): number | T => {
    const text = values[name];
    if (text === undefined) return fallback;
    const value = /^\d{1,9}$/.test(String(text)) ? Number(text) : 0;
    if (value < 1 || value > max) throw new Error(`--${name} must be an integer from 1 to ${max}`);
    return value;
  };
  return {
    questions: positionals.length === 0 ? QUESTIONS : QUESTIONS.filter(({ name }) => positionals.includes(name)),
    rounds: read("rounds", 1000, undefined),
    seconds: read("seconds", 600, DEFAULTS.seconds),
    events: read("events", 20_000_000, DEFAULTS.events),
    connections: read("connections", 10_000, DEFAULTS.connections),
    sessions: read("sessions", 10_000_000, DEFAULTS.sessions),
  };
}

/** Asks one question; its processes and its directory are gone afterwards, whatever happened. */
async function ask(question: Question, options: Options, processes: Processes): Promise<Figure[]> {
  const directory = join(TEMPORARY, `${process.pid}-${question.name}`);
  mkdirSync(directory, { recursive: true });
  const tidy = () => {
    processes.killAll();
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", tidy);
  try {
    return await question.run({ ...options, directory, processes, say: (text) => say(question, text) });
  } finally {
    tidy();
    process.off("exit", tidy);
  }
}

/** Removes what a bench left that was itself killed with -9; another that still runs keeps its own. */
function removeLeftovers(): void {
  mkdirSync(TEMPORARY, { recursive: true });
  for (const name of readdirSync(TEMPORARY)) {
    const isRunning = existsSync(join("/proc", String(Number.parseInt(name, 10))));
    if (!isRunning) rmSync(join(TEMPORARY, name), { recursive: true, force: true });
  }
}

/** On a terminal one line that changes, elsewhere a line each; beside the tables, which may be piped away. */
function say({ name }: Question, text: string): void {
  const line = `${name}: ${text}`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
}

function record({ name }: Question, commit: string, figures: readonly Figure[]): void {
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length };
  const run = { at: new Date().toISOString(), commit, machine, question: name };
  const lines = figures.map((each) => {
    const { figure, value, unit } = each;
    return JSON.stringify({ ...run, figure, value: rounded(value), unit, ...verdictOf(each) } satisfies Result);
  });
  appendFileSync(RESULTS, `${lines.join("\n")}\n`);
}

/** What is measured; a `+` says that src had changes that no commit has. */
function findCommit(): string {
  const git = (...args: string[]) =>
    Bun.spawnSync(["git", "-C", import.meta.dir, ...args])
      .stdout.toString()
      .trim();
  return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "../src") === "" ? "" : "+");
}

async function main(args: string[]): Promise<number> {
  let options: Options | "help" | "table";
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return EXIT.misused;
  }
  if (options === "help") {
    console.log(HELP);
    return 0;
  }
  if (options === "table") {
    writeTable(
      RESULTS,
      QUESTIONS.map(({ name }) => name),
    );
    return 0;
  }
  return askAll(options);
}

/** @returns the exit code */
async function askAll(options: Options): Promise<number> {
  removeLeftovers();
  const processes = new Processes();
  const pinning = processes.unpinnedBecause ? `unpinned: ${processes.unpinnedBecause}` : "server on core 0, load on 1";
  console.log(`Load from ${loadGenerator()} over ${options.connections} connections; ${pinning}.`);
  let code = 0;
  for (const question of options.questions) {
    console.log(`\n${question.name}: ${question.asks}`);
    // Before it runs: the next commit may come meanwhile.
    const commit = findCommit();
    try {
      const figures = await ask(question, options, processes);
      if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
      console.log(tableOf(figures));
      record(question, commit, figures);
      if (figures.some(isMissed)) code = EXIT.missed;
    } catch (error) {
      console.error(`\n${question.name} FAILED: ${error instanceof Error ? error.message : error}`);
      code = EXIT.missed;
    }
  }
  return code;
}

// Each ends by way of "exit", which kills the processes and removes the files.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(EXIT.interrupted));
process.exit(await main(process.argv.slice(2)));
