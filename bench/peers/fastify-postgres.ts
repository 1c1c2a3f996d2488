/**
 * Fastify with PostgreSQL on Node: a pool of `pg`, statements prepared by name, a statement and so a transaction a
 * request, as node-postgres documents it.
 */

import pg from "pg";
import { announce, eventRow, type PlayerEvent, readTask, sessionRow } from "./contract.ts";
import { createFastify } from "./fastify-app.ts";

const task = readTask();
// Ten connections, its default: 20, 32 and 64 were no faster on one core.
const pool = new pg.Pool({ connectionString: task.database });
await pool.query(`
  CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sid text NOT NULL UNIQUE,
    started_at bigint NOT NULL,
    received_at bigint NOT NULL,
    ts bigint NOT NULL,
    playhead bigint NOT NULL,
    payload jsonb NOT NULL
  );
  CREATE INDEX ON sessions (started_at);
  CREATE TABLE events (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session bigint NOT NULL,
    received_at bigint NOT NULL,
    ts bigint NOT NULL,
    playhead bigint NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL
  );
  CREATE INDEX ON events (session)`);

const INSERT_SESSION = {
  name: "insert-session",
  text: `INSERT INTO sessions (sid, started_at, received_at, ts, playhead, payload) VALUES ($1, $2, $3, $4, $5, $6)`,
};
/** Finds the session as well: one way to the database rather than two. */
const INSERT_EVENT = {
  name: "insert-event",
  text: `INSERT INTO events (session, received_at, ts, playhead, type, payload)
    SELECT id, $2, $3, $4, $5, $6 FROM sessions WHERE sid = $1`,
};

const app = createFastify(task, {
  async openSession(start: PlayerEvent) {
    const { sid, startedAt, receivedAt, ts, playhead, payload } = sessionRow(start);
    await pool.query({ ...INSERT_SESSION, values: [sid, startedAt, receivedAt, ts, playhead, payload] });
    return sid;
  },
  async addEvent(sid, event) {
    const { receivedAt, ts, playhead, type, payload } = eventRow(0, event);
    const { rowCount } = await pool.query({ ...INSERT_EVENT, values: [sid, receivedAt, ts, playhead, type, payload] });
    return rowCount === 1;
  },
});
announce(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
