/**
 * Sessions that open, play and end at a steady rate, beside operators at the dashboard: memory, open files and the
 * write-ahead log stay level. To run an hour of it alone:
 * `FAULTS=full FAULTS_SOAK_MINUTES=60 bun scripts/test.ts test/faults/soak`.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { KIB, MIB, MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import { sized } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, reportPath } from "./support/client.ts";
import { medianOf, slopeOf } from "./support/statistics.ts";
import { startViewers } from "./support/viewers.ts";

const MINUTES = Number(process.env["FAULTS_SOAK_MINUTES"] ?? sized({ full: 10, fast: 0.15 }));
const SOAK_MS = MINUTES * MINUTE_MS;
/**
 * At first everything grows: memory keeps closed sessions for a minute, code compiles, heaps find their size, and the
 * report engine fills its tables with its first 15,000 sessions.
 */
const WARM_UP_MS = Math.min(5 * MINUTE_MS, 0.5 * SOAK_MS);
const SAMPLE_MS = Math.max(150, SOAK_MS / 1000);
/** The least value of a window is memory in use: anything above is garbage that awaits collection. */
const WINDOWS = 24;
/** In a full run some 50 sessions a second, so 15,000 in the first five minutes. */
const VIEWERS = sized({ full: 100, fast: 40 });
const OPERATOR_MS = 2 * SECOND_MS;
const EXPORT_EVERY = 10;

/**
 * The server keeps only rows of an ended session. Report facts are some 240 bytes a session, which the engine holds in
 * memory up to its limit: 0.7 MiB a minute.
 */
const MEMORY_MIB_PER_MINUTE_MAX = MINUTES >= 60 ? 1 : 4;
/** In a shorter run the collector's own ups and downs are steeper. */
const SLOPE_MS_MIN = 5 * MINUTE_MS;
const MEMORY_RISEN_MIB_MAX = 48;
const FILES_RISEN_MAX = 8;
/** Each client keeps all the connections that it had at once. */
const SOCKETS_MAX = 2 * VIEWERS;
/** The log starts over at 16 MiB, which a commit or a read may delay. */
const WAL_MIB_MAX = 24;

interface Sample {
  readonly atMs: number;
  /** Private memory of the process: the kernel can reclaim pages of its program and of files. */
  readonly ownMib: number;
  readonly files: number;
  readonly sockets: number;
  readonly walMib: number;
}

function sampleOf({ pid }: ServerProcess, dataDir: string, atMs: number): Sample {
  const [, ownKib] = /^RssAnon:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  const opened = readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`));
  const sockets = opened.filter((target) => target.startsWith("socket:")).length;
  const log = statSync(join(dataDir, "playhead.db-wal"), { throwIfNoEntry: false });
  return {
    atMs,
    ownMib: Number(ownKib) / KIB,
    files: opened.length - sockets,
    sockets,
    walMib: (log?.size ?? 0) / MIB,
  };
}

/** The target of a descriptor; empty if it has been closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}

/** Asks as an operator with an open dashboard does, and exports now and then. */
async function lookOn(client: Client, untilMs: number): Promise<void> {
  for (let round = 1; performance.now() < untilMs; round += 1) {
    const report = reportPath({ metrics: "mediaStarts,contentTimeSpent:p95", dimension: "media.name" });
    for (const path of [report, "/admin/api/sessions?limit=50", "/admin/api/live/snapshot", "/metrics"]) {
      const response = await client.ask(path);
      await response.arrayBuffer();
      expect([path, response.status]).toEqual([path, 200]);
    }
    if (round % EXPORT_EVERY === 0) await (await client.ask("/admin/api/export/sessions?format=csv")).arrayBuffer();
    await Bun.sleep(OPERATOR_MS);
  }
}

/** The least value of each window of time. */
function leastOf(samples: readonly Sample[], read: (sample: Sample) => number): { x: number; y: number }[] {
  const first = samples[0]?.atMs ?? 0;
  const last = samples.at(-1)?.atMs ?? 0;
  const widthMs = (last - first + 1) / WINDOWS;
  return Array.from({ length: WINDOWS }, (_, window) => {
    const within = samples.filter(({ atMs }) => Math.floor((atMs - first) / widthMs) === window);
    return { x: (first + (window + 0.5) * widthMs) / MINUTE_MS, y: Math.min(...within.map(read)) };
  }).filter(({ y }) => Number.isFinite(y));
}

/** How far the last third is above the first, by their medians. */
function risen(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const third = Math.floor(samples.length / 3);
  return medianOf(samples.slice(-third).map(read)) - medianOf(samples.slice(0, third).map(read));
}

describe(`${MINUTES} minutes of ${VIEWERS} viewers`, () => {
  let directory: ReturnType<typeof tempDir>;
  let server: ServerProcess;
  let sessions = 0;
  const samples: Sample[] = [];

  beforeAll(
    async () => {
      directory = tempDir();
      server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
      const client = new Client(server);
      const viewers = startViewers(client, VIEWERS);
      const sinceMs = performance.now();
      const untilMs = performance.now() + SOAK_MS;
      const operator = lookOn(client, untilMs);
      operator.catch(() => {});
      while (performance.now() < untilMs) {
        await Bun.sleep(SAMPLE_MS);
        const atMs = performance.now() - sinceMs;
        if (atMs > WARM_UP_MS) samples.push(sampleOf(server, directory.path, atMs));
      }
      await Promise.all([operator, viewers.stop()]);
      sessions = viewers.sessions;
    },
    SOAK_MS + 2 * MINUTE_MS,
  );
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  test("play to the end", () => {
    expect(sessions).toBeGreaterThan((SOAK_MS / SECOND_MS) * 2);
    expect(samples.length).toBeGreaterThan(20);
    expect(server.stdout()).not.toMatch(/"level":"(error|warn)"/);
  });

  test("leave memory level", () => {
    const least = leastOf(samples, ({ ownMib }) => ownMib);
    const mibPerMinute = slopeOf(least);
    const mib = risen(samples, ({ ownMib }) => ownMib);
    report(`memory ${mibPerMinute.toFixed(2)} MiB a minute, ${mib.toFixed(1)} MiB from its first third to its last`);
    expect(mib).toBeLessThan(MEMORY_RISEN_MIB_MAX);
    if (SOAK_MS >= SLOPE_MS_MIN) expect(mibPerMinute).toBeLessThan(MEMORY_MIB_PER_MINUTE_MAX);
  });

  test("leave no file open", () => {
    const files = risen(samples, (sample) => sample.files);
    const sockets = Math.max(...samples.map((sample) => sample.sockets));
    report(`${files} open files more, at most ${sockets} sockets`);
    expect(sockets).toBeLessThan(SOCKETS_MAX);
    expect(files).toBeLessThan(FILES_RISEN_MAX);
  });

  test("leave the write-ahead log level", () => {
    const most = Math.max(...samples.map(({ walMib }) => walMib));
    report(`a log of at most ${most.toFixed(1)} MiB`);
    expect(most).toBeLessThan(WAL_MIB_MAX);
  });
});

function report(line: string): void {
  process.stdout.write(`${line}\n`);
}
