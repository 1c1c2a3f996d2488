/** `bun run bench [question...]`: asks or compares, prints a table each and appends the figures to results.jsonl. */

import { appendFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { question as binary } from "./binary.ts";
import { question as close } from "./close.ts";
import { question as cluster } from "./cluster.ts";
import { question as dashboard } from "./dashboard.ts";
import { question as edge } from "./edge.ts";
import { question as events } from "./events.ts";
import { question as fold } from "./fold.ts";
import { question as growth } from "./growth.ts";
import { question as latency } from "./latency.ts";
import { question as limits } from "./limits.ts";
import { question as memory } from "./memory.ts";
import { question as mixed } from "./mixed.ts";
import { question as openSessions } from "./open-sessions.ts";
import { question as peers } from "./peers.ts";
import { question as report } from "./report.ts";
import { question as restart } from "./restart.ts";
import { question as scaling } from "./scaling.ts";
import { question as starts } from "./starts.ts";
import { checkOut } from "./support/checkout.ts";
import { lineOf, tableOf } from "./support/figures.ts";
import { findCommit, resolveCommit } from "./support/git.ts";
import { loadGenerator } from "./support/load.ts";
import { type Askable, type Command, helpOf, readCommand } from "./support/options.ts";
import type { PairedQuestion, Side, Sides } from "./support/pairs/paired-question.ts";
import { PAIRED } from "./support/pairs/paired-questions.ts";
import { takePairs } from "./support/pairs/take-pairs.ts";
import { isAsFast, linesOf, tellComparison } from "./support/pairs/tell.ts";
import { Processes } from "./support/processes.ts";
import { type Context, isMissed, type Question } from "./support/question.ts";
import { type Line, type Result, writeTable } from "./support/results-page.ts";
import { inScratch, removeLeftovers } from "./support/scratch.ts";
import { question as synchronous } from "./synchronous.ts";
import { question as validation } from "./validation.ts";

const QUESTIONS: readonly Question[] = [
  starts,
  events,
  edge,
  mixed,
  limits,
  latency,
  validation,
  synchronous,
  scaling,
  growth,
  memory,
  openSessions,
  restart,
  binary,
  fold,
  close,
  report,
  dashboard,
  peers,
  cluster,
];
const RESULTS = join(import.meta.dir, "results.jsonl");
const EXIT = { missed: 1, misused: 2, interrupted: 130 };

const ASKABLE: readonly Askable[] = QUESTIONS.map((question) => {
  const paired = PAIRED.find(({ name }) => name === question.name);
  return { ...question, ...(paired && { takesAgainst: paired.takes }) };
});

/** On a terminal one line that changes, elsewhere a line each; beside the tables, which may be piped away. */
function say(name: string, text: string): void {
  const line = `${name}: ${text}`;
  process.stderr.write(process.stderr.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
}

/** Prints behind what was said. */
function print(text: string): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[2K");
  console.log(text);
}

function record(question: string, commit: string, lines: readonly Line[]): void {
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length };
  const run = { at: new Date().toISOString(), commit, machine, question };
  const texts = lines.map((line) => JSON.stringify({ ...run, ...line } satisfies Result));
  appendFileSync(RESULTS, `${texts.join("\n")}\n`);
}

async function main(args: string[]): Promise<number> {
  let command: Command;
  try {
    command = readCommand(args, ASKABLE);
    if (command.kind === "compare") command = { ...command, commit: resolveCommit(command.commit) };
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return EXIT.misused;
  }
  switch (command.kind) {
    case "help":
      console.log(helpOf(ASKABLE));
      return 0;
    case "table":
      writeTable(
        RESULTS,
        QUESTIONS.map(({ name }) => name),
      );
      return 0;
    case "ask":
      return await askAll(command);
    case "compare":
      return await compareAll(command);
  }
}

type CommandOf<Kind extends Command["kind"]> = Extract<Command, { kind: Kind }>;

/** @returns the exit code */
async function askAll(command: CommandOf<"ask">): Promise<number> {
  const processes = begin(command.connections);
  let code = 0;
  for (const question of QUESTIONS.filter(({ name }) => command.questions.includes(name))) {
    const { name } = question;
    console.log(`\n${name}: ${question.asks}`);
    const isMet = await succeeds(name, async (commit) => {
      const context = { ...command, processes, say: (text: string) => say(name, text) };
      const figures = await inScratch(name, processes, (directory) => question.run({ ...context, directory }));
      print(tableOf(figures));
      record(name, commit, figures.map(lineOf));
      return !figures.some(isMissed);
    });
    if (!isMet) code = EXIT.missed;
  }
  return code;
}

/** @returns the exit code */
async function compareAll(command: CommandOf<"compare">): Promise<number> {
  const { commit: against } = command;
  const processes = begin(command.connections);
  const contextOf = (name: string, directory: string): Context => {
    return { ...command, directory, processes, say: (text) => say(name, text) };
  };
  const compare = async (question: PairedQuestion, sides: Sides): Promise<boolean> => {
    const { name } = question;
    return await succeeds(name, async (commit) => {
      const comparison = await inScratch(name, processes, (directory) =>
        takePairs(question, contextOf(name, directory), sides, command),
      );
      print(tellComparison(name, against, comparison));
      record(name, commit, linesOf(against, comparison));
      return isAsFast(comparison);
    });
  };
  const areAsFast = await succeeds("against", () =>
    inScratch("against", processes, async (directory) => {
      const here: Side = { name: "the working tree", root: join(import.meta.dir, "..") };
      const there = await checkOut(against, contextOf("against", directory));
      let slower = 0;
      for (const question of PAIRED.filter(({ name }) => command.questions.includes(name))) {
        print(`\n${question.name}: is the working tree as fast as ${against}?`);
        if (!(await compare(question, [here, there]))) slower += 1;
      }
      return slower === 0;
    }),
  );
  return areAsFast ? 0 : EXIT.missed;
}

/** Says how it is measured, once the leftovers of others are gone. */
function begin(connections: number): Processes {
  removeLeftovers();
  const processes = new Processes();
  const pinning = processes.unpinnedBecause ? `unpinned: ${processes.unpinnedBecause}` : "server on core 0, load on 1";
  console.log(`Load from ${loadGenerator()} over ${connections} connections; ${pinning}.`);
  return processes;
}

/** Runs a question. @returns false if it missed a target or failed, which it reports */
async function succeeds(name: string, run: (commit: string) => Promise<boolean>): Promise<boolean> {
  try {
    // Before it runs: the next commit may come meanwhile.
    return await run(findCommit());
  } catch (error) {
    console.error(`\n${name} FAILED: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

// Each ends by way of "exit", which kills the processes and removes the files.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(EXIT.interrupted));
process.exit(await main(process.argv.slice(2)));
