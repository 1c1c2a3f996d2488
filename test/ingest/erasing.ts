/** What the tests of erasing share: Ann, who is erased, and a store that waits where a test wants it to. */

import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Settings } from "../../src/config.ts";
import type { JournalStore } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { ADMIN_HEADERS, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

export const ANN = { "analytics.visitorId": "ann" };

export function eraseAnn(server: TestServer): Promise<Response> {
  return fetch(`${server.url}/admin/api/visitors/ann`, { method: "DELETE", headers: ADMIN_HEADERS });
}

export async function countOf(response: Promise<Response>): Promise<number> {
  return ((await (await response).json()) as { erasedSessions: number }).erasedSessions;
}

/** Rows that belong to no session, and sessions without their close: what a lost race would leave. */
export function orphansIn(server: TestServer): number {
  using reader = new Database(join(server.dataDir, "playhead.db"), { readonly: true });
  const tables = [
    "events",
    "closes",
    "heads",
    "results",
    "ads",
    "ad_breaks",
    "chapters",
    "states",
    "errors",
    "openings",
  ];
  const counts = tables.map(
    (table) => reader.query(`SELECT count(*) FROM ${table} WHERE session NOT IN (SELECT id FROM sessions)`).values()[0],
  );
  return counts.reduce((sum, row) => sum + Number(row?.[0]), 0);
}

/** A method of the real store that waits at a gate, once it is shut: before its work, or behind it. */
export class Gate {
  #shut: PromiseWithResolvers<void> | undefined;
  reached = 0;
  searched = 0;

  shut(): void {
    this.#shut = Promise.withResolvers();
  }

  open(): void {
    this.#shut?.resolve();
    this.#shut = undefined;
  }

  async pass(): Promise<void> {
    if (!this.#shut) return;
    this.reached += 1;
    await this.#shut.promise;
  }
}

export function storeWith(change: (store: JournalStore) => Partial<JournalStore>): (config: Settings) => JournalStore {
  return (config) => {
    const store = openSqliteStore({ path: join(config.dataDir, "playhead.db"), synchronous: "NORMAL" });
    return Object.assign(store, change(store));
  };
}

/** Slow in `append`, as a disk is; the gate also counts searches that came to their end. */
export function slowAppend(gate: Gate) {
  return storeWith((store) => {
    const append = store.append.bind(store);
    const findVisitor = store.findVisitor.bind(store);
    return {
      append: async (writes) => {
        await gate.pass();
        await append(writes);
      },
      findVisitor: async (query) => {
        const page = await findVisitor(query);
        if (page.lastId === undefined) gate.searched += 1;
        return page;
      },
    };
  });
}

/** Resolves when so much waits for the store that the server says it is not ready. */
export function waitForQueue(server: TestServer): Promise<void> {
  return waitFor(async () => !(await fetch(`${server.url}/readyz`)).ok);
}
