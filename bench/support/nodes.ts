/** Nodes of Playhead that share a PostgreSQL, all of it on the server's core. */

import { join } from "node:path";
import { cpuSecondsOf, processCpuSeconds } from "./cpu.ts";
import { findPostgres, need } from "./peer-packages.ts";
import { reportedRows, startReports } from "./playhead-trial.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import type { Processes } from "./processes.ts";
import { startServer } from "./server-process.ts";
import type { Running } from "./turns.ts";

export interface Nodes extends Running {
  /** The nodes' addresses. */
  readonly urls: readonly string[];
  postgresCpuSeconds(): number;
  readonly ask: Postgres["ask"];
  /** Ends the nodes as a supervisor would. */
  stop(): Promise<void>;
}

interface NodesOptions {
  readonly processes: Processes;
  /** Empty, and for these alone. */
  readonly directory: string;
  readonly count: number;
  /** More arguments for Bun itself, such as `--cpu-prof`. */
  readonly bunArguments?: readonly string[];
}

/** Starts a PostgreSQL in a directory, and nodes on it. @throws Error when PostgreSQL can't be run here */
export async function startNodes(options: NodesOptions): Promise<Nodes> {
  const { processes, directory, count, bunArguments = [] } = options;
  await using starting = new AsyncDisposableStack();
  const programs = need(findPostgres());
  const postgres = await startPostgres({ processes, programs, dataDir: join(directory, "postgres") });
  starting.use(postgres);
  const config = { store: postgres.url, adminToken: crypto.randomUUID() };
  const dataDirs = Array.from({ length: count }, (_, node) => join(directory, `node-${node}`));
  const servers = await Promise.all(
    dataDirs.map(async (dataDir) =>
      starting.use(await startServer(processes, { dataDir, storage: "sqlite", config, bunArguments })),
    ),
  );
  const [first] = servers;
  if (!first) throw new Error("There is no node");
  await startReports(first.url, ...dataDirs);
  const all = starting.move();
  const postgresCpuSeconds = () => cpuSecondsOf(postgres.pids());
  return {
    url: first.url,
    urls: servers.map(({ url }) => url),
    cpuSeconds: () => servers.reduce((sum, { pid }) => sum + processCpuSeconds(pid), postgresCpuSeconds()),
    postgresCpuSeconds,
    ask: postgres.ask,
    stop: async () => {
      for (const { stop } of servers) await stop();
    },
    // The nodes first: without their database they would log many errors.
    kill: async () => {
      for (const { kill } of servers) await kill();
      await postgres.kill();
    },
    countStored: async (kind) => {
      const rows = await postgres.countAfterRestart(kind === "starts" ? "sessions" : "events");
      return rows - reportedRows(kind);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
