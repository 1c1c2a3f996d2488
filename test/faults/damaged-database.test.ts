/** A page of PostgreSQL that a disk has damaged: an erasure passes over what lies there, and removes all else. */

import { describe, expect, test } from "bun:test";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Eraser } from "../../src/ingest/eraser.ts";
import type { DamageError } from "../../src/store/damage.ts";
import { openPostgresStore } from "../../src/store/postgres/open.ts";
import { adding, arrivedAt, newHead, opening } from "../store/writes.ts";
import { ManualClock } from "../support/clock.ts";
import { IS_FULL } from "../support/effort.ts";
import { ask, hasPostgres, type OwnPostgres, startOwnPostgres } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { tempDir } from "../support/temp-dir.ts";

const SESSIONS = 60;
const EVENTS = 20;
const PAGE_BYTES = 8192;
const PAD = "x".repeat(100);

/** Writes nonsense over a page in the middle of a table, while the server is away. */
async function damagePage(postgres: OwnPostgres, directory: string, url: string, table: string): Promise<void> {
  const [row] = await ask<{ path: string }>(url, `SELECT pg_relation_filepath('${table}') AS path`);
  await ask(url, "CHECKPOINT");
  await postgres.kill();
  const file = openSync(join(directory, "data", row?.path ?? ""), "r+");
  const page = Math.floor(fstatSync(file).size / PAGE_BYTES / 2);
  writeSync(file, Buffer.alloc(PAGE_BYTES, 0x5a), 0, PAGE_BYTES, page * PAGE_BYTES);
  closeSync(file);
  await postgres.start();
}

async function openStore(url: string) {
  const clock = { nowMs: () => Date.now(), elapsedMs: () => performance.now() };
  return openPostgresStore({ url, node: "a", version: "0.1.0", ...clock });
}

/** Stores open sessions of some pages. @returns their numbers */
async function fill(url: string): Promise<number[]> {
  const store = await openStore(url);
  const heads = Array.from({ length: SESSIONS }, () => newHead());
  await store.append(heads.map(opening));
  for (const head of heads) {
    const pings = Array.from({ length: EVENTS }, (_, at) =>
      arrivedAt(at + 1, "ping", { params: { pad: PAD } } as object),
    );
    await store.append([adding(head, ...pings)]);
  }
  await store.close();
  return heads.map(({ id }) => id);
}

describe.if(IS_FULL && hasPostgres())("a damaged page of PostgreSQL's events", () => {
  test("keeps the rows of its own sessions alone from an erasure, which says so", async () => {
    using directory = tempDir();
    await using postgres = await startOwnPostgres({ durable: true, directory: directory.path });
    const url = await postgres.createDatabase();
    const ids = await fill(url);
    await damagePage(postgres, directory.path, url, "events");
    const store = await openStore(url);
    const eraser = new Eraser({
      store,
      medium: store,
      intake: {
        eraseNow: (erased, reason) =>
          store.erase(
            erased.map((id) => ({ id, seq: EVENTS })),
            1,
            reason,
          ),
      },
      findSessionsOf: async () => ids,
      forgetFacts: async () => {},
      clock: new ManualClock(),
      log: silentLog,
    });
    const error: DamageError = await eraser.eraseVisitor("a-visitor").then(
      () => expect.unreachable(),
      (cause) => cause,
    );
    expect(error.message).toBe(
      `Cannot remove all of session ${error.session}: a page of the database is damaged; look into the log of PostgreSQL`,
    );
    const pending = await ask<{ session: number }>(url, "SELECT session FROM erasures WHERE pending ORDER BY session");
    const kept = pending.map(({ session }) => Number(session));
    expect(kept).toContain(error.session as number);
    // A page has the events of two or three sessions.
    expect(kept.length).toBeLessThan(6);
    // The next work isn't held up by them.
    await eraser.tidy({ erasuresBeforeMs: 0, erasedBeforeMs: 0 });
    await store.close();
  });
});
