/** A database of version 0.1 under players: kill -9 while its starts move loses none, and the old table goes in the end. */

import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { join } from "node:path";
import { newSid } from "../../src/base/ids.ts";
import { migrate } from "../../src/store/sqlite/migrate.ts";
import { MIGRATIONS } from "../../src/store/sqlite/migrations.ts";
import { openDatabase } from "../../src/store/sqlite/open.ts";
import { sized } from "../support/effort.ts";
import { Ledger, SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, REQUIRED_PARAMS } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const STARTS = sized({ full: 200_000, fast: 12_000 });
const KILLS = sized({ full: 10, fast: 2 });
const CLIENTS = 20;
const TEST_MS_MAX = 300_000;
const BEFORE = MIGRATIONS.findIndex(({ tag }) => tag.endsWith("_form"));

/** @returns the ids of its sessions, in order */
function makeOld(path: string): string[] {
  using client = openDatabase({ path, synchronous: "NORMAL" });
  migrate(client, MIGRATIONS.slice(0, BEFORE));
  const at = Date.now() - 90_000_000;
  const payload = JSON.stringify({ params: REQUIRED_PARAMS, customMetadata: { own: "x".repeat(300) } });
  const sids = Array.from({ length: STARTS }, (_, id) => newSid(at + id));
  client.transaction(() => {
    const insert = client.query("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, 0, 0, ?, NULL, NULL)");
    const close = client.query(`INSERT INTO closes (session, reason, closed_at, end_ts, last_seq, pending)
      VALUES (?, 'session-end', ?, ?, 0, 0)`);
    for (const [id, sid] of sids.entries()) {
      insert.run(id + 1, sid, at + id, at + id, at + id, payload);
      close.run(id + 1, at + id, at + id);
    }
  })();
  return sids;
}

/** How many starts are left to move; undefined once their table is gone. */
function leftIn(path: string): number | undefined {
  using reader = new Database(path, { readonly: true });
  if (!reader.query("SELECT 1 FROM sqlite_schema WHERE name = 'text_sessions'").get()) return undefined;
  return Number(reader.query("SELECT count(*) FROM text_sessions").values()[0]?.[0]);
}

test(
  `starts of version 0.1 move beside players, through kill -9 (${KILLS})`,
  async () => {
    using directory = tempDir();
    const path = join(directory.path, "playhead.db");
    const sids = makeOld(path);
    const ledger = new Ledger();
    const step = STARTS / (KILLS + 1);
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await using server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
      const load = new Load(server, { clients: CLIENTS, ledger });
      await load.answered(50);
      await waitFor(() => (leftIn(path) ?? 0) <= STARTS - kill * step * 0.5, TEST_MS_MAX);
      server.signal("SIGKILL");
      await server.exited;
      await load.ended;
      expect(load.unexpected).toEqual([]);
      expect(leftIn(path)).toBeGreaterThan(0);
    }
    await using server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
    await waitFor(() => leftIn(path) === undefined, TEST_MS_MAX);
    await waitFor(
      () =>
        server.stderr().includes("Moved the session starts") || server.stdout().includes("Moved the session starts"),
    );
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    const metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
    expect(metrics).toContain("\nplayhead_rows_to_move 0\n");
    expect(ledger.lookUp(directory.path)).toMatchObject(SOUND);
    using reader = new Database(path, { readonly: true });
    const stored = reader.query<never, []>(
      "SELECT sid FROM sessions WHERE id <= ? ORDER BY id".replace("?", `${STARTS}`),
    );
    expect(stored.values().flat()).toEqual(sids);
    const found = await fetch(`${server.url}/admin/api/sessions/${sids[7]}`, { headers });
    expect(await found.json()).toMatchObject({ session: { sid: sids[7] } });
  },
  TEST_MS_MAX,
);
