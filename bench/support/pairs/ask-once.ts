/**
 * Asks a question of a commit by that commit's own file, and prints its figures as JSON: `bun ask-once.ts ROOT NAME DIRECTORY`.
 *
 * All that is imported comes from ROOT, so that it is that commit's code which is measured.
 */

import { join } from "node:path";
import type { Processes } from "../processes.ts";
import type { Question } from "../question.ts";

/** The median of a few: a process takes longer to start than to answer. */
const ROUNDS = 3;

const [root = "", name = "", directory = ""] = process.argv.slice(2);
if (directory === "") throw new Error("Usage: ask-once.ts ROOT NAME DIRECTORY");
const support: { Processes: new () => Processes } = await import(join(root, "bench/support/processes.ts"));
const { question }: { question: Question } = await import(join(root, `bench/${name}.ts`));
const processes = new support.Processes();
process.once("exit", () => processes.killAll());
// The bench holds the other end: if it is killed outright, nothing must stay behind.
void (async () => {
  for await (const _ of Bun.stdin.stream());
  process.exit(1);
})();
const numbers = { rounds: ROUNDS, seconds: 5, events: 1_000_000, connections: 256, sessions: 1_000_000 };
const before = process.cpuUsage();
const figures = await question.run({ ...numbers, directory, processes, say: () => {} });
const { user, system } = process.cpuUsage(before);
const values = Object.fromEntries(figures.map(({ figure, value }) => [figure, value]));
console.log(JSON.stringify({ ...values, "processor time": (user + system) / 1e6 }));
process.exit(0);
