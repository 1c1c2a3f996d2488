/** Fastify with better-sqlite3 on Node: statements prepared once, a transaction a request, as both document it. */

import Database from "better-sqlite3";
import { announce, eventRow, type PlayerEvent, readTask, sessionRow } from "./contract.ts";
import { createFastify } from "./fastify-app.ts";
import { TABLES } from "./sqlite-tables.ts";

const task = readTask();
const db = new Database(task.database);
db.pragma("journal_mode = WAL");
// Its own default in WAL mode is NORMAL, which loses commits when the power goes.
db.pragma("synchronous = FULL");
db.exec(TABLES);

const insertSession = db.prepare(`
  INSERT INTO sessions (sid, started_at, received_at, ts, playhead, payload)
  VALUES (@sid, @startedAt, @receivedAt, @ts, @playhead, @payload)`);
const findSession = db.prepare<[string], { id: number }>("SELECT id FROM sessions WHERE sid = ?");
const insertEvent = db.prepare(`
  INSERT INTO events (session, received_at, ts, playhead, type, payload)
  VALUES (@session, @receivedAt, @ts, @playhead, @type, @payload)`);

const addEvent = db.transaction((sid: string, event: PlayerEvent) => {
  const session = findSession.get(sid);
  if (session) insertEvent.run(eventRow(session.id, event));
  return session !== undefined;
});

const app = createFastify(task, {
  openSession(start) {
    const row = sessionRow(start);
    // One statement is a transaction of its own.
    insertSession.run(row);
    return row.sid;
  },
  addEvent: (sid, event) => addEvent.immediate(sid, event),
});
announce(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port);
