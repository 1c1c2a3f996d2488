/** The test command's own logic: which files run where, and what is made of Bun's output. */

import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { outcomeOf, summaryOf, verdictOf } from "../../scripts/test/outcome.ts";
import {
  APART,
  batchesOf,
  longestFirst,
  type Need,
  needsOf,
  planOf,
  requestOf,
  type Timings,
  timingsOf,
} from "../../scripts/test/plan.ts";
import { browserPaths } from "../support/browser.ts";

const PURE = "test/base/ids.test.ts";
const SERVED = "test/http/live.test.ts";
const SHOWN = "test/dashboard/live.test.ts";
const MEASURING = "test/live/hub.test.ts";
const FILES = [...APART, SHOWN, SERVED, PURE, MEASURING];
const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  [SERVED]: ["server"],
  [SHOWN]: ["process", "browser"],
  [MEASURING]: ["own process"],
};

const planned = (args: readonly string[], hasBrowser = true) =>
  planOf(FILES, requestOf(args), { needs: (file) => new Set(NEEDS[file]), hasBrowser });

describe("a plan", () => {
  test("without arguments takes each file once, those that measure time apart", () => {
    expect(planned([])).toEqual({ together: [SHOWN, SERVED, PURE, MEASURING], apart: APART, alone: [], unseen: [] });
  });

  test("names files apart that exist", () => {
    expect(APART.filter((file) => !existsSync(file))).toEqual([]);
  });

  test("keeps to the paths that are asked for, and passes flags on", () => {
    expect(planned(["test/http", "./test/base/ids"])).toMatchObject({ together: [SERVED, PURE], alone: [] });
    expect(planned(["overload"])).toMatchObject({ together: [], apart: ["test/faults/overload.test.ts"] });
    expect(planned(["test/nowhere"])).toEqual({ together: [], apart: [], alone: [], unseen: [] });
    const args = ["-t", "a name", "--bail", "test/http", "--test-name-pattern", "other"];
    const flags = ["-t", "a name", "--bail", "--test-name-pattern", "other"];
    expect(requestOf(args)).toMatchObject({ flags, paths: ["test/http"] });
  });

  test("that is quick leaves out what starts anything", () => {
    const { together, apart, alone } = planned(["--quick"]);
    expect([together, apart, alone]).toEqual([[PURE, MEASURING], APART, []]);
  });

  test("that is serial runs everything alone, in the order of the files", () => {
    expect(planned(["--serial"])).toEqual({ together: [], apart: [], alone: FILES, unseen: [] });
  });

  test("without a browser leaves out the files that need one, and names them", () => {
    expect(planned([], false)).toEqual({
      together: [SERVED, PURE, MEASURING],
      apart: APART,
      alone: [],
      unseen: [SHOWN],
    });
    expect(planned(["test/http"], false).unseen).toEqual([]);
  });
});

describe("a file's needs", () => {
  // Put together, since this file's own text would show the same needs.
  const importing = (...paths: string[]) => paths.map((path) => `import { x } from "${path}";`).join("\n");
  const texts: Readonly<Record<string, string>> = {
    "test/a.test.ts": importing("./support/deep.ts", "../src/main.ts"),
    "test/support/deep.ts": importing("playwright-core", "../a.test.ts"),
    "test/b.test.ts": `${importing("../src/app/open.ts")} ${"Bun"}.spawnSync(["true"]);`,
    "test/d.test.ts": `${"process"}.memoryUsage();`,
    "test/c.test.ts": importing("../src/apple.ts", "./data.json", "./written-by-the-test.d.ts"),
  };
  const of = (file: string) => [...needsOf(file, (each) => texts[each])].toSorted();

  test("are those of all that it imports of test/", () => {
    expect(of("test/a.test.ts")).toEqual(["browser"]);
    expect(of("test/b.test.ts")).toEqual(["process", "server"]);
    expect(of("test/c.test.ts")).toEqual([]);
    expect(of("test/d.test.ts")).toEqual(["own process"]);
  });
});

