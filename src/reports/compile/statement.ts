/** SQL with its values: names come from our catalogues alone, whatever comes from outside is a value. */

import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";

export interface Statement {
  readonly sql: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
  /** Of those whose type their value doesn't say. */
  readonly types: Readonly<Record<string, DuckDBType>>;
}

/** Collects the values of a statement while its text is put together. */
export class Values {
  readonly #values: Record<string, DuckDBValue> = {};
  readonly #types: Record<string, DuckDBType> = {};
  #count = 0;

  /**
   * @param type for a list, which may have nothing but nulls
   * @returns what stands for the value in the text
   */
  add(value: DuckDBValue, type?: DuckDBType): string {
    this.#count += 1;
    const name = `v${this.#count}`;
    this.#values[name] = value;
    if (type) this.#types[name] = type;
    return `$${name}`;
  }

  statement(sql: string): Statement {
    return { sql, values: this.#values, types: this.#types };
  }
}

export type Row = readonly unknown[];

/** Runs a statement. @returns its rows; whole numbers of any size as numbers */
export async function runStatement(connection: DuckDBConnection, { sql, values, types }: Statement): Promise<Row[]> {
  const answer = await connection.runAndReadAll(sql, { ...values }, { ...types });
  return answer.getRowsJS().map((row) => row.map((cell) => (typeof cell === "bigint" ? Number(cell) : cell)));
}
