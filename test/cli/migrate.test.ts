/** `playhead migrate`, and what it and `rebuild-reports` leave in a directory that no server has used. */

import { describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { ADMIN_TOKEN, startTestServer, tempDir } from "../support/server.ts";
import { runCommand } from "../support/terminal.ts";

describe("migrate", () => {
  test("applies what an older database lacks, and then finds nothing to do", async () => {
    using directory = tempDir();
    const path = join(directory.path, "playhead.db");
    writeFileSync(path, "");
    const first = await runCommand(["migrate", "--data-dir", directory.path]);
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toStartWith("Applied 0000_init");
    expect(await runCommand(["migrate", "--data-dir", directory.path])).toMatchObject({
      code: 0,
      out: "Nothing to do: the schema is current.\n",
      err: "",
    });
    const restored = await runCommand(["migrate", "--restored", "--data-dir", directory.path]);
    expect([restored.code, restored.err]).toEqual([2, expect.stringContaining("Cannot note a restore: ")]);
    const store = openSqliteStore({ path, synchronous: "FULL" });
    expect(store.position()).toEqual({ seq: 0, session: 0 });
    await store.close();
  });

  test.each(["migrate", "rebuild-reports"])("leaves no trace in a wrong directory: %s", async (command) => {
    using directory = tempDir();
    const { code, err } = await runCommand([command, "--data-dir", directory.path]);
    expect([code, err]).toEqual([1, expect.stringContaining("it holds no database; name the server's directory")]);
    const environment = { PLAYHEAD_STORE: "postgres://playhead@127.0.0.1:1/none", PLAYHEAD_ADMIN_TOKEN: ADMIN_TOKEN };
    const shared = await runCommand([command, "--data-dir", directory.path], { environment });
    expect([command, shared.code]).toEqual([command, 1]);
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("is refused with 1 while a server uses the directory", async () => {
    await using server = await startTestServer();
    const { code, out, err } = await runCommand(["migrate", "--data-dir", server.dataDir]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("another process uses it");
  });
});
