/** A screen that plays one channel for a month closes, folds again and is looked at, and no other client waits. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MINUTE_MS } from "../../src/base/units.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { adding, newHead, opening } from "../store/writes.ts";
import { sized } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, TS } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { startProbe, WAIT_MS_MAX } from "./support/probe.ts";

const PINGS = sized({ full: 260_000, fast: 12_000 });
const PING_S = 10;
const LATE_EVENTS = 5;
/** With the Workers of folds and of reports, which start meanwhile. */
const MORE_MIB_MAX = 250;
const TEST_MS_MAX = sized({ full: 300_000, fast: 60_000 });
const BATCH = 4000;

/** Writes an open session into a data directory. @returns its sid */
async function fill(dataDir: string): Promise<string> {
  const store = openSqliteStore({ path: join(dataDir, "playhead.db"), synchronous: "NORMAL" });
  const head = newHead(Date.now() - MINUTE_MS);
  await store.append([opening(head)]);
  for (let at = 0; at < PINGS; at += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, PINGS - at) }, (_, more) => pingAt(at + more));
    await store.append([adding(head, ...events)]);
  }
  const arrivedAtMs = Date.now();
  Object.assign(head, { arrivedAtMs, movedAtMs: arrivedAtMs, playheadMs: PINGS * PING_S * 1000 });
  await store.saveHeads([{ ...head, tsMaxMs: pingAt(PINGS - 1).tsMs }]);
  await store.finishCheckpoint(store.position());
  await store.close();
  return head.sid;
}

function pingAt(at: number): ArrivedEvent {
  const second = (at + 1) * PING_S;
  const tsMs = TS + second * 1000;
  const playheadMs = second * 1000;
  return { type: at === 0 ? "play" : "ping", tsMs, playheadMs, flags: [], receivedAtMs: Date.now() };
}

interface Answer {
  readonly sessions: readonly { readonly metrics?: Record<string, number> }[];
  readonly events: readonly { readonly type: string; readonly ts: number }[];
  readonly eventsTotal: number;
  readonly nextCursor: string | null;
}

async function admin({ url }: ServerProcess, path: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { headers: ADMIN_HEADERS });
  expect(response.status).toBe(200);
  return response.json() as Promise<Answer>;
}

async function add({ url }: ServerProcess, sid: string, event: object): Promise<void> {
  const path = `${url}/api/v1/sessions/${sid}/events`;
  const response = await fetch(path, { method: "POST", body: JSON.stringify(event) });
  expect(response.status).toBe(204);
}

function highestMib({ pid }: ServerProcess): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** The session of the list, once it has stored numbers of at least so many errors. */
async function settled(server: ServerProcess, errors: number): Promise<Record<string, number>> {
  let metrics: Record<string, number> = {};
  await waitFor(async () => {
    const { sessions } = await admin(server, "/admin/api/sessions?status=closed");
    metrics = sessions[0]?.metrics ?? {};
    return metrics["errorEvents"] === errors;
  }, TEST_MS_MAX);
  return metrics;
}

describe("a month of one channel", () => {
  test(
    "closes over a kill, folds late events and is looked at; no client waits, and no memory is taken for it",
    async () => {
      using directory = tempDir();
      const sid = await fill(directory.path);
      const settings = { ADMIN_TOKEN, LATE_GRACE_MS: String(10 * MINUTE_MS) };
      const after = (second: number, type: string) => eventAt(PINGS * PING_S + second, type);
      const killed = await startProcess(directory.path, { settings });
      await add(killed, sid, after(PING_S, "sessionEnd"));
      killed.signal("SIGKILL");
      await killed.exited;
      await using server = await startProcess(directory.path, { settings });
      const before = highestMib(server);
      using probe = await startProbe(server);
      const metrics = await settled(server, 0);
      expect(metrics["contentTimeSpent"]).toBe(PINGS * PING_S);
      for (let at = 0; at < LATE_EVENTS; at += 1) await add(server, sid, eventAt(5 + at, "error"));
      const first = await admin(server, `/admin/api/sessions/${sid}`);
      expect([first.events.length, first.eventsTotal]).toEqual([1000, PINGS + 2 + LATE_EVENTS]);
      const types = first.events.map(({ type }) => type);
      const next = await admin(server, `/admin/api/sessions/${sid}/events?cursor=${first.nextCursor}`);
      expect(next.events[0]?.ts).toBeGreaterThan(first.events.at(-1)?.ts ?? Number.NaN);
      expect(types.slice(0, 3)).toEqual(["sessionStart", "error", "error"]);
      expect((await settled(server, LATE_EVENTS))["errorEvents"]).toBe(LATE_EVENTS);
      await admin(server, "/admin/api/reports?metrics=mediaStarts");
      const seen = { waitMs: await probe.stop(), moreMib: highestMib(server) - before };
      expect(seen.waitMs).toBeLessThan(WAIT_MS_MAX);
      expect(seen.moreMib).toBeLessThan(MORE_MIB_MAX);
      expect(server.stderr()).not.toContain("could not be folded");
    },
    TEST_MS_MAX,
  );
});
