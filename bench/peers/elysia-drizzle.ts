/**
 * Elysia with its own validation by `t`, and Drizzle with prepared statements, as its page on performance advises.
 *
 * `normalize` is off: it would remove the keys that the contract keeps.
 */

import { sql } from "drizzle-orm";
import { Elysia } from "elysia";
import {
  announce,
  BODY_TYPE,
  CORS,
  eventRow,
  locationOf,
  type PlayerEvent,
  REFUSED,
  readTask,
  sessionRow,
  UNKNOWN,
} from "./contract.ts";
import { events, openDrizzle, sessions } from "./drizzle-tables.ts";
import { anyOf, toTypebox } from "./elysia-schema.ts";

const task = readTask();
const db = openDrizzle(task.database);

const insertSession = db
  .insert(sessions)
  .values({
    sid: sql.placeholder("sid"),
    startedAt: sql.placeholder("startedAt"),
    receivedAt: sql.placeholder("receivedAt"),
    ts: sql.placeholder("ts"),
    playhead: sql.placeholder("playhead"),
    payload: sql.placeholder("payload"),
  })
  .prepare();
const findSession = db
  .select({ id: sessions.id })
  .from(sessions)
  .where(sql`${sessions.sid} = ${sql.placeholder("sid")}`)
  .prepare();
const insertEvent = db
  .insert(events)
  .values({
    session: sql.placeholder("session"),
    receivedAt: sql.placeholder("receivedAt"),
    ts: sql.placeholder("ts"),
    playhead: sql.placeholder("playhead"),
    type: sql.placeholder("type"),
    payload: sql.placeholder("payload"),
  })
  .prepare();

const app = new Elysia({ normalize: false })
  .headers(CORS)
  // Its own answer to an invalid body is 422.
  .onError(({ code, status }) => (code === "VALIDATION" || code === "PARSE" ? status(400, REFUSED) : undefined))
  .options("/api/v1/*", ({ set }) => {
    set.status = 204;
    set.headers["access-control-max-age"] = "86400";
  })
  .post(
    "/api/v1/sessions",
    ({ body, set }) => {
      const row = sessionRow(body as PlayerEvent);
      insertSession.run(row);
      set.status = 201;
      set.headers["content-type"] = BODY_TYPE;
      set.headers["location"] = locationOf(row.sid);
    },
    { body: toTypebox(task.start) },
  )
  .post(
    "/api/v1/sessions/:sid/events",
    ({ body, params, set, status }) => {
      const session = findSession.get({ sid: params.sid });
      if (!session) return status(404, UNKNOWN);
      insertEvent.run(eventRow(session.id, body as PlayerEvent));
      set.status = 204;
      return undefined;
    },
    { body: anyOf(task.events.map(toTypebox)) },
  )
  .listen({ hostname: "127.0.0.1", port: 0 });
announce(app.server?.port);
