/** Scratch directories: one for each piece of work; those of a killed process go with the next piece. */

import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratch } from "../../src/data-dir/scratch.ts";
import { codeOf } from "../support/code-of.ts";
import { tempDir } from "../support/temp-dir.ts";

describe("scratch", () => {
  test("is empty, private to its owner, and gone with its work", () => {
    using directory = tempDir();
    const root = join(directory.path, "data", "scratch");
    {
      using scratch = openScratch(join(directory.path, "data"));
      expect(readdirSync(scratch.path)).toEqual([]);
      expect(statSync(scratch.path).mode & 0o777).toBe(0o700);
      expect(statSync(root).mode & 0o777).toBe(0o700);
      mkdirSync(join(scratch.path, "deep"));
      writeFileSync(join(scratch.path, "deep", "file"), "x");
    }
    expect(readdirSync(root)).toEqual(["turn"]);
  });

  test("of other work, in this process or another, stays until that work is done", async () => {
    using directory = tempDir();
    using first = openScratch(directory.path);
    await using other = spawnHolder(directory.path);
    const held = await other.held;
    using second = openScratch(directory.path);
    expect(new Set([first.path, held, second.path]).size).toBe(3);
    for (const path of [first.path, held, second.path]) expect(statSync(path).isDirectory()).toBe(true);
  });

  test("of a killed process goes with the next work, at once", async () => {
    using directory = tempDir();
    const other = spawnHolder(directory.path);
    const held = await other.held;
    writeFileSync(join(held, "file"), "x");
    await other[Symbol.asyncDispose]();
    expect(statSync(held).isDirectory()).toBe(true);
    using next = openScratch(directory.path);
    expect(readdirSync(join(directory.path, "scratch")).toSorted()).toEqual(
      ["turn", next.path.split("/").at(-1) ?? "", `${next.path.split("/").at(-1)}.lock`].toSorted(),
    );
  });

  test("that can't be made says so", () => {
    using directory = tempDir();
    writeFileSync(join(directory.path, "scratch"), "a file");
    expect(codeOf(() => openScratch(directory.path))).toBe("data-dir-unusable");
  });
});

/** Another process that holds a scratch directory until it is killed. */
function spawnHolder(dataDir: string): AsyncDisposable & { readonly held: Promise<string> } {
  const module = join(import.meta.dir, "../../src/data-dir/scratch.ts");
  const code = `import { openScratch } from ${JSON.stringify(module)};
    // Kept referenced: a collected directory would drop its lock.
    globalThis.held = openScratch(${JSON.stringify(dataDir)});
    console.log(held.path); setInterval(() => {}, 1000);`;
  const child = Bun.spawn([process.execPath, "-e", code], { stdout: "pipe", stderr: "inherit" });
  const held = (async () => {
    for await (const chunk of child.stdout) return new TextDecoder().decode(chunk).trim();
    throw new Error("The holder ended");
  })();
  return {
    held,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
