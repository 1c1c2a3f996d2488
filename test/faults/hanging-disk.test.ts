/** A sync that takes seconds: requests without need of the disk are answered, and long waits are refused. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { tamper } from "./support/strace.ts";
import { canMake } from "./support/tools.ts";

const SYNC_MS = 4000;
const WAIT_MS_MAX = 1000;
/** The time of an answer that needs no disk: far below a sync's, even on a busy machine. */
const ANSWER_MS_MAX = 1500;
/** Consecutive looks at which a held thread must be found stopped. */
const LOOKS = 20;
const TEST_MS_MAX = 60_000;

function postTo(url: string, path: string, body: object): Promise<Response> {
  return fetch(url + path, { method: "POST", body: JSON.stringify(body) });
}

async function timed(work: Promise<Response>): Promise<{ status: number; ms: number }> {
  const sinceMs = performance.now();
  const { status } = await work;
  return { status, ms: performance.now() - sinceMs };
}

/** Whether strace holds a thread of a process: it stops other threads for the moment of a call at most. */
function holdOf(pid: number): () => boolean {
  const looks = new Map<string, number>();
  return () => {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const isStopped = / t /.test(readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1").split(")")[1] ?? "");
      looks.set(thread, isStopped ? (looks.get(thread) ?? 0) + 1 : 0);
    }
    return Math.max(...looks.values()) >= LOOKS;
  };
}

describe.skipIf(!canMake("a disk that hangs", { tools: ["strace"] }))("a disk that hangs", () => {
  test(
    "holds up only the players whose events it holds, and stores these in the end",
    async () => {
      using directory = tempDir();
      const settings = { QUEUE_WAIT_MS_MAX: String(WAIT_MS_MAX) };
      await using server = await startProcess(directory.path, { settings });
      const post = (path: string, body: object) => postTo(server.url, path, body);
      const sid = sidOf(await post("/api/v1/sessions", sessionStart()));
      const events = `/api/v1/sessions/${sid}/events`;
      await using tampering = await tamper(server.pid, `fsync:delay_enter=${SYNC_MS * 1000}`);
      const held = timed(post(events, eventAt(1, "ping")));
      await waitFor(holdOf(server.pid));
      const others = await Promise.all([
        timed(fetch(`${server.url}/healthz`)),
        timed(post("/api/v1/sessions", { eventType: "nonsense" })),
        timed(post(`/api/v1/sessions/${sid.replaceAll(/./g, "0")}/events`, eventAt(1, "ping"))),
      ]);
      expect(others.map(({ status }) => status)).toEqual([200, 400, 404]);
      expect(Math.max(...others.map(({ ms }) => ms))).toBeLessThan(ANSWER_MS_MAX);
      const late = await timed(post(events, eventAt(2, "ping")));
      expect(late.status).toBe(503);
      expect(late.ms).toBeLessThan(WAIT_MS_MAX + ANSWER_MS_MAX);
      await tampering.stop();
      expect((await held).status).toBe(204);
      expect((await post(events, eventAt(3, "ping"))).status).toBe(204);
    },
    TEST_MS_MAX,
  );

  test("holds up no request while numbers are stored, a probe writes or a session is erased", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
    const sid = sidOf(await postTo(server.url, "/api/v1/sessions", sessionStart()));
    // Only the commit thread may wait.
    await using tampering = await tamper(server.pid, "fsync:delay_enter=1", { mainThread: true });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await postTo(server.url, `/api/v1/sessions/${sid}/events`, eventAt(1, "sessionEnd"));
    using reader = new Database(join(directory.path, "playhead.db"), { readonly: true });
    const count = reader.query<{ results: number }, []>("SELECT count(*) AS results FROM results");
    await waitFor(() => count.get()?.results === 1);
    const erasing = { method: "DELETE", headers: { Authorization: `Bearer ${ADMIN_TOKEN}` } };
    expect((await fetch(`${server.url}/admin/api/sessions/${sid}`, erasing)).status).toBe(200);
    const swept = reader.query<{ value: number }, []>("SELECT value FROM counters WHERE name = 'unswept'");
    await waitFor(() => swept.get()?.value === 0);
    expect(tampering.calls()).toBe(0);
  });
});