describe("timings", () => {
  test("put the longest first, and files without one last, as they were", () => {
    expect(longestFirst(["a", "b", "c", "d"], { c: 2, d: 30 })).toEqual(["d", "c", "a", "b"]);
  });

  test("keep what was not measured, and leave out what takes less than a second", () => {
    const measured = new Map([
      ["a", 400],
      ["c", 8600],
      ["d", 2400],
    ]);
    const timings = timingsOf({ a: 7, b: 2 }, measured);
    expect(Object.entries(timings)).toEqual([
      ["c", 9],
      ["b", 2],
      ["d", 2],
    ]);
  });
});

describe("batches", () => {
  const short = (count: number) => Array.from({ length: count }, (_, at) => `test/base/${at}.test.ts`);
  const batched = (files: readonly string[], timings: Timings, needs: Record<string, readonly Need[]> = NEEDS) =>
    batchesOf(files, timings, (file) => new Set(needs[file]));

  test("are of short files, a dozen in each, behind the long ones", () => {
    const small = short(14);
    expect(batched([...small, SERVED], { [SERVED]: 8 })).toEqual([[SERVED], small.slice(0, 12), small.slice(12)]);
  });

  test("take no longer than a long file does, and the longest of them come first", () => {
    const [a = "", b = "", ...rest] = short(7);
    const timings = { ...Object.fromEntries(rest.map((file) => [file, 5])), [b]: 2 };
    expect(batched([a, b, ...rest], timings)).toEqual([rest.slice(0, 3), [...rest.slice(3), b, a]]);
  });

  test("leave a process of its own to each file with a browser, or that measures its process", () => {
    const [pure = "", measuring = ""] = short(2);
    const needs = { ...NEEDS, [measuring]: ["own process"] as const };
    expect(batched([SHOWN, pure, SERVED, measuring], {}, needs)).toEqual([[pure, SERVED], [SHOWN], [measuring]]);
  });
});

const FILE = "test/a.test.ts";
const END = "\n 2 pass\n 1 skip\n 0 fail\n 9 expect() calls\nRan 3 tests across 1 file. [5.00ms]\n";

describe("an outcome", () => {
  test("has Bun's own counts, whatever tests write in their form", () => {
    const outcome = outcomeOf([FILE], ` 7 pass\n 3 fail\n 1 error\n${END}`, 0);
    expect(outcome).toEqual({ passed: 2, failed: 0, code: 0, failures: [], skipped: [] });
  });

  test("counts errors outside tests as failures", () => {
    const text = END.replace(" 0 fail", " 1 fail\n 2 errors");
    expect(outcomeOf([FILE], text, 1)).toMatchObject({ passed: 2, failed: 3, code: 1 });
  });

  test("without an end, or with a bad exit, is a failure", () => {
    const crash = outcomeOf([FILE], "bun test\nlast words", 132);
    expect(crash).toMatchObject({
      passed: 0,
      failed: 1,
      code: 132,
      failures: [{ file: FILE, text: expect.stringContaining("last words") }],
    });
    expect(outcomeOf([FILE], "", 0)).toMatchObject({ passed: 0, failed: 1, code: 1 });
    expect(outcomeOf([FILE], END, 139)).toMatchObject({ passed: 2, failed: 1, code: 139 });
  });

  test("is none where no test has the name that was asked for", () => {
    const text = 'error: regex "x" matched 0 tests. Searched 1 file (skipping 3 tests) [9.00ms]';
    expect(outcomeOf([FILE], text, 1)).toMatchObject({ passed: 0, failed: 0, code: 0 });
  });
});

