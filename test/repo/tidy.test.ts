/** House rules that a machine can hold: sizes, names, and who may touch what. */

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** Our own files: bench/peers has packages of its own. */
const FILES = ["src", "test", "bench", "scripts"]
  .flatMap((folder) => [...new Bun.Glob("**/*.{ts,tsx,css,html}").scanSync(folder)].map((file) => `${folder}/${file}`))
  .filter((file) => !file.includes("/node_modules/"));
const SOURCES = FILES.filter((file) => file.startsWith("src/"));
const LINES_MAX = 400;
const CHARS_MAX = 120;
const LINES_PER_FUNCTION_MAX = 70;

const textOf = (file: string) => readFileSync(file, "utf8");
const violating = (files: readonly string[], violates: (text: string, file: string) => boolean) =>
  files.filter((file) => violates(textOf(file), file));

describe("every file", () => {
  test(`has at most ${LINES_MAX} lines`, () => {
    expect(violating(FILES, (text) => text.split("\n").length > LINES_MAX + 1)).toEqual([]);
  });

  test(`of source has lines of at most ${CHARS_MAX} characters, but for the catalogue of keys`, () => {
    const files = SOURCES.filter((file) => file !== "src/protocol/parameters.ts");
    expect(violating(files, (text) => text.split("\n").some((line) => line.length > CHARS_MAX))).toEqual([]);
  });

  test("says in its first line what it is for", () => {
    const files = FILES.filter((file) => /\.tsx?$/.test(file) && !file.endsWith(".d.ts"));
    expect(violating(files, (text) => !text.startsWith("/**"))).toEqual([]);
  });

  test("has a kebab-case name that says something", () => {
    const bad = /^(utils?|helpers?|common|manager|misc|index)\b/;
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|d))?\.(tsx?|css|html)$/;
    expect(FILES.filter((file) => bad.test(basename(file)) || !kebab.test(basename(file)))).toEqual([]);
  });

  test("is finished", () => {
    const leftOver = /\b(TODO|FIXME|XXX)\b|@ts-ignore|@ts-expect-error|\bas any\b|test\.(only|skip|todo)\(/;
    const files = FILES.filter((file) => file !== "test/repo/tidy.test.ts");
    expect(violating(files, (text) => leftOver.test(text))).toEqual([]);
  });
});

test("each variable is set by itself, not in a list of names beside a list of values", () => {
  const packed = /(\b(const|let) |^ *(if \(.*\) )?)\[[^\]\n]*\] = \[(?!\.\.\.)[^\]]*\];/m;
  const files = FILES.filter((file) => /\.tsx?$/.test(file));
  expect(violating(files, (text) => packed.test(text))).toEqual([]);
});

test("a test that starts no server loads none: requests.ts and temp-dir.ts have what others need", () => {
  const loaded = /import \{([^}]*)\} from "(?:[^"]*support|\.)\/server\.ts";/;
  const own = /\b(startTestServer|TestServer|TestOptions|exportCursor|ON_POSTGRES)\b/;
  const tests = FILES.filter((file) => file.startsWith("test/"));
  expect(violating(tests, (text) => !own.test(loaded.exec(text)?.[1] ?? "TestServer"))).toEqual([]);
});

describe("a source file", () => {
  test("touches the process only in main.ts, and the clock only in the server's file of it, the page's and the tracker's", () => {
    expect(violating(SOURCES, (text) => /\bprocess\.[a-z]+\b[^ ]/.test(text))).toEqual(["src/main.ts"]);
    expect(violating(SOURCES, (text) => /\bDate\.now\(|performance\.now\(/.test(text)).toSorted()).toEqual([
      "src/base/clock.ts",
      "src/dashboard/model/clock.ts",
      "src/tracker/clock.ts",
    ]);
  });

  test("spreads no configuration, so that a search finds where each setting is used", () => {
    expect(violating(SOURCES, (text) => /\.\.\.(\w+\.)*config\b/.test(text))).toEqual([]);
  });

  test("inserts by the names of columns, so that a new one shifts no values", () => {
    expect(violating(SOURCES, (text) => /\bINTO (\$\{\w+\}|"?\w+"?)\s+(VALUES|SELECT)\b/.test(text))).toEqual([]);
  });

  test("of the pure core knows no time, chance or timer", () => {
    const pure = SOURCES.filter((file) => file.startsWith("src/sessions/"));
    expect(
      violating(pure, (text) => /\bDate\b|Math\.random|setTimeout|setInterval|setImmediate|Bun\./.test(text)),
    ).toEqual([]);
  });

  test("has no default export and exports functions as such", () => {
    const files = SOURCES.filter((file) => !file.endsWith(".d.ts"));
    expect(violating(files, (text) => /^export default|^export const \w+ = (async )?\(/m.test(text))).toEqual([]);
  });

  test(`has functions of at most ${LINES_PER_FUNCTION_MAX} lines`, () => {
    expect(SOURCES.flatMap((file) => longFunctions(file, textOf(file)))).toEqual([]);
  });
});

/** Top-level functions and methods by their indentation, which the formatter guarantees. */
function longFunctions(file: string, text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) => {
    const indent = /^( {0,2})(export )?(async )?(static )?(function |#?\w+\(.*\{$)/.exec(line)?.[1];
    if (indent === undefined) return [];
    // A function that is an argument may end before the next argument.
    const length = lines.slice(at).findIndex((each) => each === `${indent}}` || each.startsWith(`${indent}}, `));
    return length > LINES_PER_FUNCTION_MAX ? [`${file}:${at + 1} has ${length} lines`] : [];
  });
}
