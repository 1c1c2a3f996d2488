/** Exports: what a file gives away must be taken by another one, and a type's name means one thing. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const FILES = ["src", "test", "bench", "scripts", "packages"]
  .flatMap((folder) => [...new Bun.Glob("**/*.{ts,tsx}").scanSync(folder)].map((file) => `${folder}/${file}`))
  .filter((file) => !file.includes("/node_modules/") && !file.endsWith(".d.ts"));
const TEXTS: ReadonlyMap<string, string> = new Map(FILES.map((file) => [file, readFileSync(file, "utf8")]));

const GIVEN = /^export (?:async )?(?:const|let|class|function\*?|abstract class|type|interface|enum) (\w+)/gm;
const NAMED = /^(?:import|export) (?:type )?(?:\w+, )?\{([^}]*)\} from "([^"]+)"/gm;
/** `const { NAME } = await import("FILE")`, `(await import("FILE")).NAME`, and the type `import("FILE").NAME`. */
const LATE = /(?:\{([^{}]*)\} = )?\(?(?:await )?import\("([^"]+)"\)\)?(?:\.(\w+))?/g;
/** Loaded by name from a running server, by what the build writes in their place, or by drizzle-kit. */
const LOADED_OTHERWISE = /^src\/(tracker\/|native\/load\.ts|store\/postgres\/schema\.ts)/;

const TAKEN: ReadonlySet<string> = new Set(
  [...TEXTS].flatMap(([file, text]) => [
    ...[...text.matchAll(NAMED)].flatMap(([, names, from]) => taken(file, from, names)),
    ...[...text.matchAll(LATE)].flatMap(([, names, from, name]) => taken(file, from, names ?? name)),
  ]),
);

/** The names that a file takes from another, each as `FILE NAME`. */
function taken(file: string, from = "", names = ""): string[] {
  const source = from.startsWith(".") ? normalize(join(dirname(file), from)) : from;
  return names.split(",").map((each) => {
    const [name = ""] = each
      .trim()
      .replace(/^type /, "")
      .split(/ as |:/);
    return `${source} ${name.trim()}`;
  });
}

describe("an exported name of src", () => {
  test("is found", () => {
    expect(TAKEN.has("src/base/errors.ts AppError")).toBe(true);
    expect([...(TEXTS.get("src/base/errors.ts") ?? "").matchAll(GIVEN)].length).toBeGreaterThan(3);
    expect(TAKEN.has("src/store/store.ts StoredSession")).toBe(true);
  });

  test("is imported by another file", () => {
    const sources = [...TEXTS].filter(([file]) => file.startsWith("src/") && !LOADED_OTHERWISE.test(file));
    const dead = sources
      .flatMap(([file, text]) => [...text.matchAll(GIVEN)].map(([, name]) => `${file} ${name}`))
      .filter((each) => !TAKEN.has(each));
    const wayOut = "take the word `export` away, or all of it where its own file doesn't use it either";
    expect({ dead, ...(dead.length > 0 && { wayOut }) }).toEqual({ dead: [] });
  });

  test("is one type's alone, so that a search for it finds what it means; the tracker is a program of its own", () => {
    const types = [...TEXTS]
      .filter(([file]) => file.startsWith("src/") && !file.startsWith("src/tracker/"))
      .flatMap(([, text]) => [...text.matchAll(/^export (?:abstract class|class|type|interface|enum) (\w+)/gm)])
      .map(([, name = ""]) => name);
    expect(types.length).toBeGreaterThan(100);
    expect(types.filter((name, at) => types.indexOf(name) !== at)).toEqual([]);
  });
});
