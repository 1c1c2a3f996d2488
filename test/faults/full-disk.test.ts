/** A full disk: writes are refused, reads go on, and the server recovers by itself once there is room. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { IS_FULL, SEED, sized } from "../support/effort.ts";
import { Ledger, SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { Random } from "../support/random.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { smallDisk } from "./support/disk.ts";
import { tamper } from "./support/strace.ts";
import { canMake } from "./support/tools.ts";

const DISK_MIB = 64;
const CLIENTS = 50;
const TIMES = sized({ full: 8, fast: 1 });
const BYTES_LEFT_MAX = 2 ** 20;
const SETTINGS = { ADMIN_TOKEN };
const READS = ["/healthz", "/admin/api/sessions?limit=5", "/admin/api/live/snapshot", "/api/v1/schemas", "/metrics"];
/** A log of this length has an index of 32 KiB; a longer log needs a larger one. */
const LOG_BYTES_BEFORE_ITS_INDEX_GROWS = 30 * 2 ** 20;
const TEST_MS_MAX = 120_000;

function statusOf(url: string, path: string): Promise<number> {
  return fetch(url + path, { headers: ADMIN_HEADERS }).then(async (response) => {
    await response.arrayBuffer();
    return response.status;
  });
}

/** Expects that the server answers every read, and is not ready. */
async function expectReadsOnly(url: string): Promise<void> {
  expect(await Promise.all(READS.map((path) => statusOf(url, path)))).toEqual(READS.map(() => 200));
  await waitFor(async () => (await statusOf(url, "/readyz")) === 503);
}

async function expectRecovery(url: string, load: Load): Promise<void> {
  await load.acknowledged(200);
  await waitFor(async () => (await statusOf(url, "/readyz")) === 200);
}

const CAN_FILL = canMake("a full disk", { tools: ["mount"], root: true });
const CAN_TAMPER = canMake("a log without room for its index", { tools: ["strace"] });

describe.skipIf(!CAN_FILL)(`a full disk (seed ${SEED})`, () => {
  test(
    "under load is 503 for writes; reads go on, it recovers when there is room, and nothing is lost",
    async () => {
      const random = new Random(SEED);
      using disk = smallDisk(DISK_MIB);
      await using server = await startProcess(disk.path, { settings: SETTINGS });
      const load = new Load(server, { clients: CLIENTS });
      for (let time = 1; time <= TIMES; time += 1) {
        await load.acknowledged(200);
        disk.fill(random.between(0, BYTES_LEFT_MAX));
        const refused = load.ledger.refused;
        await waitFor(() => load.ledger.refused >= refused + CLIENTS);
        await expectReadsOnly(server.url);
        disk.makeRoom();
        await expectRecovery(server.url, load);
      }
      await load.stop();
      expect([load.unexpected, load.hopeless]).toEqual([[], 0]);
      const found = load.ledger.lookUp(disk.path);
      process.stdout.write(`${TIMES} x full: ${JSON.stringify(found)}\n`);
      expect(found).toMatchObject(SOUND);
      server.signal("SIGTERM");
      expect(await server.exited).toBe(0);
    },
    TEST_MS_MAX,
  );

  test("keeps a server neither from ending in order nor from starting, and no event is lost", async () => {
    using disk = smallDisk(DISK_MIB);
    const ledger = new Ledger();
    {
      await using server = await startProcess(disk.path, { settings: SETTINGS });
      const load = new Load(server, { clients: CLIENTS, ledger });
      await load.acknowledged(200);
      disk.fill();
      await waitFor(() => ledger.refused >= CLIENTS);
      server.signal("SIGTERM");
      expect(await server.exited).toBe(0);
      await load.ended;
    }
    const settings = { HOST: "127.0.0.1", PORT: "0", DATA_DIR: disk.path, ...SETTINGS };
    await using server = runProcess(["serve"], { settings });
    // For want of room its address is not in the directory.
    const urlSaid = () => /http:\/\/127\.0\.0\.1:\d+/.exec(server.stdout())?.[0] ?? "";
    await waitFor(() => urlSaid() !== "");
    const load = new Load({ url: urlSaid() }, { clients: CLIENTS, ledger });
    await waitFor(() => ledger.refused >= 2 * CLIENTS);
    await expectReadsOnly(urlSaid());
    disk.makeRoom();
    await expectRecovery(urlSaid(), load);
    await load.stop();
    expect(ledger.lookUp(disk.path)).toMatchObject(SOUND);
  });
});

describe.skipIf(!CAN_TAMPER)("a long log without room for its index", () => {
  test.skipIf(!IS_FULL)(
    "is a full disk like another: 503 for writes, and it recovers when there is room",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path, { settings: SETTINGS });
      const load = new Load(server, { clients: 4 * CLIENTS });
      await load.acknowledged(200);
      const database = join(directory.path, "playhead.db");
      // A long reader keeps the log from starting over.
      using reader = new Database(database, { readonly: true });
      reader.run("BEGIN");
      reader.query("SELECT count(*) FROM sessions").get();
      await waitFor(() => statSync(`${database}-wal`).size > LOG_BYTES_BEFORE_ITS_INDEX_GROWS, TEST_MS_MAX);
      {
        await using tampering = await tamper(server.pid, "pwrite64:error=ENOSPC", { file: `${database}-shm` });
        await waitFor(() => load.ledger.refused >= CLIENTS, 30_000);
        expect(tampering.calls()).toBeGreaterThan(0);
        expect(await statusOf(server.url, "/healthz")).toBe(200);
      }
      await expectRecovery(server.url, load);
      await load.stop();
      const found = load.ledger.lookUp(directory.path);
      process.stdout.write(`no room for the index: ${JSON.stringify(found)}\n`);
      expect(found).toMatchObject(SOUND);
    },
    TEST_MS_MAX,
  );
});
