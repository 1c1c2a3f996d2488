/**
 * The tables. Integers and compact text only: a ping costs some 40 bytes.
 *
 * Every table is STRICT, which drizzle-kit cannot say: generated migrations are edited by hand, and a test checks them.
 */

import { sql } from "drizzle-orm";
import { blob, index, integer, primaryKey, sqliteTable, sqliteView, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { OpeningRule } from "../opening.ts";

/** What came with an event of Media Edge besides its own data: its id, its XDM. */
const wire = text();

/** Sessions at their opening, as they are written; a row never changes. */
export const starts = sqliteTable(
  "starts",
  {
    id: integer().primaryKey(),
    sid: blob({ mode: "buffer" }).notNull(),
    /**
     * What dates the session: the server's clock, or the player's for downloaded content. Milliseconds since the
     * epoch; the other instants are counted from here, since they are near it.
     */
    startedAt: integer("started_at").notNull(),
    receivedAfter: integer("received_after").notNull(),
    tsAfter: integer("ts_after").notNull(),
    playhead: integer().notNull(),
    downloaded: integer({ mode: "boolean" }).notNull(),
    payload: text().notNull(),
    flags: text(),
    wire,
    /** Derived words, in the form of payloads. */
    derived: text(),
  },
  (table) => [
    // Half of the id finds it, in an index of half the size: its instant, and at its end 64 random bits.
    uniqueIndex("starts_sid").on(sql`substr(${table.sid}, 1, 8)`, sql`substr(${table.sid}, 25, 8)`),
    index("starts_started_at").on(table.startedAt),
  ],
);

/**
 * Sessions at their opening, as they are read: from `starts`, and from the table of version 0.1 until all its rows have
 * been moved. Instants are milliseconds since the epoch.
 */
export const sessions = sqliteView("sessions", {
  id: integer().notNull(),
  sid: text().notNull(),
  startedAt: integer("started_at").notNull(),
  receivedAt: integer("received_at").notNull(),
  ts: integer().notNull(),
  playhead: integer().notNull(),
  downloaded: integer({ mode: "boolean" }).notNull(),
  payload: text().notNull(),
  flags: text(),
  wire,
  derived: text(),
}).existing();

/**
 * Recognises repeated starts, each rule's in order of opening, so that the old ones are in front. Starts known by what
 * they say have no row; former versions have left some under the rule `body`, which the index leaves out.
 */
export const openings = sqliteTable(
  "openings",
  {
    rule: text().$type<OpeningRule>().notNull(),
    session: integer().notNull(),
    key: text().notNull(),
    request: text(),
    at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.rule, table.session] }),
    index("openings_key").on(table.key).where(sql`${table.rule} <> 'body'`),
  ],
);

/**
 * Every event after the start, in order of arrival: only ever appended to, with no second index.
 * A session's events are found by following `prev_seq` from its latest.
 */
export const events = sqliteTable("events", {
  seq: integer().primaryKey(),
  session: integer().notNull(),
  /** The session's event before this one; 0 for its first after the start. */
  prevSeq: integer("prev_seq").notNull(),
  ts: integer().notNull(),
  receivedAt: integer("received_at").notNull(),
  /** The code of `protocol/catalogue.ts`. */
  type: integer().notNull(),
  /** Milliseconds. */
  playhead: integer().notNull(),
  payload: text(),
  flags: text(),
  wire,
});

/** The size of each session, its start included; 0 for sessions that closed before sizes were counted. */
const size = {
  events: integer().notNull().default(0),
  /** The bytes of the events' stored text. */
  bytes: integer().notNull().default(0),
};

/** How each closed session ended. */
export const closes = sqliteTable(
  "closes",
  {
    session: integer().primaryKey(),
    reason: text().notNull(),
    closedAt: integer("closed_at").notNull(),
    endTs: integer("end_ts").notNull(),
    /** The session's latest event: where its chain begins once no head is kept in memory. */
    lastSeq: integer("last_seq").notNull(),
    ...size,
    /** Whether events have arrived since the last fold, or there was none. */
    pending: integer({ mode: "boolean" }).notNull(),
    /** Whether retention has removed the events: the numbers stay, since no fold can replace them. */
    trimmed: integer({ mode: "boolean" }).notNull().default(false),
    /** Folds of a long session begun since one last ended: each may have ended the process. */
    attempts: integer().notNull().default(0),
    /** Why the session has no numbers, or outdated ones; a late event or a command folds it again. */
    failure: text(),
    /** How many results the session has had; 1 for results from before they were counted. */
    edition: integer().notNull().default(1),
    /** When its latest result was stored; null for none, and for one from before this was kept. */
    changedAt: integer("changed_at"),
    /** The revision of the first result that saw its latest event; null as above. */
    eventsRevision: integer("events_revision"),
  },
  (table) => [
    index("closes_pending").on(table.session).where(sql`${table.pending} = 1`),
    // In order of closing: retention reads the front, and trimmed sessions leave the index.
    index("closes_untrimmed").on(table.closedAt).where(sql`${table.trimmed} = 0`),
    // Sessions whose events are being removed: hardly ever one.
    index("closes_trimming").on(table.session).where(sql`${table.trimmed} = 1 and ${table.lastSeq} > 0`),
  ],
);

