/** Decides which test files a run takes, in which order, and how many of them run side by side. */

import { dirname, join } from "node:path";

/** Files that hold a measured time against a bound or another time: each needs a core to itself. */
export const APART: readonly string[] = [
  "test/faults/json-bombs.test.ts",
  "test/faults/long-sessions.test.ts",
  "test/faults/overload.test.ts",
  "test/simulate/live.test.ts",
  "test/store/sqlite/commit-thread.test.ts",
  "test/store/sqlite/sweep.test.ts",
  "test/tracker/players.test.ts",
];

/** What a file needs, by the text that shows it in the file or in a file of test/ that it imports. */
const NEEDS = {
  browser: /from "playwright-core"/,
  process: /\bBun\.spawn/,
  server: /from "[./]+\/src\/app(\/[\w-]+)?\.ts"/,
  "own process": /\bprocess\.(memoryUsage|cpuUsage)\b/,
  "column store": /from "[./]+\/src\/reports\/(desk\.ts|facts\/)/,
} as const;

export type Need = keyof typeof NEEDS;

/** Flags of `bun test` whose value is the next argument; all others take it behind `=`. */
const FLAGS_WITH_VALUE = ["-t", "--test-name-pattern"];

export interface Request {
  /** Flags for `bun test`. */
  readonly flags: readonly string[];
  /** Parts of file paths; none means all files. */
  readonly paths: readonly string[];
  /** Whether to leave out files that start anything. */
  readonly quick: boolean;
  /** Whether all files run one by one. */
  readonly serial: boolean;
  /** Whether to write down how long files took. */
  readonly updatesTimings: boolean;
}

export function requestOf(args: readonly string[]): Request {
  const flags: string[] = [];
  const paths: string[] = [];
  const own = { "--quick": false, "--serial": false, "--update-timings": false };
  for (const [at, arg] of args.entries()) {
    if (arg in own) own[arg as keyof typeof own] = true;
    else if (arg.startsWith("-") || FLAGS_WITH_VALUE.includes(args[at - 1] ?? "")) flags.push(arg);
    else paths.push(arg.replace(/^\.\//, ""));
  }
  return {
    flags,
    paths,
    quick: own["--quick"],
    serial: own["--serial"],
    updatesTimings: own["--update-timings"],
  };
}

export interface Plan {
  readonly together: readonly string[];
  /** At most as many at once as there are cores. */
  readonly apart: readonly string[];
  /** One by one, as a serial run has them all. */
  readonly alone: readonly string[];
  /** Files left out for want of a browser. */
  readonly unseen: readonly string[];
}

interface Surroundings {
  readonly needs: (file: string) => ReadonlySet<Need>;
  readonly hasBrowser: boolean;
}

/** @param files all test files, with `/` between folders */
export function planOf(
  files: readonly string[],
  { paths, quick, serial }: Request,
  { needs, hasBrowser }: Surroundings,
): Plan {
  const asked = files.filter((file) => paths.length === 0 || paths.some((path) => file.includes(path)));
  const isQuick = (file: string) => [...needs(file)].every((need) => need === "own process");
  const wanted = quick ? asked.filter(isQuick) : asked;
  const unseen = hasBrowser ? [] : wanted.filter((file) => needs(file).has("browser"));
  const taken = wanted.filter((file) => !unseen.includes(file));
  if (serial) return { together: [], apart: [], alone: taken, unseen };
  const isApart = (file: string) => APART.includes(file);
  return { together: taken.filter((file) => !isApart(file)), apart: taken.filter(isApart), alone: [], unseen };
}

/** Seconds that files took, the longest first; those below one are left out. */
export type Timings = Readonly<Record<string, number>>;

/** Sorts files so that no long one starts when the others are through. */
export function longestFirst(files: readonly string[], timings: Timings): string[] {
  return files.toSorted((a, b) => (timings[b] ?? 0) - (timings[a] ?? 0));
}

/** What a file without a time is taken for: it took less than a second. */
const SHORT_S = 0.4;
/** A longer file has a process of its own, so that the end of a run balances. */
const SHARED_S_MAX = 6;
/** Bounds the files that share a process. */
const BATCH_FILES = 12;
const BATCH_S_MAX = 15;

/**
 * Puts short files together, which share a process: to load what they test takes longer than many of them do.
 *
 * @returns the batches, the longest first
 */
export function batchesOf(
  files: readonly string[],
  timings: Timings,
  needs: (file: string) => ReadonlySet<Need>,
): readonly (readonly string[])[] {
  const secondsOf = (batch: readonly string[]) => batch.reduce((sum, file) => sum + (timings[file] ?? SHORT_S), 0);
  const isShared = (file: string) =>
    secondsOf([file]) <= SHARED_S_MAX && !needs(file).has("browser") && !needs(file).has("own process");
  const batches: string[][] = files.filter((file) => !isShared(file)).map((file) => [file]);
  let batch: string[] = [];
  for (const file of longestFirst(files.filter(isShared), timings)) {
    if (batch.length === 0 || batch.length === BATCH_FILES || secondsOf([...batch, file]) > BATCH_S_MAX) {
      batch = [];
      batches.push(batch);
    }
    batch.push(file);
  }
  return batches.toSorted((a, b) => secondsOf(b) - secondsOf(a));
}

/** @param measured the milliseconds of each file that ran in a process of its own */
export function timingsOf(before: Timings, measured: ReadonlyMap<string, number>): Timings {
  const seconds = [...measured].map(([file, ms]) => [file, Math.round(ms / 1000)] as const);
  const all = Object.entries({ ...before, ...Object.fromEntries(seconds) }).filter(([, each]) => each >= 1);
  return Object.fromEntries(all.toSorted(([a, secondsA], [b, secondsB]) => secondsB - secondsA || (a < b ? -1 : 1)));
}

const IMPORT = /from "(\.[^"]+)"/g;

/**
 * Finds a test file's needs in its own text and in the files of test/ that it imports.
 *
 * @param textOf undefined where there is no such file: an import may stand in the text of a program that a test writes
 */
export function needsOf(file: string, textOf: (file: string) => string | undefined): ReadonlySet<Need> {
  const needs = new Set<Need>();
  const seen = new Set([file]);
  for (const each of seen) {
    const text = textOf(each) ?? "";
    for (const [need, shown] of Object.entries(NEEDS)) if (shown.test(text)) needs.add(need as Need);
    for (const [, target = ""] of text.matchAll(IMPORT)) {
      const path = join(dirname(each), target).replaceAll("\\", "/");
      if (path.startsWith("test/") && path.endsWith(".ts")) seen.add(path);
    }
  }
  return needs;
}
