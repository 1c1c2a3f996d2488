/** The frequent statements, prepared once: an unprepared insert through Drizzle costs five times as much. */

import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { BunSQLiteDatabase } from "drizzle-orm/bun-sqlite";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { ATTEMPTS_MAX } from "../fold-failure.ts";
import { OPENING_RULES } from "../opening.ts";
import { TOKENS_MAX } from "../token.ts";
import {
  adBreaks,
  ads,
  chapters,
  closes,
  counters,
  erased,
  erasures,
  errors,
  events,
  heads,
  openings,
  positions,
  results,
  starts,
  states,
  tokens,
} from "./schema.ts";

/** The revision given out last. */
const REVISION = sql`(select ${counters.value} from ${counters} where ${counters.name} = 'revision')`;

const RULES = sql.raw(OPENING_RULES.map((rule) => `'${rule}'`).join(", "));

export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares every statement that a request, a checkpoint or a close runs. */
export function prepareStatements(db: BunSQLiteDatabase) {
  return {
    insertSession: prepareStart(db),
    insertOpening: db.insert(openings).values(placeholders(openings)).prepare(),
    deleteOpenings: db
      .delete(openings)
      .where(
        sql`${openings.rule} = ${sql.placeholder("rule")} and ${openings.session} <= ${sql.placeholder("session")}`,
      )
      .prepare(),
    insertEvent: db.insert(events).values(placeholders(events)).prepare(),
    insertClose: db.insert(closes).values(placeholders(closes)).prepare(),
    moveClose: db
      .update(closes)
      // Only one attempt after a failure: a player that goes on must not end the process time and again.
      .set({
        lastSeq: sql`${sql.placeholder("lastSeq")}`,
        events: sql`${sql.placeholder("events")}`,
        bytes: sql`${sql.placeholder("bytes")}`,
        pending: sql`${sql.placeholder("pending")}`,
        attempts: sql`min(${closes.attempts}, ${sql.raw(String(ATTEMPTS_MAX - 1))})`,
      })
      .where(sql`${closes.session} = ${sql.placeholder("session")}`)
      .prepare(),
    replaceClose: db
      .update(closes)
      .set({
        reason: sql`${sql.placeholder("reason")}`,
        closedAt: sql`${sql.placeholder("closedAt")}`,
        endTs: sql`${sql.placeholder("endTs")}`,
      })
      .where(sql`${closes.session} = ${sql.placeholder("session")}`)
      .prepare(),
    upsertHead: db
      .insert(heads)
      .values(placeholders(heads))
      .onConflictDoUpdate({
        target: heads.session,
        set: {
          seq: sql`excluded.seq`,
          arrivedAt: sql`excluded.arrived_at`,
          movedAt: sql`excluded.moved_at`,
          playhead: sql`excluded.playhead`,
          tsMax: sql`excluded.ts_max`,
          events: sql`excluded.events`,
          bytes: sql`excluded.bytes`,
        },
      })
      .prepare(),
    deleteHead: prepareDelete(db, heads),
    ...prepareFoldStatements(db),
    ...prepareResultStatements(db),
    ...prepareErasure(db),
    ...prepareOthers(db),
  };
}

