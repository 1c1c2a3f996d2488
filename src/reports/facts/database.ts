/**
 * The derived file: a DuckDB database of facts that is made from the store and can be made again at any time.
 *
 * Beside it, in memory, lie the same tables for open sessions, which change every few seconds.
 */

import { lstatSync, renameSync, rmSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { quoted, textSql } from "../../base/sql.ts";
import { MIB } from "../../base/units.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";
import type { MetricId } from "../../sessions/metrics.ts";
import type { FactTable } from "./column.ts";
import { FACT_TABLES } from "./tables.ts";

/** Where closed sessions' facts are kept, and where those of open ones. */
export const KEPT = "kept";
export const OPEN = "open";
export type FactsPart = typeof KEPT | typeof OPEN;

/** How far the facts have come, and of which database. */
interface FactsPosition {
  readonly revision: number;
  readonly lineage: number;
  /** Whether rows of erased sessions were removed since the file was written anew: its blocks may still hold them. */
  readonly holdsErased: boolean;
}

export interface FactsDatabaseOptions {
  readonly path: string;
  /** Sorting and grouping beyond it go to a folder beside the file. */
  readonly memoryBytesMax: number;
}

/** Without a limit it would take as many as there are cores, and leave none to those who send events. */
const THREADS = 2;

/** What is in the file's log is in memory too, uncompressed: four megabytes are those of some 5,000 sessions. */
const LOG_MIB_MAX = 4;

/** The newest format: a quarter smaller than the oldest that is the default, and metadata is read in half the time. */
const STORAGE = "STORAGE_VERSION 'v1.5.0'";

/** The facts' schema as text: another one means that the file was made by another version. */
const LAYOUT = layoutOf(FACT_TABLES);

export class FactsDatabase implements AsyncDisposable {
  readonly #instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  #position: FactsPosition;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, position: FactsPosition) {
    this.#instance = instance;
    this.connection = connection;
    this.#position = position;
  }

  /** Opens the file, or makes it anew when it is of another layout or can't be read. */
  static async open(options: FactsDatabaseOptions): Promise<FactsDatabase> {
    try {
      return await FactsDatabase.#openAsIs(options);
    } catch (error) {
      // A link to nothing is no file, and is in its way all the same.
      if (!lstatSync(options.path, { throwIfNoEntry: false })) throw error;
      removeFacts(options.path);
      return FactsDatabase.#openAsIs(options);
    }
  }

  static async #openAsIs({ path, memoryBytesMax }: FactsDatabaseOptions): Promise<FactsDatabase> {
    // The engine leaves behind what it had spilled when it was killed.
    rmSync(spillPathOf(path), { recursive: true, force: true });
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(THREADS),
      memory_limit: `${Math.floor(memoryBytesMax / MIB)}MiB`,
      temp_directory: spillPathOf(path),
      preserve_insertion_order: "false",
      checkpoint_threshold: `${LOG_MIB_MAX}MiB`,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    let connection: DuckDBConnection | undefined;
    try {
      connection = await instance.connect();
      await connection.run(`ATTACH ${textSql(path)} AS ${KEPT} (${STORAGE})`);
      await connection.run(`ATTACH ':memory:' AS "${OPEN}"`);
      // From here on no statement reaches a file. What comes from outside is never SQL; this is the lock behind that.
      await connection.run("SET enable_external_access = false");
      await connection.run("SET lock_configuration = true");
      await makeTables(connection, OPEN);
      const position = await preparePosition(connection);
      return new FactsDatabase(instance, connection, position);
    } catch (error) {
      connection?.closeSync();
      instance.closeSync();
      throw error;
    }
  }

  get position(): FactsPosition {
    return this.#position;
  }

  /** Runs `work` and moves the position on in one transaction: after a crash either both are there or neither. */
  async advance(position: FactsPosition, work: () => Promise<void>): Promise<void> {
    await this.connection.run("BEGIN TRANSACTION");
    try {
      await work();
      await writePosition(this.connection, position);
      await this.connection.run("COMMIT");
    } catch (error) {
      await this.connection.run("ROLLBACK").catch(() => {});
      throw error;
    }
    this.#position = position;
  }

  /** Writes everything into the one file. */
  async checkpoint(): Promise<void> {
    await this.connection.run(`FORCE CHECKPOINT ${KEPT}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.checkpoint().catch(() => {});
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

/** Writes the tables in memory anew: until then what was deleted from them stays there. */
export async function compactOpen(connection: DuckDBConnection): Promise<void> {
  for (const { name } of FACT_TABLES) {
    const table = tableName(OPEN, name);
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${table}`);
  }
}

