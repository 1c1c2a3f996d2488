/** A session that is fed without an end, by legal events as large as may be: it ends, and the others notice nothing. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { KIB, MIB } from "../../src/base/units.ts";
import type { Parameters } from "../../src/protocol/event.ts";
import { textOf } from "../../src/store/event-text.ts";
import { sized } from "../support/effort.ts";
import { startProcess } from "../support/process.ts";
import { sessionStart, TS } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client, eventsOf } from "./support/client.ts";
import { memoryOf } from "./support/crowd.ts";
import { startProbe, WAIT_MS_MAX } from "./support/probe.ts";

const { pings: PINGS, bytesMax: BYTES_MAX } = sized({
  full: { pings: 24_000, bytesMax: 64 * MIB },
  fast: { pings: 400, bytesMax: 4 * MIB },
});
/** Below the 64 KiB of a body and the 8 KiB of a text. */
const METADATA = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`key${at}`, "x".repeat(7.5 * KIB)]));
/** As the store keeps it, with its flags: the events are years old when they arrive. */
const PING_FLAGS = ["misplaced-member:customMetadata", "ts-implausible"];
/** What the server knows of this client by its User-Agent. */
const DERIVED = {
  "viewer.device": "other",
  "viewer.browser": "other",
  "viewer.os": "other",
  "viewer.bot": "tool",
};
const PARAMS = sessionStart()["params"] as Parameters;
const PING_BYTES = textOf({ type: "ping", tsMs: 0, playheadMs: 0, customMetadata: METADATA, flags: PING_FLAGS }).bytes;
const START_BYTES = textOf({
  type: "sessionStart",
  tsMs: 0,
  playheadMs: 0,
  params: PARAMS,
  flags: ["ts-implausible"],
  derived: DERIVED,
}).bytes;
const EVENTS_THAT_FIT = Math.floor((BYTES_MAX - START_BYTES) / PING_BYTES);
const KILLED_BEHIND = Math.floor(EVENTS_THAT_FIT / 2);
const AT_ONCE = 8;
/** docs/operations.md: 250 MB and the bodies under way; this test asks for no report. */
const MEMORY_MIB_MAX = 250e6 / MIB + 64;
const START_MORE_MS_MAX = 3000;
const FOLDED_MS_MAX = 30_000;
const TEST_MS_MAX = sized({ full: 300_000, fast: 60_000 });

const REST = JSON.stringify({ eventType: "ping", customMetadata: METADATA }).slice(1);
const bodyOf = (second: number) => `{"playerTime":{"playhead":${second},"ts":${TS + second * 1000}},${REST}`;

/** Sends pings of one session, several at once. @returns how many were answered with each status */
async function feed(client: Client, sid: string, from: number, until: number): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  let next = from;
  const feeder = async () => {
    while (next < until) {
      next += 1;
      const { status } = await client.post(eventsOf(sid), bodyOf(next));
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, feeder));
  return statuses;
}

async function startTimed(dataDir: string) {
  const sinceMs = performance.now();
  const settings = { SESSION_BYTES_MAX: String(BYTES_MAX) };
  const server = await startProcess(dataDir, { settings });
  return { server, tookMs: performance.now() - sinceMs };
}

/** What the store counts of the only session, and what there is. */
function countsIn(dataDir: string): unknown {
  using database = new Database(join(dataDir, "playhead.db"), { readonly: true });
  return database.query(`SELECT reason, events, bytes, (SELECT count(*) + 1 FROM events) AS rows FROM closes`).all();
}

function isFolded(dataDir: string): boolean {
  using database = new Database(join(dataDir, "playhead.db"), { readonly: true });
  return database.query("SELECT 1 FROM results").get() !== null;
}

describe("a session without an end", () => {
  test(
    "ends with the event that is too much, also over a kill; memory, other clients and starts are as they were",
    async () => {
      using directory = tempDir();
      const first = await startTimed(directory.path);
      let sid: string;
      {
        await using server = first.server;
        sid = await new Client(server).open();
        expect(await feed(new Client(server), sid, 0, KILLED_BEHIND)).toEqual({ "204": KILLED_BEHIND });
      }
      const second = await startTimed(directory.path);
      {
        await using server = second.server;
        const client = new Client(server);
        using probe = await startProbe(server);
        const statuses = await feed(client, sid, KILLED_BEHIND, PINGS);
        expect(statuses).toEqual({ "204": EVENTS_THAT_FIT - KILLED_BEHIND, "410": PINGS - EVENTS_THAT_FIT });
        await waitFor(() => isFolded(directory.path), FOLDED_MS_MAX);
        const slowestMs = await probe.stop();
        const memory = memoryOf(server.pid);
        const startedMs = [first.tookMs, second.tookMs];
        process.stdout.write(`${JSON.stringify({ statuses, slowestMs, memory, startedMs })}\n`);
        expect(slowestMs).toBeLessThan(WAIT_MS_MAX);
        expect(memory.mibMax).toBeLessThan(MEMORY_MIB_MAX);
      }
      const bytes = START_BYTES + EVENTS_THAT_FIT * PING_BYTES;
      const events = EVENTS_THAT_FIT + 1;
      expect(countsIn(directory.path)).toEqual([{ reason: "limit", events, bytes, rows: events }]);
      const third = await startTimed(directory.path);
      await using server = third.server;
      expect(await feed(new Client(server), sid, 0, AT_ONCE)).toEqual({ "410": AT_ONCE });
      expect(Math.max(second.tookMs, third.tookMs)).toBeLessThan(2 * first.tookMs + START_MORE_MS_MAX);
    },
    TEST_MS_MAX,
  );
});
