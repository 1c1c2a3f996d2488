/** Sessions that say as much as they may: whatever reads many of them holds a few at a time, and ends within bounds. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KIB, MIB } from "../../src/base/units.ts";
import { IS_FULL, sized } from "../support/effort.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";
import { ADS_KEPT, ADS_PER_SESSION, storeHeavySessions, storeLongNames } from "./support/heavy-sessions.ts";

const HEAVY = sized({ full: { sessions: 240, open: 40 }, fast: { sessions: 32, open: 4 } });
const REPORTS_BYTES_MAX = 192 * MIB;
const SETTINGS = { ADMIN_TOKEN, REPORTS_MEMORY_BYTES_MAX: String(REPORTS_BYTES_MAX) };
/** What docs/exports.md says of one. */
const PROCESS_BYTES_MAX = 300e6;
/** docs/operations.md: 250 MB, the bodies that may be under way, and what reports may take. */
const FACTS_BYTES_MAX = 250e6 + 64 * MIB + REPORTS_BYTES_MAX;
/** Open sessions with the longest names: 24 KB each. */
const LONG_NAMES = sized({ full: 100_000, fast: 8000 });
/** A name for each; 800 MB of them are more than a report with so little memory can group, even on the disk. */
const NAMED = sized<string | number>({ full: "report-too-large", fast: LONG_NAMES });
/** docs/operations.md; those of a fast run must do without what reports and bodies may take. */
const START_BYTES_MAX = sized({ full: FACTS_BYTES_MAX, fast: 250e6 }) + 2000 * LONG_NAMES;
const LOOK_MS = 5;
const TEST_MS_MAX = sized({ full: 300_000, fast: 30_000 });

/** The most memory that a process has held so far; undefined once it has ended. */
function peakBytesOf(pid: number): number | undefined {
  try {
    const [, kib] = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kib === undefined ? undefined : Number(kib) * KIB;
  } catch {
    return undefined;
  }
}

describe(`${HEAVY.sessions} sessions of 2.5 MB`, () => {
  const directory = tempDir();
  beforeAll(() => storeHeavySessions(directory.path, HEAVY), TEST_MS_MAX);
  afterAll(() => directory[Symbol.dispose]());

  /** Runs a command. @returns the most memory that it held */
  async function run(...args: readonly string[]): Promise<number> {
    await using command = runProcess(args, { settings: { ...SETTINGS, DATA_DIR: directory.path } });
    let peakBytes = 0;
    const looking = setInterval(() => {
      peakBytes = Math.max(peakBytes, peakBytesOf(command.pid) ?? 0);
    }, LOOK_MS);
    const code = await command.exited;
    clearInterval(looking);
    expect([command.stderr(), code]).toEqual(["", 0]);
    expect(peakBytes).toBeGreaterThan(0);
    process.stdout.write(`${args.join(" ")}: ${Math.round(peakBytes / 1e6)} MB\n`);
    return peakBytes;
  }

  test(
    "the facts of them all are made",
    async () => {
      expect(await run("rebuild-reports")).toBeLessThan(FACTS_BYTES_MAX);
    },
    TEST_MS_MAX,
  );

  test(
    "are exported, with the rows of those that are open",
    async () => {
      const out = join(directory.path, "ads.ndjson");
      expect(await run("export", "ads", "--format", "ndjson", "--out", out)).toBeLessThan(PROCESS_BYTES_MAX);
      const lines = Number.parseInt(Bun.spawnSync(["wc", "-l", out]).stdout.toString(), 10);
      expect(lines).toBe(HEAVY.sessions * ADS_KEPT);
    },
    TEST_MS_MAX,
  );

  for (const args of [
    ["export", "ads", "--format", "parquet", "--out", join(directory.path, "ads.parquet")],
    ["export", "sessions", "--format", "ndjson", "--out", join(directory.path, "sessions.ndjson")],
    ["export", "events", "--format", "ndjson", "--out", join(directory.path, "events.ndjson")],
    ["recompute"],
  ]) {
    test.skipIf(!IS_FULL)(
      `are read by ${args.slice(0, 4).join(" ")}`,
      async () => expect(await run(...args)).toBeLessThan(PROCESS_BYTES_MAX),
      TEST_MS_MAX,
    );
  }

  test.skipIf(!IS_FULL)(
    "are no trouble to a server that starts and makes the facts of them",
    async () => {
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const client = new Client(server);
      await client.open();
      const report = "/admin/api/reports?metrics=adStarts&from=2020-01-01&to=2030-01-01&filter=metadataCut==true";
      let answered: { totals?: { adStarts: number } } = {};
      await waitFor(async () => {
        const response = await client.ask(report);
        expect([200, 503]).toContain(response.status);
        answered = (await response.json()) as typeof answered;
        return response.status === 200 && answered.totals?.adStarts === HEAVY.sessions * ADS_PER_SESSION;
      }, TEST_MS_MAX);
      const peakBytes = peakBytesOf(server.pid) ?? Number.NaN;
      process.stdout.write(`serve: ${Math.round(peakBytes / 1e6)} MB\n`);
      expect(peakBytes).toBeLessThan(FACTS_BYTES_MAX);
    },
    TEST_MS_MAX,
  );
});

describe(`${LONG_NAMES} open sessions with the longest names`, () => {
  const directory = tempDir();
  beforeAll(() => storeLongNames(directory.path, LONG_NAMES), TEST_MS_MAX);
  afterAll(() => directory[Symbol.dispose]());

  test(
    "are found by a start, one by one",
    async () => {
      const sinceMs = performance.now();
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const tookMs = Math.round(performance.now() - sinceMs);
      const peakBytes = peakBytesOf(server.pid) ?? Number.NaN;
      process.stdout.write(`start: ${tookMs} ms, ${Math.round(peakBytes / 1e6)} MB\n`);
      expect(peakBytes).toBeWithin(1, START_BYTES_MAX);
    },
    TEST_MS_MAX,
  );

  test(
    "are counted by the first report, and by a report of their names",
    async () => {
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const client = new Client(server);
      const report = "/admin/api/reports?metrics=mediaStarts&from=2020-01-01&to=2030-01-01";
      await waitFor(async () => {
        const response = await client.ask(report);
        const { totals } = (await response.json()) as { totals?: { mediaStarts: number } };
        return totals?.mediaStarts === LONG_NAMES;
      }, TEST_MS_MAX);
      const named = await client.ask(`${report}&dimension=media.name&limit=2`);
      const { rowsTotal, code } = (await named.json()) as { rowsTotal?: number; code?: string };
      expect(code ?? rowsTotal).toBe(NAMED);
      const peakBytes = peakBytesOf(server.pid) ?? Number.NaN;
      process.stdout.write(`reports: ${Math.round(peakBytes / 1e6)} MB\n`);
      expect(peakBytes).toBeWithin(1, FACTS_BYTES_MAX + 2000 * LONG_NAMES);
    },
    TEST_MS_MAX,
  );
});
