/** The feed of changes: which sessions have new numbers, and which are gone, in the order in which it was stored. */

import type { Database } from "bun:sqlite";
import { asc, eq, gt, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import { assert } from "../../base/assert.ts";
import type { Skip } from "../damage.ts";
import type { ChangesQuery } from "../queries.ts";
import type { Change, Settled, Watermark } from "../store.ts";
import { isDamage, unlessDamaged } from "./damage.ts";
import { AMONG_ASKED, foldsOf, isAmong } from "./folds.ts";
import { Allowance, CHANGES_BYTES_MAX, readPage, takePage } from "./page.ts";
import { rawRows } from "./raw.ts";
import { sessionOf } from "./rows.ts";
import { closes, counters, results, sessions } from "./schema.ts";
import type { SqliteConnection } from "./sessions.ts";
import { RESULTS_BY_REVISION, walk } from "./walk.ts";

export type Counter = "revision" | "lineage" | "pruned" | "forgotten" | "unswept";

/** Reads every counter. */
export function readCounters(db: BunSQLiteDatabase): Record<Counter, number> {
  const rows = db.select().from(counters).all();
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const get = (name: Counter) => {
    const value = values.get(name);
    assert(value !== undefined, `the counter ${name} is made with the tables`);
    return value;
  };
  return {
    revision: get("revision"),
    lineage: get("lineage"),
    pruned: get("pruned"),
    // Counted once there is one.
    forgotten: values.get("forgotten") ?? 0,
    unswept: get("unswept"),
  };
}

/** How far the changes reach. */
export function readWatermark(db: BunSQLiteDatabase): Watermark {
  const { revision, lineage, pruned, forgotten } = readCounters(db);
  return { revision, lineage, prunedRevision: pruned, prunedErasedRevision: forgotten };
}

/** Where the latest numbers of sessions are, behind a revision. */
export function listSettled(db: BunSQLiteDatabase, { afterRevision, limit }: ChangesQuery): Settled[] {
  const { revision, session: id } = results;
  return db
    .select({ revision, id, eventsRevision: sql<number>`coalesce(${closes.eventsRevision}, ${revision})` })
    .from(results)
    .innerJoin(closes, eq(closes.session, id))
    .where(gt(revision, afterRevision))
    .orderBy(asc(revision))
    .limit(limit)
    .all();
}

/**
 * The changes behind a revision, the oldest first.
 *
 * All are read as of one moment: a change that is stored between two readings would be missed, and never seen again.
 */
export function listChanges(source: SqliteConnection, query: ChangesQuery, skip: Skip): Change[] {
  source.client.run("BEGIN");
  try {
    return readChanges(source, query, skip);
  } finally {
    // There is only reading to end, and behind a damaged page SQLite refuses to commit.
    source.client.run("ROLLBACK");
  }
}

interface Marked {
  readonly revision: number;
  readonly id: number;
  /** Whether there are numbers. An erasure has none, even if its session number has been given to another since. */
  readonly stored: boolean;
}

function readChanges(source: SqliteConnection, query: ChangesQuery, skip: Skip): Change[] {
  const marked = [...markedIn(source.client, "results", query), ...markedIn(source.client, "erasures", query)];
  const page = marked.toSorted((a, b) => a.revision - b.revision).slice(0, query.limit);
  const ids = page.filter(({ stored }) => stored).map(({ id }) => id);
  const results = new Map(readResults(source, ids, skip));
  const isRead = ({ id, stored }: Marked) => stored && results.has(id);
  // Behind the last that fitted, the next page begins with the next result.
  const last = page.findLastIndex(isRead);
  const next = last === -1 ? -1 : page.findIndex(({ stored }, at) => at > last && stored);
  return page.slice(0, next === -1 ? page.length : next).map(({ revision, id, stored }): Change => {
    const result = stored ? results.get(id) : undefined;
    if (result === "damaged") return { revision, id, damaged: true };
    return { revision, id, ...(result && { result }) };
  });
}

/** A page of results: all at once, or one by one where there is damage among them. */
function readResults(
  source: SqliteConnection,
  ids: readonly number[],
  skip: Skip,
): readonly [number, Result | "damaged"][] {
  const read = (some: readonly number[], allowance: Allowance) => resultsOf(source, some, allowance);
  function* oneByOne(): Generator<[number, Result | "damaged"]> {
    for (const id of ids) {
      const found = unlessDamaged(
        () => read([id], new Allowance(Number.POSITIVE_INFINITY)),
        () => {
          skip(id);
          return [[id, "damaged"] as [number, "damaged"]];
        },
      );
      yield* found;
    }
  }
  return unlessDamaged(
    () => readPage(ids, read, CHANGES_BYTES_MAX),
    () => takePage(oneByOne(), ([, result]) => JSON.stringify(result).length).page,
  );
}

function markedIn(client: Database, table: "results" | "erasures", { afterRevision, limit }: ChangesQuery): Marked[] {
  const behind = `SELECT revision, session FROM ${table} WHERE revision > ? ORDER BY revision LIMIT ?`;
  try {
    const rows = rawRows<[revision: number, id: number]>(client, behind, afterRevision, limit);
    return rows.map(([revision, id]) => ({ revision, id, stored: table === "results" }));
  } catch (error) {
    if (table !== "results" || !isDamage(error)) throw error;
    const entries = walk(client, RESULTS_BY_REVISION, { key: afterRevision }).take(limit);
    return [...entries].map(({ key, id }) => ({ revision: key, id, stored: true }));
  }
}

type Result = NonNullable<Change["result"]>;

function resultsOf({ client, db }: SqliteConnection, ids: readonly number[], allowance: Allowance): [number, Result][] {
  allowance.spend(startBytes(client, ids));
  const folds = foldsOf(client, ids, allowance);
  const rows = db
    .select()
    .from(sessions)
    .innerJoin(closes, eq(closes.session, sessions.id))
    .where(isAmong(sessions.id, ids))
    .all();
  const stored = new Map(rows.map((row) => [row.sessions.id, sessionOf(row.sessions, row.closes, null)]));
  return ids.flatMap((id): [number, Result][] => {
    const session = stored.get(id);
    const fold = folds.get(id);
    return session && fold ? [[id, { session, fold }]] : [];
  });
}

function startBytes(client: Database, ids: readonly number[]): number {
  const sum = `SELECT sum(octet_length(payload)) AS bytes FROM sessions WHERE id ${AMONG_ASKED}`;
  return client.query<{ bytes: number | null }, [string]>(sum).get(JSON.stringify(ids))?.bytes ?? 0;
}
