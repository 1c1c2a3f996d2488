/** One process per data directory, whatever became of the one before. */

import { describe, expect, test } from "bun:test";
import { lockDataDir } from "../../src/data-dir/lock.ts";
import { codeOf } from "../support/code-of.ts";
import { runProcess, startProcess } from "../support/process.ts";
import { sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

describe("the lock of a data directory", () => {
  test("is refused to a second taker until the first lets go", () => {
    using directory = tempDir();
    {
      using _first = lockDataDir(directory.path);
      expect(codeOf(() => lockDataDir(directory.path))).toBe("data-dir-locked");
      expect(codeOf(() => lockDataDir(directory.path))).toBe("data-dir-locked");
    }
    using _second = lockDataDir(directory.path);
    expect(codeOf(() => lockDataDir(directory.path))).toBe("data-dir-locked");
  });

  test("of one directory leaves another free", () => {
    using first = tempDir();
    using second = tempDir();
    using _lock = lockDataDir(first.path);
    expect(codeOf(() => lockDataDir(second.path)[Symbol.dispose]())).toBe("nothing was thrown");
  });
});

describe("a second process on the same data directory", () => {
  for (const command of ["serve", "migrate"]) {
    test(`ends \`${command}\` with 1 and says why, and the first serves on`, async () => {
      using directory = tempDir();
      await using first = await startProcess(directory.path);
      await using second = runProcess([command], { settings: { PORT: "0", DATA_DIR: directory.path } });
      expect(await second.exited).toBe(1);
      expect(second.stderr()).toBe(
        `Cannot use the data directory "${directory.path}": another process uses it; stop that, or name another directory\n`,
      );
      expect(second.stdout()).toBe("");
      const answer = await fetch(`${first.url}/api/v1/sessions`, {
        method: "POST",
        body: JSON.stringify(sessionStart()),
      });
      expect(answer.status).toBe(201);
    });
  }

  test("starts once the first was killed with -9", async () => {
    using directory = tempDir();
    {
      await using first = await startProcess(directory.path);
      first.signal("SIGKILL");
      expect(await first.exited).toBe(137);
    }
    await using second = await startProcess(directory.path);
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
  });
});