/** The numbers of each closed session. */
export const results = sqliteTable("results", {
  session: integer().primaryKey(),
  /** The place of this change among all changes, from which a follower asks for later ones. */
  revision: integer().notNull().unique(),
  /** The version of the definitions behind them. */
  definitions: integer().notNull(),
  /** JSON: metric id → number or null. */
  metrics: text().notNull(),
  contentSegment: text("content_segment"),
  /** JSON: watched parts of the content as pairs of milliseconds, in the order of watching. */
  spans: text().notNull(),
  /** JSON: when content or an ad played, as pairs of milliseconds by the player's clock. */
  playing: text().notNull(),
  /** JSON: events by the deciding rule and by flag; NULL if the fold behind the numbers counted none. */
  ledger: text(),
  /** JSON: the metrics without mending; NULL where no rule mended anything, and where that was not kept yet. */
  unmended: text(),
  /** JSON: what the server chose of the definitions; NULL where it chose nothing. */
  choices: text(),
});

/**
 * Erased sessions, for followers of changes: their numbers and an instant, without their events. Old ones are pruned.
 */
export const erasures = sqliteTable(
  "erasures",
  {
    revision: integer().primaryKey(),
    session: integer().notNull(),
    erasedAt: integer("erased_at").notNull(),
    /** The latest of its events still to be removed; 0 for none. */
    lastSeq: integer("last_seq").notNull(),
    /** Whether rows of the session may still be there: a long session is removed in many transactions. */
    pending: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [index("erasures_pending").on(table.revision).where(sql`${table.pending} = 1`)],
);

/**
 * Sids that a person had erased, as keyed hashes: an import refuses them, and an export lists them for a warehouse.
 * Sessions deleted by retention are not among them.
 */
export const erased = sqliteTable("erased", {
  /** The place of the erasure among all changes. */
  revision: integer().primaryKey(),
  hash: text().notNull().unique(),
  reason: text().notNull(),
  erasedAt: integer("erased_at").notNull(),
});

/**
 * Numbers by name: the last `revision`; `lineage`, which distinguishes a copy from its original; the highest `pruned`
 * revision of erasures, and the highest `forgotten` one of erased sids; and `unswept`, whether SQLite may have left
 * copies of removed rows.
 */
export const counters = sqliteTable("counters", {
  name: text().primaryKey(),
  value: integer().notNull(),
});

/** The common columns of ads, ad breaks and chapters; times in milliseconds, `ordinal` from 1 in folded order. */
const period = {
  session: integer().notNull(),
  ordinal: integer().notNull(),
  startTs: integer("start_ts").notNull(),
  timeSpent: integer("time_spent").notNull(),
  completed: integer({ mode: "boolean" }).notNull(),
  /** JSON of the params of the event that opened it. */
  params: text().notNull(),
  /** JSON: the session's customMetadata merged with its own. */
  customMetadata: text("custom_metadata").notNull(),
};

export const adBreaks = sqliteTable("ad_breaks", { ...period, adCount: integer("ad_count").notNull() }, (table) => [
  primaryKey({ columns: [table.session, table.ordinal] }),
]);

export const ads = sqliteTable(
  "ads",
  {
    ...period,
    /** The ordinal of its break. */
    adBreak: integer("ad_break").notNull(),
    skipped: integer({ mode: "boolean" }).notNull(),
    /** Errors while it was open. */
    errors: integer().notNull().default(0),
    /** Whether the session closed while it was open. */
    abandoned: integer({ mode: "boolean" }).notNull().default(false),
  },
  (table) => [primaryKey({ columns: [table.session, table.ordinal] })],
);

export const chapters = sqliteTable(
  "chapters",
  { ...period, skipped: integer({ mode: "boolean" }).notNull() },
  (table) => [primaryKey({ columns: [table.session, table.ordinal] })],
);

/** Player states of each closed session; duration in milliseconds. */
export const states = sqliteTable(
  "states",
  {
    session: integer().notNull(),
    name: text().notNull(),
    count: integer().notNull(),
    duration: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.session, table.name] })],
);

/** Errors of each closed session; playhead in milliseconds. */
export const errors = sqliteTable(
  "errors",
  {
    session: integer().notNull(),
    ordinal: integer().notNull(),
    ts: integer().notNull(),
    playhead: integer().notNull(),
    id: text(),
    source: text(),
  },
  (table) => [primaryKey({ columns: [table.session, table.ordinal] })],
);

/** The checkpoint: heads of open sessions at its position, or some time after. */
export const heads = sqliteTable("heads", {
  session: integer().primaryKey(),
  seq: integer().notNull(),
  arrivedAt: integer("arrived_at").notNull(),
  movedAt: integer("moved_at").notNull(),
  playhead: integer().notNull(),
  tsMax: integer("ts_max").notNull(),
  ...size,
});

/** Progress by name, a row each: the checkpoint of the heads, an interrupted recompute. */
export const positions = sqliteTable("positions", {
  name: text().primaryKey(),
  seq: integer().notNull(),
  session: integer().notNull(),
});

/** Random keys by name, made with the table: the same for every process, after a restart and in a backup. */
export const keys = sqliteTable("keys", {
  name: text().primaryKey(),
  /** 64 hex digits. */
  value: text().notNull(),
});

/** Named tokens for the admin API, as hashes, so that a reader of the file can't sign in. */
export const tokens = sqliteTable("tokens", {
  name: text().primaryKey(),
  /** SHA-256 of the token, as hex digits. */
  hash: text().notNull().unique(),
  readOnly: integer("read_only", { mode: "boolean" }).notNull(),
  /** Its limit; null without one. */
  reportSuite: text("report_suite"),
  channel: text(),
  createdAt: integer("created_at").notNull(),
  /** The hour of its latest use; null before the first. */
  usedAt: integer("used_at"),
});
