/** Reads rows without their names. */

import type { Database } from "bun:sqlite";

/** Runs a statement, and keeps it for its next use. @returns its rows as arrays, which cost less than objects */
export function rawRows<Row extends readonly unknown[]>(
  client: Database,
  statement: string,
  ...values: readonly (number | string)[]
): Row[] {
  return client.query<never, (number | string)[]>(statement).values(...values) as unknown as Row[];
}