/** A table as SQL names it. */
export function tableName(part: FactsPart, table: string): string {
  return `${quoted(part)}.main.${quoted(table)}`;
}

/** The column of a key or a metric in SQL. */
export function columnOf(name: ParameterKey | MetricId): string {
  return quoted(name);
}

/** Where a file that is to take another's place waits for whoever uses that one. */
export function nextPathOf(path: string): string {
  return `${path}.next`;
}

/** Where the engine puts what memory doesn't hold. */
export function spillPathOf(path: string): string {
  return `${path}.tmp`;
}

/** Writes a closed file anew, without anything that was deleted from it. */
export async function rewriteFacts(path: string): Promise<void> {
  const fresh = `${path}.rewritten`;
  removeFacts(fresh);
  const instance = await DuckDBInstance.create(":memory:", { threads: String(THREADS) });
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH ${textSql(path)} AS was (READ_ONLY)`);
    await connection.run(`ATTACH ${textSql(fresh)} AS fresh (${STORAGE})`);
    await connection.run("COPY FROM DATABASE was TO fresh");
    await connection.run('UPDATE fresh.main."position" SET holdsErased = false');
    await connection.run("DETACH was");
    await connection.run("DETACH fresh");
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  // The log first: with another file it would be read as that one's.
  rmSync(`${path}.wal`, { force: true });
  renameSync(fresh, path);
}

/**
 * Whether an error says that the engine's state, or the file under it, is not to be trusted any more.
 *
 * @returns `file` when what it read was not what was written; `engine` when opening the file again is enough
 */
export function damageOf(error: unknown): "file" | "engine" | undefined {
  const text = String(error);
  if (/Corrupt|checksum|Serialization Error|Could not read/.test(text)) return "file";
  return /INTERNAL Error|FATAL Error|has been invalidated/.test(text) ? "engine" : undefined;
}

/** Removes a file of facts with what lies beside it. */
export function removeFacts(path: string): void {
  for (const each of [path, `${path}.wal`, spillPathOf(path)]) rmSync(each, { recursive: true, force: true });
}

async function preparePosition(connection: DuckDBConnection): Promise<FactsPosition> {
  await connection.run(`CREATE TABLE IF NOT EXISTS ${tableName(KEPT, "position")} (
    layout VARCHAR, revision BIGINT, lineage BIGINT, holdsErased BOOLEAN)`);
  const found = await connection.runAndReadAll(
    `SELECT layout, revision::DOUBLE, lineage::DOUBLE, holdsErased FROM ${tableName(KEPT, "position")}`,
  );
  const row = (found.getRowsJS()[0] ?? []) as [string?, number?, number?, boolean?];
  const [layout, revision = 0, lineage = 0, holdsErased = false] = row;
  if (layout !== undefined && layout !== LAYOUT) throw new Error("The facts are of another layout");
  await makeTables(connection, KEPT);
  return { revision, lineage, holdsErased };
}

async function writePosition(connection: DuckDBConnection, position: FactsPosition): Promise<void> {
  const table = tableName(KEPT, "position");
  await connection.run(`DELETE FROM ${table}`);
  await connection.run(`INSERT INTO ${table} VALUES ($layout, $revision, $lineage, $holdsErased)`, {
    layout: LAYOUT,
    revision: BigInt(position.revision),
    lineage: BigInt(position.lineage),
    holdsErased: position.holdsErased,
  });
}

async function makeTables(connection: DuckDBConnection, part: FactsPart): Promise<void> {
  for (const { name, columns } of FACT_TABLES) {
    const list = columns.map((column) => `${quoted(column.name)} ${column.type}`).join(", ");
    await connection.run(`CREATE TABLE IF NOT EXISTS ${tableName(part, name)} (${list})`);
  }
}

function layoutOf(tables: readonly FactTable[]): string {
  const text = [
    STORAGE,
    ...tables.map(({ name, columns }) => [name, ...columns.map((each) => `${each.name} ${each.type}`)].join()),
  ];
  return new Bun.CryptoHasher("sha256").update(text.join("\n")).digest("hex");
}
