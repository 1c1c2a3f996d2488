/** Reports that take too long, need too much memory, or are too many: refused in time, and the next is answered. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../../src/base/units.ts";
import { factsPathOf } from "../../src/data-dir/paths.ts";
import { FactsDatabase, nextPathOf } from "../../src/reports/facts/database.ts";
import { openSqliteStoreForReading } from "../../src/store/sqlite/store.ts";
import { ADMIN_HEADERS, startTestServer, type TestServer, tempDir } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const FACTS = 500_000;
/** How far an answer may exceed the limit: the machine may be busy with other tests. */
const GRACE_MS = 3000;
const TIMEOUT_MS = 150;
const MAKING_MS_MAX = 120_000;
const METRICS = ["contentTimeSpent", "adTimeSpent", "uniqueTimePlayed", "totalBufferDuration", "totalPauseDuration"];
const RANGE = { from: 0, to: FACTS };

const directory = tempDir();
const MADE = join(directory.path, "made.duckdb");
const MEMORY = { memoryBytesMax: 512 * MIB };

/** Facts take seconds to build, so both servers get a copy. */
beforeAll(async () => {
  await using database = await FactsDatabase.open({ path: MADE, ...MEMORY });
  const numbers = METRICS.map((id) => `"${id}"`).join();
  await database.advance({ revision: 0, lineage: 0, holdsErased: false }, async () => {
    await database.connection.run(
      `INSERT INTO kept.main.sessions (session, sid, "startedAt", "open", "media.id", "mediaStarts", ${numbers})
       SELECT -range, md5(range::VARCHAR), range, false, 'm' || (range % 500), 1, ${METRICS.map((_, at) => `hash(range + ${at}) % 1000000`)}
       FROM range(${FACTS})`,
    );
  });
}, MAKING_MS_MAX);
afterAll(() => directory[Symbol.dispose]());

/** Gives a server the facts to take over as its own store's, which has none of the sessions. */
async function handFacts(server: TestServer): Promise<void> {
  const { dataDir } = server;
  const path = factsPathOf({ dataDir });
  copyFileSync(MADE, `${path}.made`);
  const store = openSqliteStoreForReading({ path: join(dataDir, "playhead.db"), synchronous: "FULL" });
  const { revision, lineage } = await store.watermark();
  await store.close();
  {
    await using database = await FactsDatabase.open({ path: `${path}.made`, ...MEMORY });
    await database.advance({ revision, lineage, holdsErased: false }, async () => {});
  }
  renameSync(`${path}.made`, nextPathOf(path));
  await waitFor(async () => (await ask(server, SMALL)).body.totals?.mediaStarts === 10);
}

interface Asked {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it reads
  readonly body: any;
  readonly retryAfter: string | null;
  readonly tookMs: number;
}

async function ask({ url }: TestServer, query: object, signal?: AbortSignal): Promise<Asked> {
  const sinceMs = performance.now();
  const response = await fetch(`${url}/admin/api/reports`, {
    method: "POST",
    headers: ADMIN_HEADERS,
    body: JSON.stringify({ ...RANGE, open: "exclude", ...query }),
    ...(signal && { signal }),
  });
  const body = await response.json();
  const retryAfter = response.headers.get("Retry-After");
  return { status: response.status, body, retryAfter, tookMs: performance.now() - sinceMs };
}

const PERCENTILES = METRICS.flatMap((id) => ["p50", "p90", "p99"].map((each) => `${id}:${each}`));
/** Seconds of work in little memory: it searches every text for many others. */
const LONG = {
  metrics: PERCENTILES,
  dimension: "media.id",
  filter: Array.from({ length: 20 }, (_, at) => ({
    name: at % 2 === 0 ? "sid" : "media.id",
    operator: "=~",
    value: "",
  })),
  granularity: "minute",
  compare: "previous",
};
/** A group for every session, with all of its numbers. */
const LARGE = { metrics: PERCENTILES, dimension: ["sid", "media.id"] };
const SMALL = { metrics: "mediaStarts", from: 10, to: 20 };

/** A small one may take longer than is allowed here on a busy machine; it must be answered all the same, and soon. */
async function expectAnswered(server: TestServer): Promise<void> {
  await waitFor(async () => {
    const { status, body } = await ask(server, SMALL);
    if (status === 503) expect(body.message).toContain(`${TIMEOUT_MS} ms`);
    else expect([status, body.totals?.mediaStarts]).toEqual([200, 10]);
    return status === 200;
  });
}

let server: TestServer;

describe("a report that takes too long", () => {
  beforeAll(async () => {
    server = await startTestServer({ config: { reportTimeoutMs: TIMEOUT_MS, reportsQueueMax: 2 } });
    await handFacts(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("is answered 503 in time, and the next one is answered", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { status, body, retryAfter, tookMs } = await ask(server, LONG);
      expect([status, retryAfter]).toEqual([503, "1"]);
      expect(body.message).toContain(`${TIMEOUT_MS} ms`);
      expect(tookMs).toBeGreaterThan(TIMEOUT_MS - 50);
      expect(tookMs).toBeLessThan(TIMEOUT_MS + GRACE_MS);
      await expectAnswered(server);
    }
  });

  test("ends when its client leaves, and makes room", async () => {
    for (let round = 0; round < 3; round += 1) {
      const leaving = [new AbortController(), new AbortController()];
      const asked = leaving.map(({ signal }) => ask(server, LONG, signal).catch(() => "gone"));
      await Bun.sleep(50);
      for (const each of leaving) each.abort();
      expect(await Promise.all(asked)).toEqual(["gone", "gone"]);
      await waitFor(async () => (await ask(server, SMALL)).status === 200, TIMEOUT_MS + GRACE_MS);
    }
  });

  test("among forty at once leaves some answered 503 with Retry-After, and none 500", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => ask(server, at % 4 === 0 ? LONG : SMALL)));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => ![200, 503].includes(status))).toEqual([]);
    expect(statuses.has(503)).toBe(true);
    for (const { status, retryAfter } of answers) expect(retryAfter).toBe(status === 503 ? "1" : null);
    await expectAnswered(server);
    expect(server.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

describe("a report that needs too much memory", () => {
  beforeAll(async () => {
    server = await startTestServer({ config: { reportsMemoryBytesMax: 64 * MIB, reportTimeoutMs: 20_000 } });
    await handFacts(server);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("is answered 400 with advice, and the next one is answered", async () => {
    for (let round = 0; round < 2; round += 1) {
      const { status, body } = await ask(server, LARGE);
      expect([status, body.message]).toEqual([400, expect.stringContaining("choose a shorter range or a filter")]);
      await expectAnswered(server);
    }
    expect(server.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
