/** Answers that take longer than a connection may be idle: a waiting client gets them. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { IDLE_TIMEOUT_S, patient } from "../../src/http/patience.ts";
import type { Handler } from "../../src/http/resource.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { IS_FULL } from "../support/effort.ts";
import { ADMIN_TOKEN, sessionStart, startTestServer } from "../support/server.ts";
import { exchange } from "./support/wire.ts";

const TEST_MS_MAX = 60_000;
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/** A server whose handler answers when told to. */
function serve(wrap: (handler: Handler) => Handler, isDone: Promise<void>) {
  const handler = wrap(() => isDone.then(() => new Response("done")));
  // The shortest idle timeout.
  return Bun.serve({ port: 0, idleTimeout: 1, fetch: (request, server) => handler(request as never, {}, server) });
}

describe("a handler that takes longer than a connection may be idle", () => {
  test("is cut off by Bun, unless it is patient: then its client gets the answer", async () => {
    const { promise: isDone, resolve: finish } = Promise.withResolvers<void>();
    await using impatient = serve((handler) => handler, isDone);
    await using waiting = serve(patient, isDone);
    const until = (text: string) => text.includes("done");
    const answer = exchange(waiting.port as number, GET, { until });
    expect(await exchange(impatient.port as number, GET, { until })).toMatchObject({ text: "", closed: true });
    finish();
    expect(await answer).toMatchObject({ statuses: [200], closed: false });
  });
});

describe.skipIf(!IS_FULL)("an erasure that takes longer than a connection may be idle", () => {
  test(
    "is answered with its outcome, and its connection is closed when it is idle from then on",
    async () => {
      const waitMs = (IDLE_TIMEOUT_S + 5) * 1000;
      await using server = await startTestServer({
        openStore: ({ dataDir, synchronous }) => {
          const store = openSqliteStore({ path: join(dataDir, "playhead.db"), synchronous });
          const find = store.findVisitor.bind(store);
          store.findVisitor = async (query) => {
            await Bun.sleep(waitMs);
            return find(query);
          };
          return store;
        },
      });
      await server.open(sessionStart({ "analytics.visitorId": "ann" }));
      const head = `DELETE /admin/api/visitors/ann HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`;
      const sinceMs = performance.now();
      const { text, statuses, closed } = await exchange(server.app.port, head);
      expect([statuses, closed]).toEqual([[200], true]);
      expect(text).toEndWith('{"erasedSessions":1}');
      expect(performance.now() - sinceMs).toBeGreaterThan(waitMs);
    },
    TEST_MS_MAX,
  );
});
