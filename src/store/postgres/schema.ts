/**
 * The tables of a store that several nodes share: for drizzle-kit alone, which makes the migrations from them.
 *
 * There are no foreign keys and no triggers: each would cost a lock or a lookup an event. `WITH (fillfactor …)`, which
 * drizzle-kit cannot say, and the first rows are edited into the migrations by hand, and a test checks them.
 */

import { sql } from "drizzle-orm";
import {
  bigint as bigintOf,
  boolean,
  customType,
  index,
  integer,
  pgSequence,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";

/** Numbers, and instants in milliseconds since the epoch: all within 53 bits. */
const bigint = (name?: string) => bigintOf(name ?? "", { mode: "number" });
const bytea = customType<{ data: Uint8Array }>({ dataType: () => "bytea" });

/** Each value stands for a thousand session numbers, which one node gives out. */
export const sessionBlocks = pgSequence("session_blocks", { cache: 1 });

/** Sessions at their opening; a row never changes. */
export const sessions = pgTable(
  "sessions",
  {
    id: bigint("id").primaryKey(),
    sid: bytea("sid").notNull(),
    /** What dates the session: the server's clock, or the player's for downloaded content. */
    startedAt: bigint("started_at").notNull(),
    receivedAt: bigint("received_at").notNull(),
    ts: bigint("ts").notNull(),
    playhead: bigint("playhead").notNull(),
    downloaded: boolean("downloaded").notNull(),
    /** Whether `sid` may begin with another instant than `started_at`, by which the others are found. */
    undated: boolean("undated").notNull(),
    payload: text("payload").notNull(),
    flags: text("flags"),
    wire: text("wire"),
    /** Derived words, in the form of payloads. */
    derived: text("derived"),
  },
  (table) => [
    index("sessions_started_at").on(table.startedAt, table.id),
    uniqueIndex("sessions_undated").on(table.sid).where(sql`undated`),
  ],
);

/** One narrow row for each open session, moved by each of its events; it leaves with the close. */
export const heads = pgTable(
  "heads",
  {
    sid: bytea("sid").primaryKey(),
    session: bigint("session").notNull(),
    arrivedAt: bigint("arrived_at").notNull(),
    /** `NEVER_MOVED_MS` for live content whose playhead has not moved. */
    movedAt: bigint("moved_at").notNull(),
    playhead: bigint("playhead").notNull(),
    tsMax: bigint("ts_max").notNull(),
    /** When to look whether the session is due. Events don't touch it, so that their updates are HOT. */
    lookAt: bigint("look_at").notNull(),
    /** The stored text of the session. */
    bytes: bigint("bytes").notNull(),
    /** The number of its latest event; 0 for the start. */
    n: integer("n").notNull(),
    /** The hash of what a live start says, by which it is known when it comes again. */
    opening: bigint("opening").unique(),
    /** When an equal start last came; null if none has. */
    askedAt: bigint("asked_at"),
  },
  (table) => [index("heads_look_at").on(table.lookAt)],
);

/** Every event after the start: numbered from 1 within its session, in order of arrival. */
export const events = pgTable(
  "events",
  {
    session: bigint("session").notNull(),
    ts: bigint("ts").notNull(),
    receivedAt: bigint("received_at").notNull(),
    /** Milliseconds. */
    playhead: bigint("playhead").notNull(),
    n: integer("n").notNull(),
    /** The code of `protocol/catalogue.ts`. */
    type: smallint("type").notNull(),
    payload: text("payload"),
    flags: text("flags"),
    wire: text("wire"),
  },
  (table) => [primaryKey({ columns: [table.session, table.n] })],
);

/** How each closed session ended, and whether its numbers are up to date. */
export const closes = pgTable(
  "closes",
  {
    session: bigint("session").primaryKey(),
    closedAt: bigint("closed_at").notNull(),
    endTs: bigint("end_ts").notNull(),
    bytes: bigint("bytes").notNull(),
    /** Until when a node folds the session. */
    claimedUntil: bigint("claimed_until").notNull().default(0),
    claimedBy: text("claimed_by"),
    lastN: integer("last_n").notNull(),
    /** The latest event that a stored result has seen: an older fold must not replace it. */
    foldedN: integer("folded_n").notNull().default(-1),
    reason: text("reason").notNull(),
    /** Whether events have arrived since the last fold, or there was none. */
    pending: boolean("pending").notNull(),
    /** Whether retention has removed the events, or is about to: `remains`. */
    trimmed: boolean("trimmed").notNull().default(false),
    remains: boolean("remains").notNull().default(false),
    /** Folds of a long session begun since one last ended: each may have ended its process. */
    attempts: integer("attempts").notNull().default(0),
    /** Why the session has no numbers, or outdated ones. */
    failure: text("failure"),
  },
  (table) => [
    index("closes_pending").on(table.session).where(sql`pending`),
    index("closes_untrimmed").on(table.closedAt).where(sql`not trimmed`),
    index("closes_remains").on(table.session).where(sql`remains`),
  ],
);

/** The numbers of each closed session. */
export const results = pgTable("results", {
  session: bigint("session").primaryKey(),
  /** The place of this change among all changes, in the order of commits. */
  revision: bigint("revision").notNull().unique(),
  /** The revision of the first result that saw the session's latest event; null for its own. */
  eventsRevision: bigint("events_revision"),
  changedAt: bigint("changed_at").notNull(),
  /** How many results the session has had. */
  edition: integer("edition").notNull(),
  /** The version of the definitions behind them. */
  definitions: integer("definitions").notNull(),
  contentSegment: text("content_segment"),
  /** JSON, each as in SQLite. */
  metrics: text("metrics").notNull(),
  ledger: text("ledger"),
  unmended: text("unmended"),
  choices: text("choices"),
  /** JSON of the fold's lists: ads, breaks, chapters, states, errors, spans, playing. */
  lists: text("lists").notNull(),
});

/** Erased sessions, for followers of changes. Old ones are pruned. */
export const erasures = pgTable(
  "erasures",
  {
    revision: bigint("revision").primaryKey(),
    session: bigint("session").notNull(),
    erasedAt: bigint("erased_at").notNull(),
    /** Whether events of the session may still be there. */
    pending: boolean("pending").notNull(),
  },
  (table) => [index("erasures_pending").on(table.revision).where(sql`pending`)],
);

/** Sids that a person had erased, as keyed hashes. */
export const erased = pgTable("erased", {
  revision: bigint("revision").primaryKey(),
  hash: text("hash").notNull().unique(),
  reason: text("reason").notNull(),
  erasedAt: bigint("erased_at").notNull(),
});

/** Recognises repeated starts, whichever node they come to; those known by their bodies stand in {@link heads}. */
export const openings = pgTable(
  "openings",
  {
    key: text("key").notNull(),
    rule: text("rule").notNull(),
    request: text("request"),
    session: bigint("session").notNull(),
    at: bigint("at").notNull(),
    /** When an equal start last came. */
    askedAt: bigint("asked_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.key, table.rule] }),
    index("openings_at").on(table.rule, table.at),
    index("openings_session").on(table.session),
  ],
);

/**
 * Numbers by name: `revision`, `lineage`, `pruned` and `forgotten`, as in SQLite; and `lost`, the instant when a node
 * last found that the database lacks what it had acknowledged.
 */
export const counters = pgTable("counters", { name: text("name").primaryKey(), value: bigint("value").notNull() });

/** The fence: a row for each lane of each node, moved with each of its batches, so that none is stored twice. */
export const writers = pgTable("writers", {
  id: text("id").primaryKey(),
  batch: bigint("batch").notNull(),
  /** A random number of the batch's own. */
  nonce: bigint("nonce").notNull().default(0),
  /** The batch's items that were not stored, from 1. */
  missing: integer("missing").array().notNull().default(sql`'{}'`),
  seenAt: bigint("seen_at").notNull(),
});

/** The processes that use this store. */
export const nodes = pgTable("nodes", {
  id: text("id").primaryKey(),
  host: text("host").notNull(),
  version: text("version").notNull(),
  startedAt: bigint("started_at").notNull(),
  seenAt: bigint("seen_at").notNull(),
});

/** Which node does what only one needs to do: an economy, never a safety. */
export const leases = pgTable("leases", {
  name: text("name").primaryKey(),
  holder: text("holder").notNull(),
  untilAt: bigint("until_at").notNull(),
});

/** Progress by name. */
export const positions = pgTable("positions", {
  name: text("name").primaryKey(),
  session: bigint("session").notNull(),
});

/** Random keys by name: the same for every node. */
export const keys = pgTable("keys", { name: text("name").primaryKey(), value: text("value").notNull() });

/** Browsers that have signed out, by the id in their cookie, until that would have ended. */
export const signedOut = pgTable("signed_out", { id: text("id").primaryKey(), untilS: bigint("until_s").notNull() });

/** Named tokens for the admin API, as hashes. */
export const tokens = pgTable("tokens", {
  name: text("name").primaryKey(),
  hash: text("hash").notNull().unique(),
  readOnly: boolean("read_only").notNull(),
  reportSuite: text("report_suite"),
  channel: text("channel"),
  createdAt: bigint("created_at").notNull(),
  usedAt: bigint("used_at"),
});
