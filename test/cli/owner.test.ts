/** Commands of root's beside the data of another user: what they make there is that user's. */

import { describe, expect, test } from "bun:test";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

const NOBODY = 65_534;
const ROOT = join(import.meta.dir, "../..");
const SETTINGS = { ADMIN_TOKEN, LOG_LEVEL: "warn" };

/** Other users can't read a checkout under root's home, or its modules. */
function canBeOthers(): boolean {
  const isRoot = process.getuid?.() === 0;
  const readable =
    isRoot && Bun.spawnSync(["setpriv", `--reuid=${NOBODY}`, "test", "-r", join(ROOT, "package.json")]).success;
  if (!readable)
    process.stderr.write(
      "SKIPPED: commands beside another user's data need root, and a checkout that others can read\n",
    );
  return readable;
}

function pathsBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" }).map((name) => join(directory, name));
}

describe.skipIf(!canBeOthers())("a command that root runs beside another user's data", () => {
  test("leaves every file in the data directory to its owner", async () => {
    using root = tempDir();
    chmodSync(root.path, 0o755);
    const dataDir = join(root.path, "data");
    const out = join(root.path, "out");
    mkdirSync(out);
    chownSync(out, NOBODY, NOBODY);
    {
      await using server = await startProcess(dataDir, { settings: SETTINGS });
      await fetch(`${server.url}/api/v1/sessions`, { method: "POST", body: JSON.stringify(sessionStart()) });
      server.signal("SIGTERM");
      await server.exited;
    }
    for (const path of [dataDir, ...pathsBelow(dataDir)]) chownSync(path, NOBODY, NOBODY);
    const commands = [
      ["export", "sessions", "--format", "parquet", "--out", join(out, "sessions.parquet")],
      ["backup", join(out, "copy.db")],
      ["recompute"],
      ["rebuild-reports"],
      ["erase", "some-visitor"],
      ["migrate"],
    ];
    for (const args of commands) {
      await using command = runProcess([...args, "--data-dir", dataDir]);
      expect([args[0], await command.exited, command.stderr()]).toEqual([args[0], 0, ""]);
    }
    const others = pathsBelow(dataDir).filter((path) => lstatSync(path).uid !== NOBODY);
    expect(others).toEqual([]);
    expect(statSync(join(out, "copy.db")).uid).toBe(NOBODY);
  });

  test("says as whom it ran, where that user may not write", async () => {
    using root = tempDir();
    chmodSync(root.path, 0o755);
    const dataDir = join(root.path, "data");
    await using server = await startProcess(dataDir, { settings: SETTINGS });
    server.signal("SIGTERM");
    await server.exited;
    for (const path of [dataDir, ...pathsBelow(dataDir)]) chownSync(path, NOBODY, NOBODY);
    await using command = runProcess(["backup", join(root.path, "copy.db"), "--data-dir", dataDir]);
    expect(await command.exited).toBe(1);
    expect(command.stderr()).toContain("permission denied");
    expect(command.stderr()).toContain(`The command ran as user ${NOBODY}, who owns the data directory.`);
  });

  test("says so where that user may not read a backup, or another one the data", async () => {
    using root = tempDir();
    chmodSync(root.path, 0o755);
    const dataDir = join(root.path, "data");
    const backup = join(root.path, "backup.db");
    mkdirSync(dataDir, { mode: 0o700 });
    chownSync(dataDir, NOBODY, NOBODY);
    writeFileSync(backup, "", { mode: 0o600 });
    await using restore = runProcess(["restore", backup, "--data-dir", dataDir]);
    expect(await restore.exited).toBe(1);
    expect(restore.stderr()).toStartWith(
      `Cannot restore "${backup}": permission denied; it belongs to user 0: chown it to the user who runs this\n`,
    );
    const under = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"];
    await using check = runProcess(["check", "--data-dir", dataDir], { under });
    expect([await check.exited, check.stderr()]).toEqual([
      1,
      `Cannot use "${join(dataDir, "playhead.db")}": permission denied; ` +
        "run this as the user who owns the data directory\n",
    ]);
  });

  test("says so where that user can't come to the directory", async () => {
    using root = tempDir();
    const dataDir = join(root.path, "data");
    mkdirSync(dataDir);
    chownSync(dataDir, NOBODY, NOBODY);
    chmodSync(root.path, 0o700);
    await using command = runProcess(["token", "--data-dir", dataDir]);
    expect(await command.exited).toBe(1);
    expect(command.stderr()).toContain(`user ${NOBODY}, who owns it, may not enter a folder above it`);
  });
});

describe.skipIf(!canBeOthers())("a start beside root's files", () => {
  test("says whose file is in the way, without a stack trace", async () => {
    using root = tempDir();
    chmodSync(root.path, 0o755);
    const dataDir = join(root.path, "data");
    {
      await using server = await startProcess(dataDir, { settings: SETTINGS });
      server.signal("SIGTERM");
      expect(await server.exited).toBe(0);
    }
    chmodSync(dataDir, 0o755);
    const under = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    await using second = runProcess(["serve"], { settings: { ...SETTINGS, DATA_DIR: dataDir, PORT: "0" }, under });
    expect([await second.exited, second.stderr()]).toEqual([
      1,
      `Cannot use "${join(dataDir, "lock")}": permission denied; ` +
        "it belongs to user 0: run this as that user, or chown it\n",
    ]);
  });
});
