/**
 * Rows as Parquet. The whole file is made before its first byte can be sent, since its index stands at its end.
 *
 * The only file here that knows DuckDB, which it loads on demand. Rows go through a small table in memory into one file
 * after another, and those are joined at the end, so that neither memory nor a table grows with the export.
 */

import { rename } from "node:fs/promises";
import { join } from "node:path";
import type * as DuckDb from "@duckdb/node-api";
import { AppError } from "../base/errors.ts";
import { checkFreeFiles } from "../base/free-files.ts";
import { int64Of } from "../base/int64.ts";
import { quoted, textSql } from "../base/sql.ts";
import type { Chunks } from "../base/stream.ts";
import { MIB } from "../base/units.ts";
import type { Cell, ColumnInfo, ExportRow, FieldType } from "./field.ts";
import { takeFile } from "./file-chunks.ts";
import type { ExportKind } from "./kind.ts";

type Api = typeof DuckDb;

interface ParquetOptions {
  readonly columns: readonly ColumnInfo[];
  readonly pages: ReturnType<ExportKind["pages"]>;
  /** An empty directory for this export alone, with room for twice its file. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

const MEMORY = "256MB";
/** DuckDB takes rows in chunks of this many. */
const ROWS_PER_CHUNK = 2048;
const CELLS_PER_PART = 500_000;
const BYTES_PER_PART = 4 * MIB;

/**
 * Makes the file, then streams it.
 *
 * @throws AppError `export-failed` when there is no DuckDB, or no room; `overloaded` where too few files can be opened
 */
export async function* parquet(options: ParquetOptions): Chunks {
  const { directory, signal } = options;
  const path = join(directory, "export.parquet");
  checkFreeFiles("make Parquet");
  const api = await loadDuckDb();
  const instance = await api.DuckDBInstance.create(":memory:", settingsFor(directory));
  try {
    await writeParquet(api, await instance.connect(), { ...options, path });
  } catch (error) {
    signal?.throwIfAborted();
    throw isOfDuckDb(error) ? failed(error) : error;
  } finally {
    instance.closeSync();
  }
  yield* takeFile(path, signal);
}

async function loadDuckDb(): Promise<Api> {
  try {
    return await import("@duckdb/node-api");
  } catch (error) {
    throw new AppError("export-failed", "Cannot make Parquet: DuckDB could not be loaded; choose another format", {
      cause: error,
    });
  }
}

/** Allows one thread and little memory, since ingestion goes on meanwhile, and only files in the directory. */
function settingsFor(directory: string): Record<string, string> {
  return {
    threads: "1",
    memory_limit: MEMORY,
    temp_directory: join(directory, "spill"),
    // One thread keeps the order of rows anyway; without this a row group could not end by its bytes.
    preserve_insertion_order: "false",
  };
}

async function writeParquet(
  api: Api,
  connection: DuckDb.DuckDBConnection,
  { columns, pages, directory, path, signal }: ParquetOptions & { readonly path: string },
): Promise<void> {
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);
  const parts = new Parts(api, connection, { columns, directory });
  try {
    await connection.run(`SET allowed_directories = [${textSql(directory)}]`);
    await connection.run("SET enable_external_access = false");
    for await (const page of pages) {
      for (const row of page) await parts.add(row);
    }
    signal?.throwIfAborted();
    await parts.merge(path);
  } finally {
    signal?.removeEventListener("abort", interrupt);
    connection.closeSync();
  }
}

/** Collects rows, and writes a file whenever there are enough. */
class Parts {
  readonly #api: Api;
  readonly #connection: DuckDb.DuckDBConnection;
  readonly #columns: readonly ColumnInfo[];
  readonly #types: readonly DuckDb.DuckDBType[];
  readonly #directory: string;
  /** Reused for all rows: a chunk's memory is outside the heap, and is freed long after its object. */
  readonly #chunk: DuckDb.DuckDBDataChunk;
  readonly #paths: string[] = [];
  #appender: DuckDb.DuckDBAppender | undefined;
  #rows: DuckDb.DuckDBValue[][] = [];
  #cells = 0;
  #bytes = 0;

