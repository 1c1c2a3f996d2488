/** Where the server's time goes: `bun bench/support/profile.ts starts|events|edge [seconds] [sqlite|null|postgres]`, functions by self time. */

import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { writeTemplates } from "./bodies.ts";
import { load } from "./load.ts";
import { startNodes } from "./nodes.ts";
import { Processes } from "./processes.ts";
import { startServer } from "./server-process.ts";
import { openSessions } from "./sessions.ts";

interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }>;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROOT = join(import.meta.dir, "..", "..");
const SESSIONS = 10_000;
const CONNECTIONS = 256;
const ROWS = 40;

const [kind = "", seconds = "8", storage = "sqlite"] = process.argv.slice(2);
if (kind !== "starts" && kind !== "events" && kind !== "edge")
  throw new Error("Usage: bun bench/support/profile.ts starts|events|edge [seconds]");
if (storage !== "sqlite" && storage !== "null" && storage !== "postgres")
  throw new Error("The storage is sqlite, null or postgres");

const directory = join(import.meta.dir, "..", ".tmp", `${process.pid}-profile`);
mkdirSync(directory, { recursive: true });
const processes = new Processes();
process.once("exit", () => {
  processes.killAll();
  rmSync(directory, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

writeTemplates(directory);
const profiles = join(directory, "profiles");
const bunArguments = ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
const server =
  storage === "postgres"
    ? await startNodes({ processes, directory, count: 1, bunArguments })
    : await startServer(processes, { dataDir: join(directory, "data"), storage, bunArguments });
if (kind !== "starts") await openSessions(server.url, SESSIONS, directory);
const options = { kind, url: server.url, directory, connections: CONNECTIONS } as const;
const { perSecond } = await load(processes, { ...options, from: 0, seconds: Number(seconds) });
await server.stop();
const [file] = readdirSync(profiles);
if (!file) throw new Error("Bun wrote no profile");
console.log(`${kind}, ${storage}: ${Math.round(perSecond)}/s while profiled\n`);
print(JSON.parse(readFileSync(join(profiles, file), "utf8")) as Profile);
process.exit(0);

function print({ nodes, samples, timeDeltas }: Profile): void {
  const own = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  // The engine's own work says little without its caller.
  const names = new Map(
    nodes.map(({ id, callFrame }) => {
      const caller = own.get(parents.get(id) ?? 0) ?? "";
      return [id, callFrame.url ? nameOf(callFrame) : `${nameOf(callFrame)}  <- ${caller}`];
    }),
  );
  const selfTime = new Map<string, number>();
  for (const [i, sample] of samples.entries()) {
    const name = names.get(sample) ?? "";
    if (name.startsWith("(idle)")) continue;
    selfTime.set(name, (selfTime.get(name) ?? 0) + (timeDeltas[i] ?? 0));
  }
  const total = [...selfTime.values()].reduce((sum, each) => sum + each, 0);
  const top = [...selfTime].toSorted((a, b) => b[1] - a[1]).slice(0, ROWS);
  for (const [name, time] of top) console.log(`${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`);
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const path = url.replace(/^file:\/\//, "");
  return `${functionName || "(anonymous)"}${path ? `  ${path.startsWith("/") ? relative(ROOT, path) : path}:${lineNumber + 1}` : ""}`;
}
