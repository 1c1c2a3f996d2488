/** Brings a database to this version's schema: all pending migrations or none, and never backwards. */

import type { Database } from "bun:sqlite";
import { AppError } from "../../base/errors.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import { dropOld, leftToMove } from "./moving.ts";
import { transact } from "./transaction.ts";

interface Applied {
  readonly tag: string;
  readonly sha256: string;
}

/**
 * Applies what is pending, in one transaction.
 *
 * @returns the tags that were applied now
 * @throws AppError `database-newer` when the database holds a migration that this version doesn't know
 * @throws AppError `database-drifted` when an applied migration has another text here
 */
export function migrate(client: Database, migrations: readonly Migration[] = MIGRATIONS): string[] {
  return transact(client, () => {
    client.run(`CREATE TABLE IF NOT EXISTS migrations (
      tag TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL DEFAULT (unixepoch())) STRICT`);
    const applied = client.query<Applied, []>("SELECT tag, sha256 FROM migrations").all();
    checkApplied(applied, migrations);
    const done = new Set(applied.map(({ tag }) => tag));
    const pending = migrations.filter(({ tag }) => !done.has(tag));
    for (const migration of pending) apply(client, migration);
    // A new database has none: it needs no table to move them from.
    if (leftToMove(client) === 0) dropOld(client);
    return pending.map(({ tag }) => tag);
  });
}

/**
 * Checks that the schema is exactly this version's, and changes nothing.
 *
 * @throws AppError `database-outdated`, `database-newer`, `database-drifted`
 */
export function checkCurrent(client: Database): void {
  const applied = appliedTo(client);
  checkApplied(applied, MIGRATIONS);
  if (applied.length < MIGRATIONS.length) {
    throw new AppError(
      "database-outdated",
      "Cannot use the database: it is of an older version; run playhead migrate first",
    );
  }
}

/**
 * Checks that this version can bring the schema up to date, and changes nothing.
 *
 * @throws AppError `file-unusable` when it was never a database of Playhead
 * @throws AppError `database-newer`, `database-drifted`
 */
export function refuseUnknown(client: Database): void {
  const applied = appliedTo(client);
  if (applied.length === 0) {
    throw new AppError("file-unusable", "Cannot use the database: Playhead did not make it; name one of its backups");
  }
  checkApplied(applied, MIGRATIONS);
}

function appliedTo(client: Database): Applied[] {
  const table = client.query("SELECT 1 FROM sqlite_schema WHERE name = 'migrations'").get();
  return table ? client.query<Applied, []>("SELECT tag, sha256 FROM migrations").all() : [];
}

function checkApplied(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const { tag, sha256 } of applied) {
    const known = migrations.find((migration) => migration.tag === tag);
    if (!known) {
      throw new AppError(
        "database-newer",
        `Cannot open the database: its migration "${tag}" is of a newer version; start that one`,
      );
    }
    if (hashOf(known) !== sha256) {
      throw new AppError(
        "database-drifted",
        `Cannot open the database: its migration "${tag}" differs from this version's; start the one that made it`,
      );
    }
  }
}

function apply(client: Database, migration: Migration): void {
  for (const statement of migration.sql.split("--> statement-breakpoint")) client.run(statement);
  client.query("INSERT INTO migrations (tag, sha256) VALUES (?, ?)").run(migration.tag, hashOf(migration));
}

function hashOf({ sql }: Migration): string {
  return new Bun.CryptoHasher("sha256").update(sql).digest("hex");
}
