/** Playhead as a contender: with its own storage, and with what that is measured against. */

import { Database } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../src/config.ts";
import { databasePathOf, factsPathOf } from "../../src/data-dir/paths.ts";
import { processCpuSeconds } from "./cpu.ts";
import type { Kind } from "./load.ts";
import type { Processes } from "./processes.ts";
import { type ServerUnderTest, startServer } from "./server-process.ts";
import type { Storage } from "./storage.ts";
import type { Running } from "./turns.ts";
import { waitFor } from "./wait.ts";

const REPORTS_MS_MAX = 120_000;

export interface PlayheadOptions {
  readonly storage?: Storage;
  readonly config?: Partial<Settings>;
  /** Whether it may use every core. */
  readonly unpinned?: boolean;
}

/**
 * Starts Playhead with its data in a directory; resolves when its thread of reports is there too, which otherwise comes up
 * in the middle of the measurement.
 */
export async function startPlayhead(
  processes: Processes,
  directory: string,
  { storage = "sqlite", config = {}, unpinned = false }: PlayheadOptions = {},
): Promise<Running> {
  const dataDir = join(directory, "data");
  // That of a turn before on the same directory would be taken for a sign of this one's thread.
  rmSync(factsPathOf({ dataDir }), { force: true });
  const server = await startServer(processes, { dataDir, storage, config, ...(unpinned && { unpinned }) });
  if (storage === "sqlite") await waitForReports(dataDir).catch((error) => killed(server, error));
  const keeps = storage !== "null";
  return {
    url: server.url,
    cpuSeconds: () => processCpuSeconds(server.pid),
    kill: server.kill,
    ...(keeps && { countStored: async (kind: Kind) => countRows(databasePathOf({ dataDir }), kind) }),
    [Symbol.asyncDispose]: server.kill,
  };
}

async function killed(server: ServerUnderTest, error: unknown): Promise<never> {
  await server.kill();
  throw error;
}

/** The thread comes up some seconds after the server, and makes its file. Whoever asked for a report would keep it busy. */
async function waitForReports(dataDir: string): Promise<void> {
  const look = async () => (existsSync(factsPathOf({ dataDir })) ? true : undefined);
  await waitFor("the thread of reports", REPORTS_MS_MAX, look);
}

const TABLES: Readonly<Record<Kind, readonly string[]>> = {
  starts: ["sessions"],
  events: ["events"],
  mixed: ["sessions", "events"],
};

/** The rows of a database that a load of some kind has made. */
export function countRows(path: string, kind: Kind): number {
  using database = new Database(path);
  const count = (table: string) =>
    database.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM ${table}`).get()?.rows ?? 0;
  return TABLES[kind].reduce((sum, table) => sum + count(table), 0);
}
