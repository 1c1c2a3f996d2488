/** Playhead as a contender: with its own storage, and with the storages to compare it with. */

import { Database } from "bun:sqlite";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../src/config.ts";
import { databasePathOf, factsPathOf } from "../../src/data-dir/paths.ts";
import { processCpuSeconds } from "./cpu.ts";
import type { Kind } from "./load.ts";
import type { Processes } from "./processes.ts";
import { type ServerUnderTest, startServer } from "./server-process.ts";
import { playSession } from "./sessions.ts";
import type { Storage } from "./storage.ts";
import type { Running } from "./turns.ts";
import { waitFor } from "./wait.ts";

const REPORTS_MS_MAX = 120_000;
/** A session for the report thread alone, with a number that no load reaches. */
const REPORTED = 2 ** 31;

export interface PlayheadOptions {
  readonly storage?: Storage;
  readonly config?: Partial<Settings>;
  /** Whether it may use every core. */
  readonly unpinned?: boolean;
}

/**
 * Starts Playhead with its data in a directory; resolves when its report thread runs too, which would otherwise start
 * in the middle of the measurement.
 */
export async function startPlayhead(
  processes: Processes,
  directory: string,
  { storage = "sqlite", config = {}, unpinned = false }: PlayheadOptions = {},
): Promise<Running> {
  const dataDir = join(directory, "data");
  // A file of an earlier turn in the same directory would be taken for a sign of this turn's thread.
  rmSync(factsPathOf({ dataDir }), { force: true });
  const server = await startServer(processes, { dataDir, storage, config, ...(unpinned && { unpinned }) });
  const hasReports = storage === "sqlite";
  if (hasReports) await startReports(server.url, dataDir).catch((error) => killed(server, error));
  const keeps = storage !== "null";
  const countStored = async (kind: Kind) =>
    countRows(databasePathOf({ dataDir }), kind) - (hasReports ? reportedRows(kind) : 0);
  return {
    url: server.url,
    cpuSeconds: () => processCpuSeconds(server.pid),
    kill: server.kill,
    ...(keeps && { countStored }),
    [Symbol.asyncDispose]: server.kill,
  };
}

async function killed(server: ServerUnderTest, error: unknown): Promise<never> {
  await server.kill();
  throw error;
}

/**
 * Gives report threads a session with numbers, without which they don't start, and waits for their files, made some
 * seconds later. Asking for a report would keep them busy.
 *
 * @param dataDirs those of all processes with this store
 */
export async function startReports(url: string, ...dataDirs: readonly string[]): Promise<void> {
  await playSession(url, REPORTED);
  const look = async () => dataDirs.every((dataDir) => existsSync(factsPathOf({ dataDir }))) || undefined;
  await waitFor("the report thread", REPORTS_MS_MAX, look);
}

const TABLES: Readonly<Record<Kind, readonly string[]>> = {
  starts: ["sessions"],
  events: ["events"],
  edge: ["events"],
  mixed: ["sessions", "events"],
};

/** The rows that the session of {@link startReports} has among those of a load: one in each table. */
export function reportedRows(kind: Kind): number {
  return TABLES[kind].length;
}

/** Counts the rows that a load of some kind has made in a database. */
export function countRows(path: string, kind: Kind): number {
  using database = new Database(path);
  const count = (table: string) =>
    database.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM ${table}`).get()?.rows ?? 0;
  return TABLES[kind].reduce((sum, table) => sum + count(table), 0);
}
