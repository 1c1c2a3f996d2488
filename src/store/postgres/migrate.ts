/**
 * Brings a database to this version's schema.
 *
 * Nodes that start at once need no lock: each migration first inserts its own row, and other nodes wait for that.
 */

import { AppError } from "../../base/errors.ts";
import type { PostgresClient } from "./client.ts";
import { isMade, isOtherTable } from "./errors.ts";
import { POSTGRES_MIGRATIONS, type PostgresMigration } from "./migrations.ts";

interface Applied {
  readonly tag: string;
  readonly sha256: string;
  readonly oldest_version: string;
}

interface MigrateOptions {
  /** This program's version. */
  readonly version: string;
  readonly migrations?: readonly PostgresMigration[];
}

/** Nodes report every five seconds, and a killed one holds up a newer version for this long. */
const SEEN_WITHIN_MS = 30_000;

const TABLE = `CREATE TABLE IF NOT EXISTS migrations (
  tag text PRIMARY KEY, sha256 text NOT NULL, oldest_version text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now())`;

/**
 * Applies what is pending, each migration in a transaction. One that changes no table announces a new payload form.
 *
 * @returns the tags that were applied now
 * @throws AppError `database-in-use` when a running node can't go on with the schema
 * @throws AppError `database-newer` when a node of this version can't go on with the schema
 * @throws AppError `database-drifted` when an applied migration has another text here
 * @throws AppError `store-failed` for a database with tables of another program
 */
export async function migratePostgres(
  client: PostgresClient,
  { version, migrations = POSTGRES_MIGRATIONS }: MigrateOptions,
): Promise<string[]> {
  await unlessTaken(() => client.runAll([TABLE]));
  const done: string[] = [];
  const isApplied = async ({ tag }: PostgresMigration) =>
    (await readApplied(client, version, migrations)).includes(tag);
  for (const migration of migrations) {
    if (await isApplied(migration)) continue;
    const { tag, sql, oldestVersion } = migration;
    await refuseBesideOld(client, oldestVersion);
    const note = `INSERT INTO migrations (tag, sha256, oldest_version)
      VALUES ('${tag}', '${hashOf(migration)}', '${oldestVersion}')`;
    const isDone = await unlessTaken(() => client.runAll([note, ...sql.split("--> statement-breakpoint")]));
    if (isDone) done.push(tag);
    else if (!(await isApplied(migration))) throw foreign();
  }
  return done;
}

/**
 * Refuses a database that this version can't read, without changing it.
 *
 * @throws AppError `database-outdated` when it lacks a migration, or all of them
 * @throws AppError `database-newer`, `database-drifted`, `store-failed` as {@link migratePostgres}
 */
export async function requireMigrated(
  client: PostgresClient,
  { version, migrations = POSTGRES_MIGRATIONS }: MigrateOptions,
): Promise<void> {
  const [row] = await client.run<{ made: boolean }>("SELECT to_regclass('migrations') IS NOT NULL AS made");
  const applied = row?.made ? await readApplied(client, version, migrations) : [];
  if (migrations.every(({ tag }) => applied.includes(tag))) return;
  const state = applied.length === 0 ? "it has no tables of Playhead" : "its tables are of an older version";
  const wayOut = "start a server on it or run playhead migrate, or name another one in PLAYHEAD_STORE";
  throw new AppError("database-outdated", `Cannot read the database: ${state}; ${wayOut}`);
}

/** @returns the tags of what is applied */
async function readApplied(
  client: PostgresClient,
  version: string,
  migrations: readonly PostgresMigration[],
): Promise<string[]> {
  const applied = await client
    .run<Applied>("SELECT tag, sha256, oldest_version FROM migrations")
    .catch((error: unknown) => {
      throw isOtherTable(error) ? foreign() : error;
    });
  for (const row of applied) check(row, version, migrations);
  return applied.map(({ tag }) => tag);
}

function check(row: Applied, version: string, migrations: readonly PostgresMigration[]): void {
  const known = migrations.find((migration) => migration.tag === row.tag);
  if (!known && Bun.semver.order(version, row.oldest_version) >= 0) return;
  if (!known) {
    throw new AppError(
      "database-newer",
      `Cannot open the database: its migration "${row.tag}" needs version ${row.oldest_version}; start that one`,
    );
  }
  if (hashOf(known) !== row.sha256) {
    throw new AppError(
      "database-drifted",
      `Cannot open the database: its migration "${row.tag}" differs from this version's; start the one that made it`,
    );
  }
}

/** A running node doesn't check the schema again, and would meet rows and payloads that it can't read. */
async function refuseBesideOld(client: PostgresClient, oldestVersion: string): Promise<void> {
  const [{ made } = { made: false }] = await client.run<{ made: boolean }>(
    "SELECT to_regclass('nodes') IS NOT NULL AS made",
  );
  if (!made) return;
  const nodes = await client.run<{ host: string; version: string }>(
    `SELECT host, version FROM nodes
     WHERE seen_at > extract(epoch FROM clock_timestamp()) * 1000 - ${SEEN_WITHIN_MS} ORDER BY host`,
  );
  const old = nodes.find(({ version }) => Bun.semver.order(version, oldestVersion) < 0);
  if (!old) return;
  throw new AppError(
    "database-in-use",
    `Cannot migrate the database: the node on ${old.host} is of version ${old.version}; update it to ${oldestVersion}`,
  );
}

function foreign(): AppError {
  const message = "Cannot use the database: it has tables of another program; name an empty one in PLAYHEAD_STORE";
  return new AppError("store-failed", message);
}

/** @returns false if the row or table exists already: another node has most likely made it */
async function unlessTaken(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isMade(error)) throw error;
    return false;
  }
}

function hashOf({ sql }: PostgresMigration): string {
  return new Bun.CryptoHasher("sha256").update(sql).digest("hex");
}
