/**
 * Runs the suite and ends with the plain line `N passed, N failed`, which CI reads.
 *
 * `bun scripts/test.ts [--quick] [--serial] [--update-timings] [FLAGS] [PATHS]` runs the files whose path contains one of
 * PATHS, or all of them. FLAGS are those of `bun test`. Short files share processes, each other file has one of its own.
 * Several processes run side by side; files that measure time run afterwards, with a core each. The exit code is that of
 * the first process that failed.
 *
 * `bun test --parallel` does much of this, but prints a test's output apart from its result and mixed with that of other
 * files, and a process that crashes ends its whole run.
 */

import {
  chmodSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { MIB } from "../src/base/units.ts";
import { findChromium } from "../test/support/browser.ts";
import { buildBinary } from "./build/binary.ts";
import { installedDuckdbPlugin } from "./build/duckdb-plugin.ts";
import { type Outcome, outcomeOf, summaryOf, type Verdict, verdictOf } from "./test/outcome.ts";
import { batchesOf, longestFirst, needsOf, planOf, requestOf, type Timings, timingsOf } from "./test/plan.ts";

/** Bun reads no timeout from bunfig.toml; tests that start processes need more than its 5 s on a busy machine. */
const TIMEOUT = "--timeout=30000";
const TIMINGS = "test/timings.json";
const CORES = availableParallelism();
/** One more than there are cores: half of the files wait for a browser, a process or a clock. */
const WORKERS = CORES + 1;
/** Where Linux keeps files in memory. Most tests commit to a file of their own, and need no disk that is slow. */
const IN_MEMORY = "/dev/shm";
const MOUNTS = "/proc/mounts";
const IN_MEMORY_BYTES_MIN = 4096 * MIB;
/** With as many files that start processes, building the program takes less time than its starts save. */
const BUILT_FILES_MIN = 8;
/** A test may run it as another user. */
const READABLE = 0o755;

const request = requestOf(process.argv.slice(2));
const timings: Timings = JSON.parse(readFileSync(TIMINGS, "utf8"));
const measured = new Map<string, number>();
const temporary = temporaryFolder();
const logs = mkdtempSync(join(temporary, "playhead-tests-"));

/** The folder for the files of tests: the one that TMPDIR names, or the fastest with room. */
function temporaryFolder(): string {
  if (process.env["TMPDIR"] || !existsSync(MOUNTS)) return tmpdir();
  const mount = readFileSync(MOUNTS, "utf8").match(new RegExp(`^\\S+ ${IN_MEMORY} .*$`, "m"))?.[0] ?? "noexec";
  // A test runs the binary that it has built.
  if (mount.includes("noexec")) return tmpdir();
  const { bavail, bsize } = statfsSync(IN_MEMORY);
  return bavail * bsize < IN_MEMORY_BYTES_MIN ? tmpdir() : IN_MEMORY;
}

/** Builds the program that files start, and says where it is. */
async function builtFor(files: readonly string[]): Promise<{ BUILT_PROGRAM?: string }> {
  if (files.filter((file) => needs(file).has("process")).length < BUILT_FILES_MIN) return {};
  const program = join(logs, "playhead");
  chmodSync(logs, READABLE);
  await buildBinary(program, undefined, installedDuckdbPlugin());
  return { BUILT_PROGRAM: program };
}

async function runBatch(batch: readonly string[]): Promise<Outcome> {
  const [first = ""] = batch;
  const log = join(logs, first.replaceAll("/", "-"));
  // One file for both streams keeps the lines in order.
  const to = openSync(log, "a");
  const sinceMs = performance.now();
  const command = [process.execPath, "test", TIMEOUT, ...request.flags, ...batch.map((file) => `./${file}`)];
  const code = await Bun.spawn(command, { stdin: "ignore", stdout: to, stderr: to, env: environment }).exited;
  closeSync(to);
  if (batch.length === 1) measured.set(first, performance.now() - sinceMs);
  const text = readFileSync(log, "utf8");
  process.stderr.write(text);
  return outcomeOf(batch, text, code);
}

async function run(batches: readonly (readonly string[])[], workers: number): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...batches];
  const work = async () => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift())
      outcomes.push(await runBatch(batch));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return outcomes;
}

/** Says which files are left out for want of a browser. In CI that is a failure: they would never run. */
function withoutBrowser(files: readonly string[]): Verdict {
  const isFailure = files.length > 0 && Boolean(process.env["CI"]);
  if (files.length > 0) {
    const word = isFailure ? "FAILED" : "SKIPPED";
    const list = files.join("\n  ");
    console.error(`\n${word}: these tests need Chromium, Chrome or Edge; install one or set CHROMIUM_PATH:\n  ${list}`);
  }
  return { passed: 0, failed: isFailure ? 1 : 0, code: isFailure ? 1 : 0 };
}

const files = [...new Bun.Glob("test/**/*.test.ts").scanSync()].map((file) => file.replaceAll("\\", "/")).toSorted();
const textOf = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
const needs = (file: string) => needsOf(file, textOf);
const plan = planOf(files, request, { needs, hasBrowser: findChromium() !== undefined });
const singly = (each: readonly string[]) => longestFirst(each, timings).map((file) => [file]);
const environment = { ...process.env, TMPDIR: temporary, ...(await builtFor([...plan.together, ...plan.apart])) };
// A file's time is measured in a process of its own.
const together = request.updatesTimings ? singly(plan.together) : batchesOf(plan.together, timings, needs);
const outcomes = [
  ...(await run(together, WORKERS)),
  ...(await run(singly(plan.apart), CORES)),
  ...(await run(singly(plan.alone), 1)),
];
rmSync(logs, { recursive: true });
if (request.updatesTimings) writeFileSync(TIMINGS, `${JSON.stringify(timingsOf(timings, measured), null, 2)}\n`);
process.stderr.write(summaryOf(outcomes));
const { passed, failed, code } = verdictOf([...outcomes, withoutBrowser(plan.unseen)]);
console.log(`${passed} passed, ${failed} failed`);
process.exit(code);
