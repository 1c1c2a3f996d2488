/** Reports where something is amiss: a link to nothing in their place, and the least memory that may be set. */

import { describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS } from "../../src/config.ts";
import { IS_FULL } from "../support/effort.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";

const REPORT = "/admin/api/reports?metrics=mediaStarts";
const HEAVY =
  "/admin/api/reports?metrics=mediaStarts,contentTimeSpent:p95&dimension=analytics.visitorId&from=2020-01-01&to=2030-01-01";
const SESSIONS = 40_000;
const ASKS = 40;
const TEST_MS_MAX = 240_000;

async function statusOf(client: Client, path: string): Promise<number> {
  const response = await client.ask(path);
  await response.bytes();
  return response.status;
}

describe("reports", () => {
  test("are made where a link to nothing stands in the place of their file", async () => {
    using directory = tempDir();
    symlinkSync("/nowhere/at/all", join(directory.path, "reports.duckdb"));
    await using server = await startProcess(directory.path, { settings: { ADMIN_TOKEN } });
    const client = new Client(server);
    await client.open();
    await waitFor(async () => (await statusOf(client, REPORT)) === 200);
  });

  test.skipIf(!IS_FULL)(
    "with the least memory that is allowed are answered, or refused in words",
    async () => {
      using directory = tempDir();
      const filling = runProcess(["simulate", "--sessions", String(SESSIONS)], {
        settings: { DATA_DIR: directory.path },
      });
      expect(await filling.exited).toBe(0);
      const setting = SETTINGS.find(({ key }) => key === "reportsMemoryBytesMax") as { readonly min: number };
      const settings = { ADMIN_TOKEN, REPORTS_MEMORY_BYTES_MAX: String(setting.min) };
      await using server = await startProcess(directory.path, { settings });
      const client = new Client(server);
      for (let ask = 0; ask < ASKS; ask += 1) {
        for (const path of [REPORT, HEAVY]) expect([200, 400, 503]).toContain(await statusOf(client, path));
        await Bun.sleep(500);
      }
      await waitFor(async () => (await statusOf(client, REPORT)) === 200, TEST_MS_MAX);
    },
    TEST_MS_MAX,
  );
});
