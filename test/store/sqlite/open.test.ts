/** The pragmas that the promises stand on: no kill -9 tells a FULL sync from none, so they are looked at. */

import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../../src/store/sqlite/open.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { newHead, opening } from "../writes.ts";

const SYNCHRONOUS = { FULL: 2, NORMAL: 1 } as const;

describe("an opened database", () => {
  for (const [name, level] of Object.entries(SYNCHRONOUS)) {
    test(`syncs as ${name} says, through a write-ahead log`, () => {
      using directory = tempDir();
      const path = join(directory.path, "playhead.db");
      const client = openDatabase({ path, synchronous: name as keyof typeof SYNCHRONOUS });
      const read = (pragma: string) => Object.values(client.query(`PRAGMA ${pragma}`).get() as object)[0];
      expect([read("synchronous"), read("journal_mode")]).toEqual([level, "wal"]);
      expect([read("trusted_schema"), read("cell_size_check"), read("foreign_keys")]).toEqual([0, 1, 1]);
      // Waiting for another process blocks every request.
      expect(read("busy_timeout")).toBeLessThanOrEqual(500);
      client.close();
    });
  }
});

test("a reader leaves the log as it is, even when its thread ends: the write lock is not its own to take", async () => {
  using directory = tempDir();
  const path = join(directory.path, "playhead.db");
  const store = openSqliteStore({ path, synchronous: "FULL" });
  await store.append([opening(newHead())]);
  const logBytes = statSync(`${path}-wal`).size;
  const worker = new Worker(new URL("../../support/reader-worker.ts", import.meta.url));
  const ended = new Promise((resolve) => worker.addEventListener("close", resolve));
  await new Promise((resolve) => {
    worker.onmessage = resolve;
    worker.postMessage(path);
  });
  worker.terminate();
  await ended;
  expect(logBytes).toBeGreaterThan(0);
  expect(statSync(`${path}-wal`).size).toBe(logBytes);
  await store.close();
});