/** Statements that take sessions away. */
function prepareErasure(db: BunSQLiteDatabase) {
  const ofSession = sql`${sql.placeholder("session")}`;
  const upTo = sql`${sql.placeholder("ordinal")}`;
  return {
    deleteStart: db.delete(starts).where(sql`${starts.id} = ${ofSession}`).prepare(),
    deleteClose: prepareDelete(db, closes),
    // By the whole key: an index by session alone would cost every opening.
    deleteOpeningsOf: db
      .delete(openings)
      .where(sql`${openings.rule} in (${RULES}) and ${openings.session} = ${ofSession}`)
      .prepare(),
    insertErasure: db
      .insert(erasures)
      .values({ ...placeholders(erasures), revision: REVISION, pending: sql`1` })
      .prepare(),
    keepErased: db
      .insert(erased)
      .values({ ...placeholders(erased), revision: REVISION })
      .onConflictDoUpdate({
        target: erased.hash,
        set: { revision: sql`excluded.revision`, reason: sql`excluded.reason`, erasedAt: sql`excluded.erased_at` },
      })
      .prepare(),
    moveErasure: db
      .update(erasures)
      .set({ lastSeq: sql`${sql.placeholder("lastSeq")}`, pending: sql`${sql.placeholder("pending")}` })
      .where(sql`${erasures.revision} = ${sql.placeholder("revision")}`)
      .prepare(),
    pruneErasures: db
      .delete(erasures)
      .where(sql`${erasures.revision} <= ${sql.placeholder("revision")}`)
      .prepare(),
    pruneErased: db
      .delete(erased)
      .where(sql`${erased.revision} <= ${sql.placeholder("revision")}`)
      .prepare(),
    trimClose: db.update(closes).set({ trimmed: sql`1` }).where(sql`${closes.session} = ${ofSession}`).prepare(),
    moveTrimmed: db
      .update(closes)
      .set({ lastSeq: sql`${sql.placeholder("lastSeq")}` })
      .where(sql`${closes.session} = ${ofSession}`)
      .prepare(),
    deleteEvent: db
      .delete(events)
      .where(sql`${events.seq} = ${sql.placeholder("seq")}`)
      .prepare(),
    deleteSomeAdBreaks: db
      .delete(adBreaks)
      .where(sql`${adBreaks.session} = ${ofSession} and ${adBreaks.ordinal} <= ${upTo}`)
      .prepare(),
    deleteSomeAds: db.delete(ads).where(sql`${ads.session} = ${ofSession} and ${ads.ordinal} <= ${upTo}`).prepare(),
    deleteSomeChapters: db
      .delete(chapters)
      .where(sql`${chapters.session} = ${ofSession} and ${chapters.ordinal} <= ${upTo}`)
      .prepare(),
    deleteSomeErrors: db
      .delete(errors)
      .where(sql`${errors.session} = ${ofSession} and ${errors.ordinal} <= ${upTo}`)
      .prepare(),
    setCounter: db
      .insert(counters)
      .values(placeholders(counters))
      .onConflictDoUpdate({ target: counters.name, set: { value: sql`excluded.value` } })
      .prepare(),
  };
}

/** Statements beside those of sessions. */
function prepareOthers(db: BunSQLiteDatabase) {
  return {
    upsertPosition: db
      .insert(positions)
      .values(placeholders(positions))
      .onConflictDoUpdate({ target: positions.name, set: { seq: sql`excluded.seq`, session: sql`excluded.session` } })
      .prepare(),
    /** Changes a row each time, since SQLite writes no unchanged row. */
    probe: db
      .insert(positions)
      .values({ name: sql`'probe'`, seq: sql`0`, session: sql`0` })
      .onConflictDoUpdate({ target: positions.name, set: { seq: sql`${positions.seq} + 1` } })
      .prepare(),
    deletePosition: db
      .delete(positions)
      .where(sql`${positions.name} = ${sql.placeholder("name")}`)
      .prepare(),
    /** In one statement, so that two at once can't share the last place. */
    insertToken: db
      .insert(tokens)
      .select(
        sql`select ${sql.join(namesIn(tokens).map(sql.placeholder), sql`, `)}
          where (select count(*) from ${tokens}) < ${sql.raw(String(TOKENS_MAX))}`,
      )
      .onConflictDoNothing()
      .prepare(),
    deleteToken: db
      .delete(tokens)
      .where(sql`${tokens.name} = ${sql.placeholder("name")}`)
      .prepare(),
    noteTokenUse: db
      .update(tokens)
      .set({ usedAt: sql`${sql.placeholder("usedAt")}` })
      .where(sql`${tokens.hash} = ${sql.placeholder("hash")}`)
      .prepare(),
  };
}

