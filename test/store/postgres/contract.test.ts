/** PostgreSQL keeps what every store promises. */

import { afterAll, beforeAll, describe } from "bun:test";
import { openPostgresReader, openPostgresStore } from "../../../src/store/postgres/open.ts";
import { hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";
import { describeStore } from "../contract/contract.ts";
import type { StoreScene } from "../contract/scene.ts";

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

  describeStore("PostgreSQL", scene);
});
