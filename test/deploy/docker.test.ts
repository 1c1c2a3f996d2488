/** The health check of the Dockerfile, as a shell runs it: it asks the server where that listens. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { startProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";

const CHECK = /HEALTHCHECK[^\n]*\\\n\s+CMD (.+)/.exec(readFileSync("Dockerfile", "utf8"))?.[1] ?? "exit 9";

function check(environment: Record<string, string>): number {
  return Bun.spawnSync(["sh", "-c", CHECK], { env: { PATH: Bun.env["PATH"], ...environment } }).exitCode;
}

describe.skipIf(Bun.which("curl") === null)("the health check of the image", () => {
  test("follows the port, and fails once the server has gone", async () => {
    using directory = tempDir();
    const environment = { PLAYHEAD_DATA_DIR: directory.path, PLAYHEAD_PORT: "1" };
    {
      await using server = await startProcess(directory.path);
      expect(check(environment)).toBe(0);
      expect(check({ PLAYHEAD_DATA_DIR: "/nowhere", PLAYHEAD_PORT: String(server.port) })).toBe(0);
    }
    expect(check(environment)).not.toBe(0);
  });
});
