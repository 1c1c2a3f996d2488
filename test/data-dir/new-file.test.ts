/** Files that an operator names: whole or not at all, and replacing another only if asked to. */

import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openNewFile } from "../../src/data-dir/new-file.ts";
import { codeOf } from "../support/code-of.ts";
import { tempDir } from "../support/temp-dir.ts";

const BYTES = new TextEncoder().encode("bytes");

describe("a new file", () => {
  test("appears once it is finished, private to its owner, with no leftovers beside it", () => {
    using directory = tempDir();
    const path = join(directory.path, "file");
    {
      using file = openNewFile(path, { replace: false });
      file.write(BYTES);
      file.write(BYTES);
      expect(readdirSync(directory.path)).toEqual(["file.part"]);
      file.finish();
    }
    expect(readdirSync(directory.path)).toEqual(["file"]);
    expect(readFileSync(path, "utf8")).toBe("bytesbytes");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("that isn't finished leaves no trace, and an earlier file stays", () => {
    using directory = tempDir();
    const path = join(directory.path, "file");
    writeFileSync(path, "before");
    {
      using file = openNewFile(path, { replace: true });
      file.write(BYTES);
      writeFileSync(`${file.partPath}-journal`, "x");
    }
    expect(readdirSync(directory.path)).toEqual(["file"]);
    expect(readFileSync(path, "utf8")).toBe("before");
  });

  test("replaces another only when it may, even one that appeared meanwhile", () => {
    using directory = tempDir();
    const path = join(directory.path, "file");
    {
      using file = openNewFile(path, { replace: false });
      writeFileSync(path, "meanwhile");
      expect(codeOf(() => file.finish())).toBe("file-unusable");
    }
    expect(codeOf(() => openNewFile(path, { replace: false }))).toBe("file-unusable");
    expect(readFileSync(path, "utf8")).toBe("meanwhile");
    using file = openNewFile(path, { replace: true });
    file.write(BYTES);
    file.finish();
    expect(readFileSync(path, "utf8")).toBe("bytes");
  });

  test("is refused by name while another process writes it, or was killed writing, until it may be replaced", () => {
    using directory = tempDir();
    const path = join(directory.path, "file");
    mkdirSync(`${path}.part`);
    expect(() => openNewFile(path, { replace: false })).toThrow(`Cannot write "${path}.part": it already exists`);
    using file = openNewFile(path, { replace: true });
    file.finish();
    expect(readFileSync(path, "utf8")).toBe("");
  });

  test("in an impossible place says why", () => {
    using directory = tempDir();
    expect(() => openNewFile(join(directory.path, "none", "file"), { replace: false })).toThrow(
      "there is no such directory",
    );
    writeFileSync(join(directory.path, "plain"), "");
    expect(() => openNewFile(join(directory.path, "plain", "file"), { replace: false })).toThrow(
      "a part of its path is not a directory",
    );
    const taken = join(directory.path, "directory");
    mkdirSync(taken);
    using file = openNewFile(taken, { replace: true });
    expect(() => file.finish()).toThrow("it is a directory");
  });
});
