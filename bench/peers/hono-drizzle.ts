/**
 * Hono on Bun with Drizzle, each as on the first page of its documentation: `validator` with a custom check, here a
 * compiled one, and `db.insert(table).values(row)`, which rebuilds its statement each time.
 */

import { eq } from "drizzle-orm";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { validator } from "hono/validator";
import { compileChecks } from "./checks.ts";
import { announce, BODY_TYPE, CORS, eventRow, locationOf, REFUSED, readTask, sessionRow, UNKNOWN } from "./contract.ts";
import { events, openDrizzle, sessions } from "./drizzle-tables.ts";

const task = readTask();
const db = openDrizzle(task.database);
const { isStart, isEvent } = compileChecks(task);

const app = new Hono();
app.options("/api/v1/*", (c) => c.body(null, 204, { ...CORS, "Access-Control-Max-Age": "86400" }));
app.post(
  "/api/v1/sessions",
  validator("json", (body, c) => (isStart(body) ? body : c.json(REFUSED, 400, CORS))),
  async (c) => {
    const row = sessionRow(c.req.valid("json"));
    await db.insert(sessions).values(row);
    return c.body(null, 201, { ...CORS, "Content-Type": BODY_TYPE, Location: locationOf(row.sid) });
  },
);
app.post(
  "/api/v1/sessions/:sid/events",
  validator("json", (body, c) => (isEvent(body) ? body : c.json(REFUSED, 400, CORS))),
  async (c) => {
    const sid = c.req.param("sid");
    const [session] = await db.select({ id: sessions.id }).from(sessions).where(eq(sessions.sid, sid));
    if (!session) return c.json(UNKNOWN, 404, CORS);
    await db.insert(events).values(eventRow(session.id, c.req.valid("json")));
    return c.body(null, 204, CORS);
  },
);
app.onError((error, c) => {
  const status = error instanceof HTTPException ? error.status : 500;
  return c.json({ message: error.message }, status, CORS);
});

announce(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: app.fetch }).port);
