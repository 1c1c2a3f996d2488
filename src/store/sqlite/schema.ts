/**
 * The tables. Integers and compact text only: a ping costs some 45 bytes.
 *
 * Every table is STRICT, which drizzle-kit cannot say: the generated migration is edited by hand, and a test looks.
 */

import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { OpeningRule } from "../opening.ts";

/** JSON of what came with an event of Media Edge beside what it says: its id, its XDM, whose it is. */
const wire = text();

/** Sessions as they were opened; a row never changes. Instants are milliseconds since the epoch. */
export const sessions = sqliteTable(
  "sessions",
  {
    id: integer().primaryKey(),
    sid: text().notNull().unique(),
    /** What dates the session: the server's clock, or the player's for downloaded content. */
    startedAt: integer("started_at").notNull(),
    receivedAt: integer("received_at").notNull(),
    ts: integer().notNull(),
    playhead: integer().notNull(),
    downloaded: integer({ mode: "boolean" }).notNull(),
    payload: text().notNull(),
    flags: text(),
    wire,
  },
  (table) => [index("sessions_started_at").on(table.startedAt)],
);

/**
 * By what starts are known when they are asked for again, each rule's in order of opening: what is too old is in front.
 * The index finds what its clients name; starts that are known by their body are in memory.
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

/** How much a session has said, its start included; 0 for one that had closed before these were counted. */
const size = {
  events: integer().notNull().default(0),
  /** Of `payload` and `flags`. */
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
    /** Whether events came since the session was last folded, or it never was. */
    pending: integer({ mode: "boolean" }).notNull(),
    /** Whether retention has taken the events: the numbers stay as they are, since no fold can make others. */
    trimmed: integer({ mode: "boolean" }).notNull().default(false),
    /** Folds of a long session that were begun since one of them ended: each may have ended the process. */
    attempts: integer().notNull().default(0),
    /** Why the session has no numbers, or older ones: it is folded again after a late event, or by a command. */
    failure: text(),
    /** How many results the session has had; 1 for one that had some before these were counted. */
    edition: integer().notNull().default(1),
    /** When its latest result was stored; null for none, and for one from before this was kept. */
    changedAt: integer("changed_at"),
    /** The revision of the first result that saw its latest event; null as above. */
    eventsRevision: integer("events_revision"),
  },
  (table) => [
    index("closes_pending").on(table.session).where(sql`${table.pending} = 1`),
    // In order of closing: what retention has to look at is at the front, and leaves as it is trimmed.
    index("closes_untrimmed").on(table.closedAt).where(sql`${table.trimmed} = 0`),
    // Sessions whose events are being removed: hardly ever one.
    index("closes_trimming").on(table.session).where(sql`${table.trimmed} = 1 and ${table.lastSeq} > 0`),
  ],
);

/** The numbers of each closed session. */
export const results = sqliteTable("results", {
  session: integer().primaryKey(),
  /** The place of this change among all changes, by which a follower asks for what came behind its own. */
  revision: integer().notNull().unique(),
  /** The version of the definitions that gave them. */
  definitions: integer().notNull(),
  /** JSON: metric id → number or null. */
  metrics: text().notNull(),
  contentSegment: text("content_segment"),
  /** JSON: watched parts of the content as pairs of milliseconds, in the order of watching. */
  spans: text().notNull(),
  /** JSON: when content or an ad played, as pairs of milliseconds by the player's clock. */
  playing: text().notNull(),
  /** JSON: events by the rule that decided and by flag; NULL where the fold that gave the numbers counted none. */
  ledger: text(),
  /** JSON: the metrics without mending; NULL where no rule mended anything, and where that was not kept yet. */
  unmended: text(),
  /** JSON: what the server chose of the definitions; NULL where it chose nothing. */
  choices: text(),
});

/**
 * Sessions that were erased, for followers of the changes: their numbers and a moment, nothing of what they said. Old
 * ones are pruned.
 */
export const erasures = sqliteTable(
  "erasures",
  {
    revision: integer().primaryKey(),
    session: integer().notNull(),
    erasedAt: integer("erased_at").notNull(),
    /** The latest of its events that are still to be removed; 0 when none is left. */
    lastSeq: integer("last_seq").notNull(),
    /** Whether rows of the session may still be there: a long session is removed in many transactions. */
    pending: integer({ mode: "boolean" }).notNull(),
  },
  (table) => [index("erasures_pending").on(table.revision).where(sql`${table.pending} = 1`)],
);

/**
 * Sids that a person had erased, as keyed hashes: an import refuses them, and an export tells them to a warehouse.
 * Sessions that retention deletes are not among them.
 */
export const erased = sqliteTable("erased", {
  /** The place of the erasure among all changes. */
  revision: integer().primaryKey(),
  hash: text().notNull().unique(),
  reason: text().notNull(),
  erasedAt: integer("erased_at").notNull(),
});

/**
 * Numbers by name: the last `revision`; `lineage`, by which a copy is told from its original; the highest `pruned`
 * revision of erasures, and the highest `forgotten` one of erased sids; and whether something was removed that SQLite
 * may have left a copy of: `unswept`.
 */
export const counters = sqliteTable("counters", {
  name: text().primaryKey(),
  value: integer().notNull(),
});

/** What ads, ad breaks and chapters have in common; times in milliseconds, `ordinal` from 1 in folded order. */
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

/** The checkpoint: heads of open sessions as they were at, or some time after, its position. */
export const heads = sqliteTable("heads", {
  session: integer().primaryKey(),
  seq: integer().notNull(),
  arrivedAt: integer("arrived_at").notNull(),
  movedAt: integer("moved_at").notNull(),
  playhead: integer().notNull(),
  tsMax: integer("ts_max").notNull(),
  ...size,
});

/** How far something has come: the checkpoint of the heads, a recompute that was interrupted. One row, by name. */
export const positions = sqliteTable("positions", {
  name: text().primaryKey(),
  seq: integer().notNull(),
  session: integer().notNull(),
});

/** Random keys by name, each made with its table: the same for every process, after a restart and in a backup. */
export const keys = sqliteTable("keys", {
  name: text().primaryKey(),
  /** 64 hex digits. */
  value: text().notNull(),
});

/** Named tokens for the admin API, without what would let a reader of the file sign in. */
export const tokens = sqliteTable("tokens", {
  name: text().primaryKey(),
  /** SHA-256 of the token, as hex digits. */
  hash: text().notNull().unique(),
  readOnly: integer("read_only", { mode: "boolean" }).notNull(),
  /** What it is limited to; null where it isn't. */
  reportSuite: text("report_suite"),
  channel: text(),
  createdAt: integer("created_at").notNull(),
  /** An hour in which it was used, of the latest; null before the first. */
  usedAt: integer("used_at"),
});
