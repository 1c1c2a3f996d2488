/** SQL with its values: names come from our catalogues alone, whatever comes from outside is a value. */

import {
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";

export interface Statement {
  readonly sql: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
  /** Where the binding would guess wrong: it takes 1e300 for an integer, which it is, and finds no room for it. */
  readonly types: Readonly<Record<string, DuckDBType>>;
}

/** Collects the values of a statement while its text is put together. */
export class Values {
  readonly #values: Record<string, DuckDBValue> = {};
  readonly #types: Record<string, DuckDBType> = {};
  /** What was added stands for its like too: with twice as many values the binding takes four times as long. */
  readonly #names = new Map<DuckDBValue, string>();

  /** @returns what stands for the value in the text */
  add(value: DuckDBValue): string {
    const known = this.#names.get(value);
    if (known) return known;
    const name = `v${this.#names.size + 1}`;
    this.#names.set(value, `$${name}`);
    this.#values[name] = value;
    if (typeof value === "number") this.#types[name] = DOUBLE;
    return `$${name}`;
  }

  statement(sql: string): Statement {
    return { sql, values: this.#values, types: this.#types };
  }
}

export type ResultRow = readonly unknown[];

/** Runs a statement. @returns its rows; whole numbers of any size as numbers */
export async function runStatement(connection: DuckDBConnection, statement: Statement): Promise<ResultRow[]> {
  const rows = (await runToChunks(connection, statement)).flatMap((chunk) => chunk.getRows());
  return rows.map((row) => row.map((cell) => (typeof cell === "bigint" ? Number(cell) : cell)));
}

/** Runs a statement to its end: each step that the binding takes beside this thread is a way there and back. */
export async function runToChunks(
  connection: DuckDBConnection,
  { sql, values, types }: Statement,
): Promise<DuckDBDataChunk[]> {
  if (Object.keys(values).length === 0) return chunksOf(await connection.run(sql));
  const prepared = await connection.prepare(sql);
  try {
    prepared.bind({ ...values }, { ...types });
    return chunksOf(await prepared.run());
  } finally {
    prepared.destroySync();
  }
}

function chunksOf(result: DuckDBMaterializedResult): DuckDBDataChunk[] {
  return Array.from({ length: result.chunkCount }, (_, at) => result.getChunk(at));
}
