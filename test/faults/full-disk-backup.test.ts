/** A disk that a backup or an export would fill: it is 507 and logged once, and players go on being stored. */

import { describe, expect, test } from "bun:test";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt } from "../support/requests.ts";
import { Client } from "./support/client.ts";
import { smallDisk } from "./support/disk.ts";
import { canMake } from "./support/tools.ts";

const MIB = 2 ** 20;
const DISK_MIB = 64;
const SETTINGS = { ADMIN_TOKEN, DISK_RESERVE_BYTES: String(8 * MIB) };
const BACKUP = "/admin/api/backup";
const PARQUET = "/admin/api/export/events?format=parquet";
const NOTE = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`note-${at}`, `${at}`.repeat(8000)]));
const TEST_MS_MAX = 60_000;

/** What the log says of failed requests. */
function failuresOf(server: ServerProcess): readonly Record<string, unknown>[] {
  const lines = server
    .stdout()
    .split("\n")
    .filter((line) => line.includes('"A request failed"'));
  return lines.map((line) => JSON.parse(line));
}

async function failedBackups(client: Client): Promise<number> {
  const text = await (await client.ask("/metrics")).text();
  return Number(/^playhead_backup_failures_total (\d+)$/m.exec(text)?.[1]);
}

describe.skipIf(!canMake("a full disk", { tools: ["mount"], root: true }))("on a disk with too little room", () => {
  test(
    "a backup and a Parquet export are 507 and logged once, players are stored meanwhile, and later it is made",
    async () => {
      using disk = smallDisk(DISK_MIB);
      await using server = await startProcess(disk.path, { settings: SETTINGS });
      const client = new Client(server);
      const sid = await client.open();
      for (let at = 1; at <= 200; at += 1) await client.add(sid, eventAt(at, "ping", { customMetadata: NOTE }));
      disk.fill(10 * MIB);
      const answers = [await client.ask(BACKUP), await client.ask(PARQUET)];
      expect(await client.add(sid, eventAt(300, "ping"))).toBe(204);
      expect(answers[0]?.status).toBe(507);
      expect(await answers[0]?.json()).toEqual({
        code: "disk-full",
        message: expect.stringContaining("disk has no room"),
      });
      expect(await failedBackups(client)).toBe(1);
      expect(failuresOf(server)).toMatchObject([{ route: BACKUP, status: 507, code: "disk-full" }]);
      // Its rows are small once they are compressed: 2 MiB are left to it, and the reserve is not touched.
      expect(answers[1]?.status).toBe(200);
      await answers[1]?.bytes();
      disk.makeRoom();
      const made = await client.ask(BACKUP);
      expect(made.status).toBe(200);
      expect((await made.bytes()).byteLength).toBeGreaterThan(10 * MIB);
      disk.fill(6 * MIB);
      expect((await client.ask(PARQUET)).status).toBe(507);
      expect(await client.add(sid, eventAt(301, "ping"))).toBe(204);
    },
    TEST_MS_MAX,
  );
});
