/**
 * A limit, not a peer: starts into SQLite by the batch, with no network before it: `limit-sqlite.ts DATABASE SECONDS`.
 *
 * Rows are made beforehand; what is measured is ids, inserts and commits. Prints one line of JSON, its p99 a commit's.
 */

import { Database } from "bun:sqlite";
import { newSid } from "../../src/base/ids.ts";
import { fill, ITEMS, TEMPLATES } from "../support/bodies.ts";
import { sessionRow } from "./contract.ts";
import { TABLES } from "./sqlite-tables.ts";

/** As many as there are connections by default: no commit of a server can be of more. */
const BATCH = 64;
const STARTS = 4096;

const [database = "", seconds = ""] = process.argv.slice(2);
if (database === "" || !(Number(seconds) > 0)) throw new Error("Usage: limit-sqlite.ts DATABASE SECONDS");
process.stdin.on("end", () => process.exit()).resume();

const db = new Database(database, { create: true, strict: true });
db.run("PRAGMA journal_mode = WAL");
db.run("PRAGMA synchronous = FULL");
db.run(TABLES);
const insert = db.prepare(`
  INSERT INTO sessions (sid, started_at, received_at, ts, playhead, payload)
  VALUES ($sid, $startedAt, $receivedAt, $ts, $playhead, $payload)`);
const rows = Array.from({ length: STARTS }, (_, n) => {
  const values = {
    N: String(n).padStart(8, "0"),
    ITEM: String(n % ITEMS).padStart(5, "0"),
    TS: Date.now(),
    PLAYHEAD: 0,
  };
  return sessionRow(JSON.parse(fill(TEMPLATES.start, values)));
});
const insertBatch = db.transaction((batch: typeof rows) => {
  const nowMs = Date.now();
  for (const row of batch) insert.run({ ...row, sid: newSid(nowMs) });
});

const tookMs: number[] = [];
const sinceMs = performance.now();
const untilMs = sinceMs + Number(seconds) * 1000;
for (let from = 0; performance.now() < untilMs; from = (from + BATCH) % STARTS) {
  const batchMs = performance.now();
  insertBatch.immediate(rows.slice(from, from + BATCH));
  tookMs.push(performance.now() - batchMs);
}
const perSecond = (tookMs.length * BATCH * 1000) / (performance.now() - sinceMs);
const p99Ms = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.99)];
console.log(JSON.stringify({ rows: tookMs.length * BATCH, perSecond, p99Ms }));
process.exit(0);
