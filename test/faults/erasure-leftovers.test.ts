/** What killed processes left in the data directory: an erasure reaches it, and so does the next start. */

import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess, startProcess, type TestProcess } from "../support/process.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const MARKER = "marker-of-a-visitor-who-is-erased";
const SETTINGS = { ADMIN_TOKEN, LOG_LEVEL: "warn" };
/** Enough that a copy is half made for some time, and that a Parquet file fills a pipe. */
const SESSIONS = 60;
const PADDING_BYTES = 3000;
const TRIES_MAX = 20;
const TEST_MS_MAX = 60_000;

function filesBelow(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return names
    .map((name) => join(directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function holding(directory: string): string[] {
  return filesBelow(directory).filter((path) => readFileSync(path).includes(MARKER));
}

async function fill(url: string): Promise<void> {
  const post = (path: string, body: object) => fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  for (let count = 0; count < SESSIONS; count += 1) {
    const start = sessionStart(
      { "analytics.visitorId": MARKER },
      // Random, since Parquet would compress it otherwise.
      { customMetadata: { padding: randomBytes(PADDING_BYTES).toString("hex"), who: MARKER } },
    );
    const sid = sidOf(await post("/api/v1/sessions", start));
    await post(`/api/v1/sessions/${sid}/events`, eventAt(10, "play"));
    await post(`/api/v1/sessions/${sid}/events`, eventAt(20, "sessionEnd"));
  }
}

/** A pipe that a process has opened for reading, and never reads. */
function unreadPipe(folder: string): { readonly path: string } & Disposable {
  const path = join(folder, "unread");
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  const reader = Bun.spawn(["sh", "-c", `exec sleep 60 < "${path}"`]);
  return { path, [Symbol.dispose]: () => reader.kill("SIGKILL") };
}

/** Kills a command as soon as it has begun a file, so that the file is left behind. */
async function killedInItsMiddle(dataDir: string, args: readonly string[], isLeftover: RegExp): Promise<void> {
  const found = () => filesBelow(dataDir).some((path) => isLeftover.test(path) && sizeOf(path) > 0);
  using directory = tempDir();
  using pipe = unreadPipe(directory.path);
  // An export keeps its parts as long as its reader lets it wait.
  const under = ["sh", "-c", 'exec "$@" > "$0"', pipe.path];
  // A fast machine may be done with the others before it is looked at.
  for (let tries = 0; !found(); tries += 1) {
    expect(tries).toBeLessThan(TRIES_MAX);
    await using command: TestProcess = runProcess([...args, "--data-dir", dataDir], { settings: SETTINGS, under });
    let ended = false;
    void command.exited.then(() => {
      ended = true;
    });
    await waitFor(() => ended || found());
    command.signal("SIGKILL");
    await command.exited;
  }
}

/** Each with what it leaves. */
const KILLED: readonly [string, (dataDir: string) => readonly string[], RegExp][] = [
  ["rebuild", () => ["rebuild-reports"], /reports\.duckdb\.(building|next)$/],
  ["export", () => ["export", "sessions", "--format", "parquet"], /scratch\/work-.*\//],
  ["backup", (dataDir) => ["backup", join(dataDir, "copy.db"), "--force"], /copy\.db\.part\//],
];

describe("leftovers of killed processes", () => {
  test(
    "an erasure reaches every file of the data directory",
    async () => {
      using root = tempDir();
      const dataDir = join(root.path, "data");
      await using server = await startProcess(dataDir, { settings: SETTINGS });
      await fill(server.url);
      for (const [, argsOf, isLeftover] of KILLED) await killedInItsMiddle(dataDir, argsOf(dataDir), isLeftover);
      leaveSpill(dataDir);
      expect(holding(dataDir).length).toBeGreaterThan(1);
      await erase(server.url);
      expect(holding(dataDir).filter((path) => !path.endsWith("copy.db"))).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test(
    "the next start clears what no process is working on",
    async () => {
      using root = tempDir();
      const dataDir = join(root.path, "data");
      {
        await using server = await startProcess(dataDir, { settings: SETTINGS });
        await fill(server.url);
        await killedInItsMiddle(dataDir, ["backup", join(dataDir, "copy.db"), "--force"], /copy\.db\.part\//);
        server.signal("SIGKILL");
        await server.exited;
      }
      await using _server = await startProcess(dataDir, { settings: SETTINGS });
      const left = filesBelow(dataDir).filter((path) => /building$|scratch\/work-|\.part\//.test(path));
      expect(left).toEqual([]);
    },
    TEST_MS_MAX,
  );

  test("a backup that is being written is left alone", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    const { openNewFile } = await import("../../src/data-dir/new-file.ts");
    mkdirSync(dataDir);
    using file = openNewFile(join(dataDir, "copy.db"), { replace: false });
    await using _server = await startProcess(dataDir, { settings: SETTINGS });
    expect(existsSync(file.partPath)).toBe(true);
  });
});

/** A report that was killed while it sorted leaves such a file. */
function leaveSpill(dataDir: string): void {
  const folder = join(dataDir, "reports.duckdb.tmp");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "duckdb_temp_storage_DEFAULT-0.tmp"), MARKER);
}

async function erase(url: string): Promise<void> {
  const answer = await fetch(`${url}/admin/api/visitors/${MARKER}`, { method: "DELETE", headers: ADMIN_HEADERS });
  expect([answer.status, await answer.json()]).toEqual([200, { erasedSessions: SESSIONS }]);
}