  constructor(
    api: Api,
    connection: DuckDb.DuckDBConnection,
    { columns, directory }: Pick<ParquetOptions, "columns" | "directory">,
  ) {
    this.#api = api;
    this.#connection = connection;
    this.#columns = columns;
    this.#directory = directory;
    const types = duckDbTypes(api);
    this.#types = columns.map(({ type }) => types[type]);
    this.#chunk = api.DuckDBDataChunk.create(this.#types);
  }

  async add(row: ExportRow): Promise<void> {
    const cells = row.cells();
    this.#rows.push(cells.map((cell, at) => this.#valueOf(cell, at)));
    this.#cells += cells.length;
    for (const cell of cells) if (typeof cell === "string") this.#bytes += cell.length;
    const isFull = this.#cells >= CELLS_PER_PART || this.#bytes >= BYTES_PER_PART;
    if (isFull) {
      await this.#finishPart();
      // The binding's copies of the rows are outside the heap, where the collector doesn't see them.
      Bun.gc(true);
    } else if (this.#rows.length === ROWS_PER_CHUNK) this.#append(await this.#beginPart());
  }

  /** Joins all files into one. */
  async merge(path: string): Promise<void> {
    // Even without rows, since an empty file still has columns.
    if (this.#cells > 0 || this.#paths.length === 0) await this.#finishPart();
    await this.#connection.run("DROP TABLE part");
    const [first = "", ...others] = this.#paths;
    if (others.length === 0) return rename(first, path);
    await this.#copy(`(FROM read_parquet([${this.#paths.map(textSql).join(", ")}]))`, path);
  }

  async #beginPart(): Promise<DuckDb.DuckDBAppender> {
    if (this.#appender) return this.#appender;
    const names = this.#columns.map(({ name }, at) => `${quoted(name)} ${this.#types[at]}`);
    await this.#connection.run(`CREATE OR REPLACE TABLE part (${names.join(", ")})`);
    this.#appender = await this.#connection.createAppender("part");
    return this.#appender;
  }

  #append(appender: DuckDb.DuckDBAppender): void {
    if (this.#rows.length === 0) return;
    this.#chunk.reset();
    this.#chunk.setRows(this.#rows);
    appender.appendDataChunk(this.#chunk);
    this.#rows = [];
  }

  async #finishPart(): Promise<void> {
    const appender = await this.#beginPart();
    this.#append(appender);
    appender.closeSync();
    this.#appender = undefined;
    const path = join(this.#directory, `part-${this.#paths.length}.parquet`);
    await this.#copy("part", path);
    this.#paths.push(path);
    this.#cells = 0;
    this.#bytes = 0;
  }

  async #copy(from: string, path: string): Promise<void> {
    const rows = Math.max(ROWS_PER_CHUNK, Math.floor(CELLS_PER_PART / this.#columns.length));
    await this.#connection.run(
      `COPY ${from} TO ${textSql(path)}
       (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows}, ROW_GROUP_SIZE_BYTES ${BYTES_PER_PART})`,
    );
  }

  #valueOf(cell: Cell, at: number): DuckDb.DuckDBValue {
    if (cell === null) return null;
    switch (this.#columns[at]?.type) {
      case "integer":
        return int64Of(cell as number);
      case "instant":
        return new this.#api.DuckDBTimestampTZValue(BigInt(cell as number) * MICROS_PER_MS);
      default:
        return cell;
    }
  }
}

const MICROS_PER_MS = 1000n;

function duckDbTypes({ VARCHAR, BIGINT, DOUBLE, BOOLEAN, TIMESTAMPTZ }: Api): Record<FieldType, DuckDb.DuckDBType> {
  return { text: VARCHAR, json: VARCHAR, integer: BIGINT, number: DOUBLE, boolean: BOOLEAN, instant: TIMESTAMPTZ };
}

/** DuckDB's errors begin with what kind they are: `IO Error: ...`, `Out of Memory Error: ...`. */
function isOfDuckDb(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z][A-Za-z ]+ Error: /.test(error.message);
}

function failed(error: Error): AppError {
  const [line = ""] = error.message.split("\n");
  const isFull = error.message.includes("No space left");
  return new AppError(isFull ? "disk-full" : "export-failed", `Cannot make the Parquet file: ${line}`, {
    cause: error,
  });
}
