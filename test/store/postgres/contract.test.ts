/** PostgreSQL keeps what every store promises. */

import { afterAll, beforeAll, describe } from "bun:test";
import { openPostgresReader, openPostgresStore } from "../../../src/store/postgres/open.ts";
import { hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";
import { describeChanges } from "../contract/changes.ts";
import { describeErasure } from "../contract/erasure.ts";
import { describeKeys } from "../contract/keys.ts";
import { describeLog } from "../contract/log.ts";
import { describeOpenings } from "../contract/openings.ts";
import { describePages } from "../contract/pages.ts";
import type { StoreScene } from "../contract/scene.ts";
import { describeSessions } from "../contract/sessions.ts";
import { describeTokens } from "../contract/tokens.ts";

let server: Postgres;

async function scene(): Promise<StoreScene> {
  const url = await server.createDatabase();
  const clock = { nowMs: () => Date.now(), elapsedMs: () => performance.now() };
  const options = { url, node: "a", version: "0.1.0", ...clock };
  let store = await openPostgresStore(options);
  return {
    get store() {
      return store;
    },
    knowsOpenEnds: true,
    put: (writes) => store.append(writes),
    reopen: async () => {
      await store.close();
      store = await openPostgresStore(options);
    },
    openReader: () => openPostgresReader(options),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

describe.if(hasPostgres())("a store in PostgreSQL", () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  for (const describeStore of [
    describeSessions,
    describeLog,
    describeChanges,
    describeErasure,
    describePages,
    describeKeys,
    describeOpenings,
    describeTokens,
  ]) {
    describeStore("PostgreSQL", scene);
  }
});
