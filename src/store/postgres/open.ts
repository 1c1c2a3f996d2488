/** Opens a PostgreSQL: for a node of a server, for a command beside it, or for reading alone. */

import { SQL } from "bun";
import { AppError } from "../../base/errors.ts";
import { MINUTE_MS, SECOND_MS } from "../../base/units.ts";
import type { StoreReader } from "../store.ts";
import { checkServer } from "./check.ts";
import { PostgresClient } from "./client.ts";
import { isPassing, isReadOnly } from "./errors.ts";
import { migratePostgres, requireMigrated } from "./migrate.ts";
import { PostgresReader, type ReaderOptions } from "./reader.ts";
import { PostgresStore, type PostgresStoreOptions } from "./store.ts";

/** One for each lane, and for the closer, the settler and leases. */
const WRITES = 6;
const READS = 3;
/** Players give up after 5 s: a batch must be sent again before that. */
const WRITE_MS_MAX = 2.5 * SECOND_MS;
const READ_MS_MAX = MINUTE_MS;
/** Against a silent host a start fails, with the reason, before a supervisor gives up on it. */
const FIRST_MS_MAX = 5 * SECOND_MS;
const OLDEST_SERVER = 150_000;
const NO_WRITES =
  "Cannot open the database: it takes no writes, as a standby does; promote it, or let PLAYHEAD_STORE name the primary";
/** Notes a restore as nodes note the loss of acknowledged events: it makes another lineage. */
const NOTE_RESTORE = `
  UPDATE counters SET value = greatest(value + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
  WHERE name = 'lost'`;

/**
 * Plans look rows up by key, even while the statistics call a table empty, and the server ends by itself what its
 * client has given up.
 */
const WRITE_SETTINGS = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  jit: "off",
  plan_cache_mode: "force_generic_plan",
  statement_timeout: "5s",
  lock_timeout: "3s",
  idle_in_transaction_session_timeout: "10s",
  client_connection_check_interval: "1s",
};
const READ_SETTINGS = { jit: "off", statement_timeout: "60s" };

/**
 * Opens the database and brings it to this version's schema.
 *
 * @throws AppError `store-unreachable`, `database-newer`, `database-drifted`
 * @throws AppError `store-failed` for a server that it can't use
 */
export async function openPostgresStore(options: PostgresStoreOptions & { readonly version: string }) {
  const { url, node, version } = options;
  const common = { url, name: `playhead ${node}` };
  const reads = readingClient(common);
  const writes = new PostgresClient({
    ...common,
    connectionsMax: WRITES,
    deadlineMs: WRITE_MS_MAX,
    settings: WRITE_SETTINGS,
    // A reader may take a minute, and would wait as long for a host that is gone.
    onThrownAway: () => reads.throwAway(),
  });
  try {
    await refuseOld(reads);
    await migratePostgres(reads, { version });
  } catch (error) {
    await Promise.all([writes.close(), reads.close()]);
    throw whyNot(error);
  }
  return new PostgresStore({ writes, reads }, options);
}

/** Opens the database for reading alone, as a Worker does. */
export function openPostgresReader({
  url,
  node,
  ...options
}: ReaderOptions & { url: string; node: string }): StoreReader {
  return new PostgresReader(readingClient({ url, name: `playhead ${node}` }), { ...options, url });
}

interface MigrateAtOptions {
  readonly version: string;
  /** Whether the database came back from a backup: it then lacks what it has acknowledged since. */
  readonly isRestored?: boolean;
}

/** Brings the database to this version's schema. @returns the migrations that were applied now */
export async function migratePostgresAt(url: string, { version, isRestored }: MigrateAtOptions): Promise<string[]> {
  const client = readingClient({ url, name: "playhead migrate" });
  try {
    await refuseOld(client);
    const applied = await migratePostgres(client, { version });
    if (isRestored) await client.run(NOTE_RESTORE);
    return applied;
  } catch (error) {
    throw whyNot(error);
  } finally {
    await client.close();
  }
}

/**
 * Refuses a database that this version can't read.
 *
 * @throws AppError `store-unreachable`, `database-outdated`, `database-newer`, `database-drifted`
 * @throws AppError `store-failed` for a database with tables of another program
 */
export async function refuseUnreadable(url: string, version: string): Promise<void> {
  const client = readingClient({ url, name: "playhead" });
  try {
    await requireMigrated(client, { version });
  } catch (error) {
    throw whyNot(error);
  } finally {
    await client.close();
  }
}

/**
 * Looks at the server for what its operator should know.
 *
 * @param nowMs this machine's calendar
 * @throws AppError as {@link refuseUnreadable}
 */
export async function checkPostgresAt(
  url: string,
  { version, nowMs }: { readonly version: string; readonly nowMs: () => number },
): ReturnType<typeof checkServer> {
  const client = readingClient({ url, name: "playhead check" });
  try {
    await requireMigrated(client, { version });
    return await checkServer(client, nowMs);
  } catch (error) {
    throw whyNot(error);
  } finally {
    await client.close();
  }
}

function readingClient(common: { readonly url: string; readonly name: string }): PostgresClient {
  return new PostgresClient({ ...common, connectionsMax: READS, deadlineMs: READ_MS_MAX, settings: READ_SETTINGS });
}

async function refuseOld(client: PostgresClient): Promise<void> {
  const version = "SELECT current_setting('server_version_num') AS version";
  const [row] = await client.run<{ version: string }>(version, [], FIRST_MS_MAX);
  if (Number(row?.version) >= OLDEST_SERVER) return;
  throw new AppError("store-failed", "Cannot use the database: its PostgreSQL is older than 15; use 15 or later");
}

/** The error of a failed start, in the server's own words: they name the user and the database, but no password. */
function whyNot(error: unknown): unknown {
  const said = isPassing(error) ? (error as AppError).cause : error;
  if (!(said instanceof SQL.PostgresError)) return error;
  if (isReadOnly(said)) return new AppError("store-unreachable", NO_WRITES, { cause: error });
  const message = `Cannot open the database: ${said.message}; see whether PLAYHEAD_STORE is right and the server runs`;
  return new AppError(isPassing(error) ? "store-unreachable" : "store-failed", message, { cause: error });
}
