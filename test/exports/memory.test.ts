/** Five times the events, hardly more memory: an export holds a page, whatever its size. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ExportFormat } from "../../src/exports/query.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { adding, arrivedAt, NOW_MS, newHead, opening } from "../store/writes.ts";
import { sized } from "../support/effort.ts";
import { tempDir } from "../support/temp-dir.ts";

const MB = 1e6;
const EVENTS = sized({ full: { few: 120_000, many: 600_000 }, fast: { few: 60_000, many: 300_000 } });
const SESSIONS = 400;
/** Held whole, the difference in events would be 70 MB of ndjson alone, 140 MB in a full run. */
const GROWTH_MB_MAX: Readonly<Record<ExportFormat, number>> = { ndjson: 40, csv: 40, parquet: 80 };
const TEST_MS_MAX = 120_000;

/** Fills a data directory with pings that say something. */
async function fill(dataDir: string, events: number): Promise<void> {
  const store = openSqliteStore({ path: join(dataDir, "playhead.db"), synchronous: "NORMAL" });
  const heads = Array.from({ length: SESSIONS }, (_, at) => newHead(NOW_MS + at));
  await store.append(heads.map(opening));
  for (let round = 0; round < events / SESSIONS; round += 1) {
    const qoeData = { "media.qoe.bitrate": 1_000_000 + round, own: `text of round ${round} ${"x".repeat(60)}` };
    await store.append(heads.map((head) => adding(head, arrivedAt(round, "ping", { qoeData }))));
  }
  await store.close();
}

/** The most memory that a process took for an export, in MB, and what it wrote. */
async function peakOf(dataDir: string, format: ExportFormat): Promise<{ peakMb: number; bytes: number }> {
  const command = [process.execPath, "src/main.ts", "export", "events", "--format", format, "--data-dir", dataDir];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  expect(await child.exited).toBe(0);
  return { peakMb: (child.resourceUsage()?.maxRSS ?? Number.NaN) / MB, bytes };
}

describe("the memory of an export", () => {
  test(
    "does not grow with the number of events, in any format",
    async () => {
      using few = tempDir();
      using many = tempDir();
      await fill(few.path, EVENTS.few);
      await fill(many.path, EVENTS.many);
      for (const [format, growthMbMax] of Object.entries(GROWTH_MB_MAX)) {
        const small = await peakOf(few.path, format as ExportFormat);
        const large = await peakOf(many.path, format as ExportFormat);
        expect(large.bytes).toBeGreaterThan(3 * small.bytes);
        process.stdout.write(`${format}: ${Math.round(small.peakMb)} MB, ${Math.round(large.peakMb)} MB\n`);
        expect(large.peakMb - small.peakMb).toBeLessThan(growthMbMax);
      }
    },
    TEST_MS_MAX,
  );
});
