/** What a server's store holds of openings and sessions. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import { ask } from "./postgres.ts";
import type { TestServer } from "./server.ts";

interface Openings {
  readonly rule: string;
  readonly count: number;
}

/** The rows of the table of openings, by rule. */
export async function openingsIn({ dataDir, store }: Pick<TestServer, "dataDir" | "store">): Promise<Openings[]> {
  const query = "SELECT rule, CAST(count(*) AS int) AS count FROM openings GROUP BY rule ORDER BY rule";
  if (store !== undefined) return ask<Openings>(store, query);
  using reader = new Database(join(dataDir, "playhead.db"), { readonly: true });
  return reader.query<Openings, []>(query).all();
}

/** How many sessions the server has. */
export async function sessionsIn(server: Pick<TestServer, "admin">): Promise<number> {
  const { sessions } = await server.admin("/admin/api/sessions");
  return sessions.length;
}
