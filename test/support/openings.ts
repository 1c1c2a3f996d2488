/** What a server's store holds of openings and sessions. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { TestServer } from "./server.ts";

/** The rows of the table of openings, by rule. */
export function openingsIn({ dataDir }: Pick<TestServer, "dataDir">): { rule: string; count: number }[] {
  using reader = new Database(join(dataDir, "playhead.db"), { readonly: true });
  return reader
    .query<{ rule: string; count: number }, []>("SELECT rule, count(*) AS count FROM openings GROUP BY rule")
    .all();
}

/** How many sessions the server has. */
export async function sessionsIn(server: Pick<TestServer, "admin">): Promise<number> {
  const { sessions } = await server.admin("/admin/api/sessions");
  return sessions.length;
}
