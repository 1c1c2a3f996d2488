/** The migrations, embedded since a compiled binary has no folder to read. A test compares them with the folder. */

import init from "./migrations/0000_init.sql" with { type: "text" };

export interface PostgresMigration {
  readonly tag: string;
  readonly sql: string;
  /** The oldest version whose nodes may go on with this schema: each migration first only adds. */
  readonly oldestVersion: string;
}

/** In order of application. */
export const POSTGRES_MIGRATIONS: readonly PostgresMigration[] = [
  { tag: "0000_init", sql: init, oldestVersion: "0.1.0" },
];
