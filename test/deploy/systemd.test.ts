/** deploy/playhead.service, as systemd itself reads it. */

import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../support/temp-dir.ts";

const UNIT = "deploy/playhead.service";
/** The exposure, of 100, that a hardened network service stays below; one without hardening has 96. */
const EXPOSURE_MAX = 25;

/** Runs systemd-analyze on a copy of the unit whose program exists. */
function analyze(...options: string[]) {
  using directory = tempDir();
  const path = join(directory.path, "playhead.service");
  const text = readFileSync(UNIT, "utf8");
  const exists = text.replace("ExecStart=/usr/local/bin/playhead", `ExecStart=${process.execPath}`);
  expect(exists).not.toBe(text);
  writeFileSync(path, exists);
  const { exitCode, stdout, stderr } = Bun.spawnSync(["systemd-analyze", ...options, path]);
  return { exitCode, said: stdout.toString() + stderr.toString() };
}

describe("the unit", () => {
  test("asks for what docs/operations.md says of it", () => {
    const text = readFileSync(UNIT, "utf8");
    for (const line of [
      "User=playhead",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "StateDirectory=playhead",
      "LimitNOFILE=65536",
      "MemoryMax=2G",
      "Restart=always",
      "TimeoutStopSec=15",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });

  describe.skipIf(Bun.which("systemd-analyze") === null)("for systemd", () => {
    test("is without a fault", () => {
      const { exitCode, said } = analyze("verify");
      expect(said.split("\n").filter((line) => line.includes("playhead.service"))).toEqual([]);
      expect(exitCode).toBe(0);
    });

    test("leaves little exposed", () => {
      const { exitCode, said } = analyze("security", "--offline=true", `--threshold=${EXPOSURE_MAX}`, "--no-pager");
      expect([exitCode, said.split("\n").findLast((line) => line.includes("exposure")) ?? said]).toEqual([
        0,
        expect.stringContaining("OK"),
      ]);
    });
  });
});
