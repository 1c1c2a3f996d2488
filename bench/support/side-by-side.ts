/**
 * What a request costs by thread, and how much it writes: `bun bench/support/side-by-side.ts ROUNDS KIND[@PAGES]...`.
 *
 * Each KIND (`starts`, `events`, `edge`, `mixed`) has a server of its own on the one core, loaded for a second in each
 * round, in random order. PAGES changes how long the log may be before it is copied, in a copy of this tree:
 * `side-by-side.ts 6 starts@512 starts@2048 starts@8192`.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeTemplates } from "./bodies.ts";
import { median } from "./figures.ts";
import { type Kind, load } from "./load.ts";
import { Processes } from "./processes.ts";
import { inScratch } from "./scratch.ts";
import { type ServerUnderTest, startServer } from "./server-process.ts";
import { openSessions } from "./sessions.ts";

const ROOT = join(import.meta.dir, "..", "..");
const KINDS: readonly string[] = ["starts", "events", "edge", "mixed"];
const CONNECTIONS = 256;
const SESSIONS = 10_000;
const WARM_UP_SECONDS = 8;
/** What the copy of a tree changes. */
const PAGES_AT = "src/store/sqlite/open.ts";
const PAGES = /(WAL_PAGES_BETWEEN_CHECKPOINTS = )\d+;/;

/** Microseconds of processor time for each request by thread, and bytes. */
type Costs = Readonly<Record<"main" | "workers" | "others" | "all" | "bytes", number>>;
type Used = Omit<Costs, "all">;

interface Side {
  readonly name: string;
  readonly kind: Kind;
  readonly server: ServerUnderTest;
  readonly directory: string;
  from: number;
  readonly rounds: Costs[];
}

const [rounds = 0, ...names] = process.argv.slice(2).map((each, at) => (at === 0 ? Number(each) : each));
if (
  !(Number(rounds) > 0) ||
  names.length === 0 ||
  !names.every((name) => KINDS.includes(String(name).split("@")[0] ?? ""))
)
  throw new Error(`Usage: side-by-side.ts ROUNDS KIND[@PAGES]..., each KIND one of ${KINDS.join(", ")}`);
const processes = new Processes();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
await inScratch("side-by-side", processes, async (scratch) => {
  const sides: Side[] = [];
  for (const [at, name] of names.entries()) sides.push(await open(String(name), join(scratch, String(at))));
  for (const side of sides) await take(side, WARM_UP_SECONDS);
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const side of sides.toSorted(() => Math.random() - 0.5)) side.rounds.push(await take(side, 1));
  }
  for (const side of sides) console.log(inWords(side));
});
process.exit(0);

async function open(name: string, directory: string): Promise<Side> {
  const [kind, pages] = name.split("@") as [Kind, string | undefined];
  const dataDir = join(directory, "data");
  mkdirSync(directory);
  writeTemplates(directory);
  const tree = pages === undefined ? ROOT : copyOf(join(directory, "tree"), pages);
  const program = [process.execPath, join(tree, "bench/support/server.ts"), dataDir, "sqlite"];
  const server = await startServer(processes, { dataDir, command: program });
  if (kind !== "starts") await openSessions(server.url, SESSIONS, directory);
  return { name, kind, server, directory, from: 0, rounds: [] };
}

function copyOf(tree: string, pages: string): string {
  for (const part of ["src", "bench/support", "package.json", "tsconfig.json"]) {
    cpSync(join(ROOT, part), join(tree, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
  const path = join(tree, PAGES_AT);
  const text = readFileSync(path, "utf8");
  if (!PAGES.test(text)) throw new Error(`${PAGES_AT} has no bound on the log's pages to change`);
  writeFileSync(path, text.replace(PAGES, `$1${pages};`));
  return tree;
}

async function take(side: Side, seconds: number): Promise<Costs> {
  const { kind, server, directory, from } = side;
  if (kind === "mixed") await openSessions(server.url, SESSIONS, directory);
  const before = usedBy(server.pid);
  const { requests } = await load(processes, {
    kind,
    url: server.url,
    directory,
    from,
    connections: CONNECTIONS,
    seconds,
  });
  const after = usedBy(server.pid);
  // Requests under way at the end have numbers too.
  side.from += requests + CONNECTIONS;
  const each = (of: keyof Used) => (after[of] - before[of]) / requests;
  const [main, workers, others] = (["main", "workers", "others"] as const).map(each) as [number, number, number];
  return { main, workers, others, all: main + workers + others, bytes: each("bytes") };
}

function usedBy(pid: number): Used {
  const used = { main: 0, workers: 0, others: 0, bytes: 0 };
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const at = `/proc/${pid}/task/${task}`;
    const isWorker = readFileSync(`${at}/comm`, "utf8").trim() === "Worker";
    const thread = task === String(pid) ? "main" : isWorker ? "workers" : "others";
    used[thread] += Number(readFileSync(`${at}/schedstat`, "utf8").split(" ")[0]) / 1000;
  }
  used.bytes = Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
  return used;
}

function inWords({ name, rounds: taken }: Side): string {
  const of = (what: keyof Costs) => median(taken.map((each) => each[what]));
  const us = (["main", "workers", "others", "all"] as const).map((what) => `${what} ${of(what).toFixed(1)}`);
  return `${name}: ${us.join(", ")} us; ${of("bytes").toFixed(0)} bytes written`;
}
