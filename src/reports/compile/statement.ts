/** SQL with its values: names come from our catalogues alone, whatever comes from outside is a value. */

import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";

export interface Statement {
  readonly sql: string;
  readonly values: Readonly<Record<string, DuckDBValue>>;
}

/** Collects the values of a statement while its text is put together. */
export class Values {
  readonly #values: Record<string, DuckDBValue> = {};
  #count = 0;

  /** @returns what stands for the value in the text */
  add(value: DuckDBValue): string {
    this.#count += 1;
    const name = `v${this.#count}`;
    this.#values[name] = value;
    return `$${name}`;
  }

  statement(sql: string): Statement {
    return { sql, values: this.#values };
  }
}

export type Row = readonly unknown[];

/** Runs a statement. @returns its rows; whole numbers of any size as numbers */
export async function runStatement(connection: DuckDBConnection, { sql, values }: Statement): Promise<Row[]> {
  const answer = await connection.runAndReadAll(sql, { ...values });
  return answer.getRowsJS().map((row) => row.map((cell) => (typeof cell === "bigint" ? Number(cell) : cell)));
}
