/** The calendar jumps by a day, there and back: sessions close when they should, and no number is negative. */

import { describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DAY_MS } from "../../src/base/units.ts";
import { IS_FULL, sized } from "../support/effort.ts";
import { type ProcessOptions, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";
import { canMake } from "./support/tools.ts";

const IDLE_MS = sized({ full: 6000, fast: 1500 });
/** The server looks for due closes four times a second, and this machine may be busy. */
const LATE_MS_MAX = 4000;
/** How far a measurement from outside may fall short of the server's own. */
const EARLY_MS_MAX = 20;
/** Days between the calendar and the true time. */
const JUMPS = sized({ full: [1, -1, 0, -1, 1, 0, 1, -1, 0], fast: [1, -1, 0, 1] });
const PING_MS = 200;
const TEST_MS_MAX = 120_000;
/** The first hexadecimal digits of a sid are the calendar at its creation. */
const SID_TIME_DIGITS = 12;

/** A calendar that the test sets, for a process started with its options. */
function movableCalendar(directory: string): { options: ProcessOptions; set(days: number): void } {
  const file = join(directory, "calendar");
  const set = (days: number) => {
    writeFileSync(`${file}.new`, `${days < 0 ? "-" : "+"}${Math.abs(days)}d\n`);
    // Replaced at once: a process that reads an empty file ends.
    renameSync(`${file}.new`, file);
  };
  set(0);
  const library = Bun.spawnSync(["faketime", "now", "printenv", "LD_PRELOAD"]).stdout.toString().trim();
  const environment = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    // Only the calendar, which is all that a user or NTP can set: the stopwatch goes on.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const settings = { ADMIN_TOKEN, IDLE_TIMEOUT_MS: String(IDLE_MS), STALL_TIMEOUT_MS: String(DAY_MS) };
  return { options: { environment, settings }, set };
}

function calendarOf(sid: string): number {
  return Number.parseInt(sid.slice(0, SID_TIME_DIGITS), 16);
}

interface Watched {
  readonly sid: string;
  /** When its last event was sent; the server takes it between then and its answer. */
  readonly sentMs: number;
  /** When that was answered, and when it was first seen closed. */
  readonly sinceMs: number;
  closedMs: number | undefined;
}

/** Opens a session that then stays silent. */
async function openSilent(client: Client): Promise<Watched> {
  const sid = await client.open(sessionStart({ "media.name": "silent" }));
  const sentMs = performance.now();
  expect(await client.add(sid, eventAt(1, "play"))).toBe(204);
  return { sid, sentMs, sinceMs: performance.now(), closedMs: undefined };
}

async function isOpen(client: Client, sid: string): Promise<boolean> {
  return (await client.admin(`/admin/api/sessions/${sid}`)).session.status === "open";
}

/** Watches sessions until all of them are closed. */
async function watchClosing(client: Client, watched: readonly Watched[]): Promise<void> {
  await waitFor(
    async () => {
      for (const each of watched.filter(({ closedMs }) => closedMs === undefined)) {
        if (!(await isOpen(client, each.sid))) each.closedMs = performance.now();
      }
      return watched.every(({ closedMs }) => closedMs !== undefined);
    },
    IDLE_MS + 5 * LATE_MS_MAX,
  );
}

/** Sends a session an event now and then, until told to stop. @returns every status */
function keepAlive(client: Client, sid: string): { readonly stop: () => Promise<number[]> } {
  let isPlaying = true;
  const played = (async () => {
    const statuses: number[] = [];
    for (let second = 1; isPlaying; second += 1) {
      statuses.push(await client.add(sid, eventAt(second, "ping")));
      await Bun.sleep(PING_MS);
    }
    return statuses;
  })();
  // The caller of `stop` gets the error.
  played.catch(() => {});
  return {
    stop: () => {
      isPlaying = false;
      return played;
    },
  };
}

/** Finds negative numbers in JSON of any form. */
function negativesIn(value: unknown, at = ""): string[] {
  if (typeof value === "number") return value < 0 ? [`${at} is ${value}`] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => negativesIn(each, `${at}/${key}`));
}

async function expectNoNegatives(client: Client, sids: readonly string[]): Promise<void> {
  for (const sid of sids) {
    const { metrics, ads, chapters, states, watched, events } = await client.admin(`/admin/api/sessions/${sid}`);
    expect(negativesIn({ metrics, ads, chapters, states, watched, events })).toEqual([]);
  }
  expect(negativesIn(await client.totals("media.playerName==test-player"))).toEqual([]);
  expect(negativesIn(await client.admin("/admin/api/live/snapshot"))).toEqual([]);
}

describe.skipIf(!canMake("a calendar that jumps", { tools: ["faketime"] }))("a calendar that jumps by a day", () => {
  test(
    "closes no session early, keeps none open, and makes no number negative",
    async () => {
      using directory = tempDir();
      const calendar = movableCalendar(directory.path);
      await using server = await startProcess(join(directory.path, "data"), calendar.options);
      const client = new Client(server);
      const active = await client.open(sessionStart({ "media.name": "active" }));
      const player = keepAlive(client, active);
      const silent: Watched[] = [];
      const watching: Promise<void>[] = [];
      for (const days of JUMPS) {
        const before = await openSilent(client);
        calendar.set(days);
        const after = await openSilent(client);
        // Unless the server's own calendar has moved, this proves nothing.
        expect(Math.abs(calendarOf(after.sid) - Date.now() - days * DAY_MS)).toBeLessThan(DAY_MS / 2);
        silent.push(before, after);
        watching.push(watchClosing(client, [before, after]));
        // The wait below reports a failure.
        watching.at(-1)?.catch(() => {});
      }
      await Promise.all(watching);
      const openMs = silent.map(({ sinceMs, closedMs = Number.NaN }) => closedMs - sinceMs);
      process.stdout.write(`closed after ${openMs.map((ms) => Math.round(ms)).join(", ")} ms of ${IDLE_MS}\n`);
      for (const ms of openMs) expect(ms).toBeLessThan(IDLE_MS + LATE_MS_MAX);
      for (const { sentMs, closedMs = Number.NaN } of silent) {
        expect(closedMs - sentMs).toBeGreaterThan(IDLE_MS - EARLY_MS_MAX);
      }
      const statuses = await player.stop();
      expect([await isOpen(client, active), statuses.filter((status) => status !== 204)]).toEqual([true, []]);
      await expectNoNegatives(client, [active, ...silent.map(({ sid }) => sid)]);
      expect(server.stdout()).not.toMatch(/"level":"(error|warn)"/);
    },
    TEST_MS_MAX,
  );

  test.skipIf(!IS_FULL)(
    "back while the server is away keeps no session open for that day",
    async () => {
      using directory = tempDir();
      const calendar = movableCalendar(directory.path);
      const dataDir = join(directory.path, "data");
      const opened = await (async () => {
        await using server = await startProcess(dataDir, calendar.options);
        const sid = await new Client(server).open();
        server.signal("SIGKILL");
        await server.exited;
        return sid;
      })();
      calendar.set(-1);
      await using server = await startProcess(dataDir, calendar.options);
      const client = new Client(server);
      expect(await isOpen(client, opened)).toBe(true);
      await waitFor(async () => !(await isOpen(client, opened)), IDLE_MS + LATE_MS_MAX);
      await expectNoNegatives(client, [opened]);
    },
    TEST_MS_MAX,
  );
});
