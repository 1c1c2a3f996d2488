/**
 * The derived file: a DuckDB database of report facts, which can be rebuilt from the store at any time.
 *
 * The same tables for open sessions are in memory, since they change every few seconds.
 */

import { lstatSync, renameSync, rmSync, statSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { checkFreeFiles } from "../../base/free-files.ts";
import { quoted, textSql } from "../../base/sql.ts";
import { KIB, MIB } from "../../base/units.ts";
import { VIEWER_KEYS } from "../../protocol/personal.ts";
import { type FactsPart, KEPT, OPEN, tableName } from "./names.ts";
import { FACT_TABLES } from "./tables.ts";
import { viewersIn } from "./viewers-in.ts";

/** How far the facts have followed the store, and which store. */
interface FactsPosition {
  readonly revision: number;
  readonly lineage: number;
  /** Whether erased sessions' rows were removed since the file was last rewritten: its blocks may still hold them. */
  readonly holdsErased: boolean;
}

export interface FactsDatabaseOptions {
  readonly path: string;
  /** Sorting and grouping beyond it spill to a folder beside the file. */
  readonly memoryBytesMax: number;
  /** The keys that name a session's viewer: facts that were made with other keys are rebuilt. */
  readonly viewerKeys?: readonly string[];
}

/** DuckDB's default is one per core, which would leave none to ingest. */
const THREADS = 2;
/**
 * A core is left to events while many of them arrive.
 *
 * @see docs/decisions/0029-a-core-for-events.md
 */
const THREADS_BESIDE_EVENTS = Math.min(THREADS, Math.max(1, navigator.hardwareConcurrency - 1));

/** DuckDB holds the file's log in memory too, uncompressed: four megabytes for some 5,000 sessions. */
const LOG_BYTES_MAX = 4 * MIB;
/**
 * The engine's own checkpoints are off. One of tables in memory takes what reports may take, where open sessions have
 * long names, and the engine is of no use after it fails.
 */
const NEVER_BY_ITSELF = "1TiB";

/**
 * The newest format. The default is the oldest: a third larger, and it reads metadata in twice the time.
 *
 * The first rows after a checkpoint take a block of memory for each of some 650 columns: 170 MB with the default of
 * 256 KiB. With smaller blocks than these the file of a hundred thousand sessions is twice as large.
 */
const STORAGE = `STORAGE_VERSION 'v1.5.0', BLOCK_SIZE ${64 * KIB}`;

interface OpenedAs {
  readonly path: string;
  readonly viewerKeys: readonly string[];
  readonly position: FactsPosition;
}

export class FactsDatabase implements AsyncDisposable {
  readonly #instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly viewerKeys: readonly string[];
  readonly #logPath: string;
  #position: FactsPosition;
  #threads = THREADS;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    { path, viewerKeys, position }: OpenedAs,
  ) {
    this.#instance = instance;
    this.connection = connection;
    this.#logPath = logPathOf(path);
    this.viewerKeys = viewerKeys;
    this.#position = position;
  }

  /**
   * Opens the file, or rebuilds it empty if it has another layout or can't be read.
   *
   * @throws AppError `overloaded` where too few files can be opened
   */
  static async open(options: FactsDatabaseOptions): Promise<FactsDatabase> {
    checkFreeFiles("open the report facts");
    try {
      return await FactsDatabase.#openAsIs(options);
    } catch (error) {
      // A dangling link isn't opened as a file, but blocks a new one.
      if (!lstatSync(options.path, { throwIfNoEntry: false })) throw error;
      removeFacts(options.path);
      return FactsDatabase.#openAsIs(options);
    }
  }

  static async #openAsIs(options: FactsDatabaseOptions): Promise<FactsDatabase> {
    const { path, memoryBytesMax, viewerKeys = VIEWER_KEYS } = options;
    // A killed engine leaves its spilled files behind.
    rmSync(spillPathOf(path), { recursive: true, force: true });
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(THREADS),
      memory_limit: `${Math.floor(memoryBytesMax / MIB)}MiB`,
      temp_directory: spillPathOf(path),
      preserve_insertion_order: "false",
      checkpoint_threshold: NEVER_BY_ITSELF,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    let connection: DuckDBConnection | undefined;
    try {
      connection = await instance.connect();
      connection.registerScalarFunction(viewersIn());
      await connection.run(`ATTACH ${textSql(path)} AS ${KEPT} (${STORAGE})`);
      await connection.run(`ATTACH ':memory:' AS "${OPEN}"`);
      // From here on no statement reaches a file. Input never becomes SQL; this is the second lock.
      await connection.run("SET enable_external_access = false");
      await connection.run("SET allowed_configs = ['threads']");
      await connection.run("SET lock_configuration = true");
      await makeTables(connection, OPEN);
      const position = await preparePosition(connection, layoutOf(viewerKeys));
      return new FactsDatabase(instance, connection, { path, viewerKeys, position });
    } catch (error) {
      connection?.closeSync();
      instance.closeSync();
      throw error;
    }
  }

  get position(): FactsPosition {
    return this.#position;
  }

  /** Runs `work` and advances the position in one transaction: a crash keeps both or neither. */
  async advance(position: FactsPosition, work: () => Promise<void>): Promise<void> {
    await this.connection.run("BEGIN TRANSACTION");
    try {
      await work();
      await writePosition(this.connection, position, layoutOf(this.viewerKeys));
      await this.connection.run("COMMIT");
    } catch (error) {
      await this.connection.run("ROLLBACK").catch(() => {});
      throw error;
    }
    this.#position = position;
    const log = statSync(this.#logPath, { throwIfNoEntry: false });
    if (log && log.size > LOG_BYTES_MAX) await this.checkpoint();
  }

  /** Leaves events as much of the machine as they need, from the next statement on. */
  async makeRoom(isBesideEvents: boolean): Promise<void> {
    const threads = isBesideEvents ? THREADS_BESIDE_EVENTS : THREADS;
    if (threads === this.#threads) return;
    await this.connection.run(`SET threads = ${threads}`);
    this.#threads = threads;
  }

  /** Writes the log into the file. */
  async checkpoint(): Promise<void> {
    await this.connection.run(`FORCE CHECKPOINT ${KEPT}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.checkpoint().catch(() => {});
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

/** Rewrites the tables in memory, since deleted rows stay there until then. */
export async function compactOpen(connection: DuckDBConnection): Promise<void> {
  for (const { name } of FACT_TABLES) {
    const table = tableName(OPEN, name);
    await connection.run(`CREATE OR REPLACE TABLE ${table} AS SELECT * FROM ${table}`);
  }
}

/** Where a replacement waits until the reports worker takes it over. */
export function nextPathOf(path: string): string {
  return `${path}.next`;
}

/** The folder for what memory can't hold. */
export function spillPathOf(path: string): string {
  return `${path}.tmp`;
}

/** The log of changes that aren't in the file yet. */
function logPathOf(path: string): string {
  return `${path}.wal`;
}

/** Rewrites a closed file without its deleted rows. */
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
  // The log goes first: left beside the new file, it would be taken for that one's.
  rmSync(logPathOf(path), { force: true });
  renameSync(fresh, path);
}

/**
 * Whether an error says that the engine's state, or the file under it, can no longer be trusted.
 *
 * @returns `file` if the engine read something other than what was written; `engine` if reopening the file is enough
 */
export function damageOf(error: unknown): "file" | "engine" | undefined {
  const text = String(error);
  if (/Corrupt|checksum|Serialization Error|Could not read/.test(text)) return "file";
  return /INTERNAL Error|FATAL Error|has been invalidated/.test(text) ? "engine" : undefined;
}

/** Removes a fact file, with its log and its spilled files. */
export function removeFacts(path: string): void {
  for (const each of [path, logPathOf(path), spillPathOf(path)]) rmSync(each, { recursive: true, force: true });
}

async function preparePosition(connection: DuckDBConnection, known: string): Promise<FactsPosition> {
  await connection.run(`CREATE TABLE IF NOT EXISTS ${tableName(KEPT, "position")} (
    layout VARCHAR, revision BIGINT, lineage BIGINT, holdsErased BOOLEAN)`);
  const found = await connection.runAndReadAll(
    `SELECT layout, revision::DOUBLE, lineage::DOUBLE, holdsErased FROM ${tableName(KEPT, "position")}`,
  );
  const row = (found.getRowsJS()[0] ?? []) as [string?, number?, number?, boolean?];
  const [layout, revision = 0, lineage = 0, holdsErased = false] = row;
  if (layout !== undefined && layout !== known) throw new Error("The facts are of another layout");
  await makeTables(connection, KEPT);
  return { revision, lineage, holdsErased };
}

async function writePosition(connection: DuckDBConnection, position: FactsPosition, layout: string): Promise<void> {
  const table = tableName(KEPT, "position");
  await connection.run(`DELETE FROM ${table}`);
  await connection.run(
    `INSERT INTO ${table} (layout, revision, lineage, holdsErased)
    VALUES ($layout, $revision, $lineage, $holdsErased)`,
    {
      layout,
      revision: BigInt(position.revision),
      lineage: BigInt(position.lineage),
      holdsErased: position.holdsErased,
    },
  );
}

async function makeTables(connection: DuckDBConnection, part: FactsPart): Promise<void> {
  for (const { name, columns } of FACT_TABLES) {
    const list = columns.map((column) => `${quoted(column.name)} ${column.type}`).join(", ");
    await connection.run(`CREATE TABLE IF NOT EXISTS ${tableName(part, name)} (${list})`);
  }
}

/** What the facts are made of, as text: a difference means that another version or setting made the file. */
function layoutOf(viewerKeys: readonly string[]): string {
  const text = [
    STORAGE,
    viewerKeys.join(),
    ...FACT_TABLES.map(({ name, columns }) => [name, ...columns.map((each) => `${each.name} ${each.type}`)].join()),
  ];
  return new Bun.CryptoHasher("sha256").update(text.join("\n")).digest("hex");
}
