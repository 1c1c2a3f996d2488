/** Payloads that this version can't read: each is an error of its session alone, counted, whatever is asked. */

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { ask } from "../support/postgres.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";

/** Replaces a session's payload by what an expression makes of it. */
async function spoil({ store, dataDir }: TestServer, sid: string, expression: string): Promise<void> {
  if (store) {
    await ask(store, `UPDATE sessions SET payload = ${expression} WHERE sid = decode('${sid}', 'hex')`);
    return;
  }
  using client = new Database(join(dataDir, "playhead.db"));
  client.run(`UPDATE starts SET payload = ${expression.replaceAll("chr(", "char(")} WHERE sid = unhex('${sid}')`);
}

test("a payload of an unknown form, cut off or with an unknown code is an error of its session alone", async () => {
  await using server = await startTestServer();
  const [sound, ...others] = await Promise.all([0, 1, 2, 3].map(() => server.open(sessionStart())));
  const spoilt: [sid: string, expression: string, why: string][] = [
    [String(others[0]), "chr(7) || substr(payload, 2)", "its form is unknown (7)"],
    [String(others[1]), "substr(payload, 1, 40)", "it is cut off"],
    [String(others[2]), "chr(1) || chr(3) || chr(60000) || substr(payload, 4)", "its key 59984 is unknown"],
  ];
  for (const [sid, expression] of spoilt) await spoil(server, sid, expression);

  const { sessions, damaged } = await server.admin("/admin/api/sessions");
  expect([sessions.map(({ sid }: { sid: string }) => sid), damaged]).toEqual([[sound], 3]);
  for (const [sid, , why] of spoilt) {
    const response = await fetch(`${server.url}/admin/api/sessions/${sid}`, { headers: ADMIN_HEADERS });
    const error = (await response.json()) as { code: string; message: string };
    expect([response.status, error.code]).toEqual([500, "session-damaged"]);
    expect(error.message).toContain(`a payload of it is damaged, for ${why}; run playhead check`);
    expect(await server.add(sid, eventAt(1, "ping"))).toBe(204);
  }
  const text = await (await fetch(`${server.url}/metrics`, { headers: ADMIN_HEADERS })).text();
  expect(text).toContain("\nplayhead_damaged_sessions 3\n");
});
