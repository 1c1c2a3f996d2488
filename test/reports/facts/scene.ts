/** A store and its facts side by side in a directory of their own, and what stands in each. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { MIB } from "../../../src/base/units.ts";
import type { FactsDatabase } from "../../../src/reports/facts/database.ts";
import { followStep, type Step } from "../../../src/reports/facts/follow.ts";
import { type FactsPart, KEPT, tableName } from "../../../src/reports/facts/names.ts";
import { openFacts } from "../../../src/reports/facts/open-facts.ts";
import { FACT_TABLES } from "../../../src/reports/facts/tables.ts";
import type { Head, JournalStore } from "../../../src/store/journal.ts";
import { openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { silentLog } from "../../support/silent-log.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { openFilledStore, storeViewings, viewingsIn } from "../filled-store.ts";

export const MEMORY_BYTES_MAX = 192 * MIB;
export const RANGE = { fromMs: Date.UTC(2026, 2, 14), toMs: Date.UTC(2026, 3, 8) };

export interface Scene extends AsyncDisposable {
  readonly directory: string;
  readonly databasePath: string;
  readonly factsPath: string;
  /** Who writes, as the server does. */
  readonly store: JournalStore;
  /** Stores so many made-up sessions and folds those that end. */
  fill(count: number, seed?: number): Promise<Head[]>;
  /** Opens the facts as the Worker does, with a reader of its own. */
  open(): Promise<Facts>;
  /** Closes the store, changes its file, and opens it again. */
  change(work: () => void): Promise<void>;
  /** The numbers of the sessions that have results, in the order in which these were stored. */
  stored(): number[];
}

export interface Facts extends AsyncDisposable {
  readonly database: FactsDatabase;
  readonly freshUntil: number;
  step(): Promise<Step>;
  /** Follows until nothing is left. */
  follow(): Promise<void>;
  /** Every session that has a row, once for each. */
  sessions(place?: FactsPart): Promise<number[]>;
  /** Rows of a session in each table that has some. */
  rowsOf(id: number): Promise<Record<string, number>>;
  read(sql: string): Promise<unknown[][]>;
}

export function scene(): Scene {
  const directory = tempDir();
  const databasePath = join(directory.path, "playhead.db");
  const factsPath = join(directory.path, "reports.duckdb");
  let store = openFilledStore(databasePath);
  return {
    ...{ directory: directory.path, databasePath, factsPath },
    get store() {
      return store;
    },
    fill: (count, seed = 1) => storeViewings(store, viewingsIn(RANGE, { count, seed })),
    open: () => factsAt(databasePath, factsPath),
    change: async (work) => {
      await store.close();
      work();
      store = openFilledStore(databasePath);
    },
    stored: () => {
      using reader = new Database(databasePath, { readonly: true });
      return reader.query<never, []>("SELECT session FROM results ORDER BY revision").values().flat() as number[];
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

/** Opens facts as the Worker does. */
export async function factsAt(databasePath: string, path: string): Promise<Facts> {
  const store = openSqliteStoreForReading({ path: databasePath, synchronous: "FULL" });
  const { database, freshUntil } = await openFacts({ path, memoryBytesMax: MEMORY_BYTES_MAX, store, log: silentLog });
  const read = async (sql: string) => (await database.connection.runAndReadAll(sql)).getRowsJS() as unknown[][];
  const step = () => followStep(database, store, freshUntil);
  return {
    ...{ database, freshUntil, read, step },
    follow: async () => {
      while (!(await step()).level);
    },
    sessions: async (place = KEPT) =>
      (await read(`SELECT session FROM ${tableName(place, "sessions")} ORDER BY session`)).flat().map(Number),
    rowsOf: async (id) => {
      const counts: Record<string, number> = {};
      for (const { name } of FACT_TABLES) {
        const [row] = await read(`SELECT count(*) FROM ${tableName(KEPT, name)} WHERE session = ${id}`);
        if (Number(row?.[0]) > 0) counts[name] = Number(row?.[0]);
      }
      return counts;
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

export function ascending(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}