describe("a verdict", () => {
  const good = { passed: 2, failed: 0, code: 0 };

  test("sums up its parts", () => {
    expect(verdictOf([good, good])).toEqual({ passed: 4, failed: 0, code: 0 });
    expect(verdictOf([good, { passed: 1, failed: 2, code: 1 }])).toEqual({ passed: 3, failed: 2, code: 1 });
    expect(verdictOf([good, { passed: 0, failed: 0, code: 7 }])).toEqual({ passed: 2, failed: 1, code: 7 });
  });

  test("of a run without tests is a failure", () => {
    expect(verdictOf([])).toEqual({ passed: 0, failed: 1, code: 1 });
    expect(verdictOf([{ passed: 0, failed: 0, code: 0 }])).toEqual({ passed: 0, failed: 1, code: 1 });
  });
});

describe("a summary", () => {
  const RULES = "-".repeat(31);
  const text = `bun test v1.4.5 (a7733435c)
SKIPPED: a full disk needs root

test/a.test.ts:
said before
(pass) a > is right [0.10ms]
said by the failed one
error: expect(received).toBe(expected)
(fail) a > is wrong [1.00ms]

# Unhandled error between tests
${RULES}
error: Cannot find module './nowhere.ts'
${RULES}

(skip) a > left out
(fail) a > late [1000.09ms]
  ^ this test timed out after 1000ms.

2 tests failed:
(fail) a > is wrong [1.00ms]
(fail) a > late [1000.09ms]

 1 pass
 1 skip
 2 fail
 1 error
Ran 4 tests across 1 file. [5.00ms]
`;

  test("repeats the output of each failed test", () => {
    expect(outcomeOf([FILE], text, 1).failures.map((failure) => failure.text)).toEqual([
      "said by the failed one\nerror: expect(received).toBe(expected)\n(fail) a > is wrong [1.00ms]",
      `# Unhandled error between tests\n${RULES}\nerror: Cannot find module './nowhere.ts'\n${RULES}`,
      "(fail) a > late [1000.09ms]\n  ^ this test timed out after 1000ms.",
    ]);
  });

  test("names the file of a test that shared its process", () => {
    const shared = text.replace("(skip)", "\ntest/b.test.ts:\n(skip)").replace("across 1 file", "across 2 files");
    const files = outcomeOf([FILE, "test/b.test.ts"], shared, 1).failures.map(({ file }) => file);
    expect(files).toEqual([FILE, FILE, "test/b.test.ts"]);
  });

  test("begins with what was left out, once, and keeps the end of a long output", () => {
    const long = `${"x\n".repeat(500)}(fail) b\n${END}`;
    const outcomes = [outcomeOf([FILE], text, 1), outcomeOf(["test/b.test.ts"], long, 1), outcomeOf([FILE], text, 1)];
    const summary = summaryOf(outcomes.slice(0, 2));
    expect(summary).toStartWith(
      "SKIPPED: a full disk needs root\n\nFAILED in test/a.test.ts\nsaid by the failed one\n",
    );
    expect(summary).toContain("\nFAILED in test/b.test.ts\nx\n");
    expect(summary).toEndWith("x\n(fail) b\n");
    expect(summary.split("\n").length).toBeLessThan(110);
    expect(summaryOf(outcomes).match(/SKIPPED/g)).toHaveLength(1);
  });

  test("of a run in which nothing failed is empty", () => {
    expect(summaryOf([outcomeOf([FILE], END, 0)])).toBe("");
  });
});

describe("a browser", () => {
  test("is looked for where each system has one, or only where CHROMIUM_PATH says", () => {
    expect(browserPaths("linux", {})).toContain("/usr/bin/chromium");
    expect(browserPaths("darwin", { HOME: "/Users/ann" })).toContain(
      "/Users/ann/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    );
    expect(browserPaths("win32", { "ProgramFiles(x86)": "C:\\Programs" })).toContain(
      "C:\\Programs/Microsoft/Edge/Application/msedge.exe",
    );
    expect(browserPaths("win32", {})).toEqual([]);
    expect(browserPaths("darwin", { CHROMIUM_PATH: "/my/browser" })).toEqual(["/my/browser"]);
  });
});
