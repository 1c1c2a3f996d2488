/**
 * Every number is right by a second program: those of an export, with all rows, agree with what that program works out
 * from the exported events alone. The sessions are made up; some are as they should be, and some broken.
 */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newSid } from "../../src/base/ids.ts";
import { begin, closeAtEnd } from "../../src/sessions/deadline.ts";
import { METRICS } from "../../src/sessions/metrics.ts";
import { newHead, type Write } from "../../src/store/journal.ts";
import { written } from "../../src/store/written.ts";
import { storedScene } from "../exports/stored.ts";
import { type Compared, compareExport } from "../sessions/oracle/exported.ts";
import { type MadeSession, madeSessions } from "../sessions/oracle/made.ts";
import { sized } from "../support/effort.ts";
import { runProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const SIMULATED = sized({ full: 20_000, fast: 400 });
const BROKEN = sized({ full: 10_000, fast: 250 });
/** A day that they all end by, so that each run has the same. */
const UNTIL = "2026-09-21T00:00:00Z";
/** Broken sessions are made, stored and exported so many at a time. */
const PER_STORE = 1000;
const BATCH = 250;
const BROKEN_BY_MAX = 2;
const SEED = 18;
const TEST_MS_MAX = sized({ full: 1_200_000, fast: 60_000 });

async function playhead(...args: readonly string[]): Promise<void> {
  await using ran = runProcess(args);
  const code = await ran.exited;
  if (code !== 0) throw new Error(`playhead ${args.join(" ")} ended with ${code}: ${ran.stderr()}`);
}

/** Exports a directory, and compares every number and row. */
async function exportedFrom(dataDir: string): Promise<Compared> {
  using directory = tempDir();
  const out = join(directory.path, "export");
  await playhead("export", "all", "--data-dir", dataDir, "--out", out);
  return await compareExport(out);
}

function writeOf({ events, isArray }: MadeSession): Write {
  const [start, ...rest] = events.map((event) => written(event, event.receivedAtMs));
  const last = events.at(-1);
  if (!start || !last) throw new Error("A made-up session has a start");
  const startedAtMs = start.receivedAtMs;
  const sid = newSid(startedAtMs);
  const head = newHead(begin(start, startedAtMs), { sid, startedAtMs, ...(isArray && { downloaded: true }) });
  return { head, start, events: rest, close: closeAtEnd(last, last.receivedAtMs) };
}

describe("an export's numbers and rows are those of a second program", () => {
  test(
    `for ${SIMULATED} simulated sessions`,
    async () => {
      using directory = tempDir();
      const fill = ["--sessions", String(SIMULATED), "--seed", String(SEED), "--until", UNTIL];
      await playhead("simulate", "--data-dir", directory.path, ...fill);
      const { sessions, events, numbers, differences } = await exportedFrom(directory.path);
      process.stdout.write(`${sessions} simulated sessions, ${events} events: ${numbers} numbers compared\n`);
      expect(differences).toEqual({});
      expect(sessions).toBe(SIMULATED);
      expect(numbers).toBeGreaterThanOrEqual(SIMULATED * METRICS.length);
    },
    TEST_MS_MAX,
  );

  test(
    `for ${BROKEN} broken sessions, live ones and arrays, mended and as their players say`,
    async () => {
      const all = { sessions: 0, events: 0, numbers: 0 };
      for (let done = 0; done < BROKEN; done += PER_STORE) {
        await using scene = storedScene();
        const sessions = Math.min(PER_STORE, BROKEN - done);
        const made = [...madeSessions({ seed: SEED + done, sessions, most: BROKEN_BY_MAX })];
        while (made.length > 0) await scene.store.append(made.splice(0, BATCH).map(writeOf));
        await scene.settle();
        const { differences, ...compared } = await exportedFrom(scene.dataDir);
        expect(differences).toEqual({});
        all.sessions += compared.sessions;
        all.events += compared.events;
        all.numbers += compared.numbers;
      }
      process.stdout.write(`${all.sessions} broken sessions, ${all.events} events: ${all.numbers} numbers compared\n`);
      expect(all.sessions).toBe(BROKEN);
    },
    TEST_MS_MAX,
  );
});