/** Statements for the outcome of a fold. Only placeholders are bound, as batches can't bind other values. */
function prepareFoldStatements(db: BunSQLiteDatabase) {
  return {
    /** Marks a session as folded, and as still pending if the fold didn't see its latest event. */
    settleClose: db
      .update(closes)
      // All computed from the old row: a result with events that none has seen yet is the first with them.
      .set({
        pending: sql`${closes.lastSeq} <> ${sql.placeholder("seq")}`,
        attempts: sql`0`,
        failure: sql`null`,
        edition: sql`${closes.edition} + 1`,
        changedAt: sql`${sql.placeholder("changedAt")}`,
        eventsRevision: sql`iif(${closes.pending}, ${REVISION}, coalesce(${closes.eventsRevision},
          (select ${results.revision} from ${results} where ${results.session} = ${closes.session})))`,
      })
      .where(sql`${closes.session} = ${sql.placeholder("session")} and ${closes.trimmed} = 0`)
      .prepare(),
    failClose: db
      .update(closes)
      .set({
        pending: sql`${closes.lastSeq} <> coalesce(${sql.placeholder("seq")}, ${closes.lastSeq})`,
        failure: sql`${sql.placeholder("failure")}`,
      })
      .where(sql`${closes.session} = ${sql.placeholder("session")} and ${closes.trimmed} = 0`)
      .prepare(),
    settleImported: db
      .update(closes)
      .set({ pending: sql`1` })
      .where(
        sql`${closes.session} > ${sql.placeholder("afterId")} and ${closes.session} <= ${sql.placeholder("untilId")}
          and ${closes.pending} = 0 and ${closes.trimmed} = 0 and ${closes.failure} is null
          and not exists (select 1 from ${results} where ${results.session} = ${closes.session})`,
      )
      .prepare(),
    countAttempt: db
      .update(closes)
      .set({ attempts: sql`${closes.attempts} + 1` })
      .where(sql`${closes.session} = ${sql.placeholder("session")}`)
      .prepare(),
    forgetAttempts: db
      .update(closes)
      .set({ attempts: sql`0` })
      .where(sql`${closes.session} = ${sql.placeholder("session")}`)
      .prepare(),
  };
}

function prepareDelete(db: BunSQLiteDatabase, table: SQLiteTable & { session: SQLiteColumn }) {
  return db
    .delete(table)
    .where(sql`${table.session} = ${sql.placeholder("session")}`)
    .prepare();
}

/** Statements for the rows of a result. */
function prepareResultStatements(db: BunSQLiteDatabase) {
  return {
    raiseRevision: db
      .update(counters)
      .set({ value: sql`${counters.value} + 1` })
      .where(sql`${counters.name} = 'revision'`)
      .prepare(),
    deleteResults: prepareDelete(db, results),
    deleteAdBreaks: prepareDelete(db, adBreaks),
    deleteAds: prepareDelete(db, ads),
    deleteChapters: prepareDelete(db, chapters),
    deleteStates: prepareDelete(db, states),
    deleteErrors: prepareDelete(db, errors),
    insertResults: db
      .insert(results)
      .values({ ...placeholders(results), revision: REVISION })
      .prepare(),
    insertAdBreaks: db.insert(adBreaks).values(placeholders(adBreaks)).prepare(),
    insertAds: db.insert(ads).values(placeholders(ads)).prepare(),
    insertChapters: db.insert(chapters).values(placeholders(chapters)).prepare(),
    insertStates: db.insert(states).values(placeholders(states)).prepare(),
    insertErrors: db.insert(errors).values(placeholders(errors)).prepare(),
  };
}

/** Takes a start as the view has it. */
function prepareStart(db: BunSQLiteDatabase) {
  return db
    .insert(starts)
    .values({
      ...placeholders(starts),
      sid: sql`unhex(${sql.placeholder("sid")})`,
      receivedAfter: sinceStart("receivedAt"),
      tsAfter: sinceStart("ts"),
    })
    .prepare();
}

/** An instant as a start has it, in integers of SQLite's: a wrong clock may be too far off for a number here. */
function sinceStart(name: "receivedAt" | "ts"): SQL {
  return sql`cast(${sql.placeholder(name)} as integer) - cast(${sql.placeholder("startedAt")} as integer)`;
}

/** A placeholder for each column, named like its property. */
function placeholders<T extends SQLiteTable>(table: T): T["$inferInsert"] {
  return Object.fromEntries(namesIn(table).map((name) => [name, sql.placeholder(name)])) as T["$inferInsert"];
}

function namesIn(table: SQLiteTable): string[] {
  return Object.keys(getTableColumns(table));
}
