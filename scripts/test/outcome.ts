/** Reads what `bun test` wrote: how many tests passed and failed, and the output of the failed ones. */

const RESULT = /^\((pass|fail|skip|todo)\) /;
const ERROR = "# Unhandled error between tests";
const RULE = /^-{20,}$/;
/** Stands above the tests of a file. */
const HEADER = /^(test\/\S+\.test\.ts):$/;
/** Below a failed test Bun may say why, for example that time ran out. */
const REASON = /^ {2}\^ /;
/** From here on Bun repeats the names of skipped and failed tests. */
const EPILOGUE = /^\d+ tests (skipped|todo|failed):$/;
const RAN = /^Ran \d+ tests? across \d+ files?\./m;
const NO_MATCH = /^error: regex .* matched 0 tests\./m;
/** A server's log can be long, and its end tells most. */
const LINES_MAX = 80;

/** How a file, or a whole run, ended. */
export interface Verdict {
  readonly passed: number;
  readonly failed: number;
  /** The exit code. */
  readonly code: number;
}

interface Failure {
  readonly file: string;
  /** What the test wrote, with its result as the last line. */
  readonly text: string;
}

/** How a process ended that ran some files. */
export interface Outcome extends Verdict {
  readonly failures: readonly Failure[];
  /** What tests said that they left out, for want of a program. */
  readonly skipped: readonly string[];
}

/**
 * @param files those that the process was to run
 * @param code Bun's exit code
 */
export function outcomeOf(files: readonly string[], text: string, code: number): Outcome {
  const lines = text.split("\n");
  const skipped = lines.filter((line) => line.startsWith("SKIPPED: "));
  // No test has the name that was asked for: another file may have it.
  if (NO_MATCH.test(text)) return { passed: 0, failed: 0, code: 0, failures: [], skipped };
  if (!RAN.test(text)) {
    const file = headed(lines.findLast(headed)) ?? files.join(" ");
    const failure = { file, text: [...lines.slice(-LINES_MAX), `(crash) exit code ${code}`].join("\n") };
    return { passed: 0, failed: 1, code: code || 1, failures: [failure], skipped };
  }
  const failed = countOf(lines, "fail") + countOf(lines, "errors?");
  return {
    passed: countOf(lines, "pass"),
    failed: code === 0 ? failed : Math.max(failed, 1),
    code,
    failures: failuresOf(lines, files),
    skipped,
  };
}

/** A test may write such a line too; Bun's own stands in its summary, behind the last count of passed tests. */
function countOf(lines: readonly string[], word: string): number {
  const summary = lines.slice(lines.findLastIndex((line) => /^\s*\d+ pass$/.test(line)));
  return Number(summary.join("\n").match(new RegExp(`^\\s*(\\d+) ${word}$`, "m"))?.[1] ?? 0);
}

/** Whether it is an error outside tests with the second of the rules around it. */
function isWholeError(block: readonly string[]): boolean {
  return block[0] === ERROR && block.filter((line) => RULE.test(line)).length === 2;
}

/** The file that a line is the header of. */
function headed(line = ""): string | undefined {
  return line.match(HEADER)?.[1];
}

function failuresOf(lines: readonly string[], files: readonly string[]): Failure[] {
  const failures: { file: string; lines: string[] }[] = [];
  let [file = ""] = files;
  let block: string[] = [];
  for (const line of lines) {
    if (EPILOGUE.test(line)) break;
    file = headed(line) ?? file;
    if (line === ERROR) block = [];
    if (REASON.test(line) && block.length === 0) failures.at(-1)?.lines.push(line);
    block.push(line);
    const isError = isWholeError(block);
    if (isError || line.startsWith("(fail) ")) failures.push({ file, lines: block.slice(-LINES_MAX) });
    if (isError || RESULT.test(line)) block = [];
  }
  return failures.map((each) => ({ file: each.file, text: each.lines.join("\n") }));
}

/** Sums up a run. One without a test has failed. */
export function verdictOf(parts: readonly Verdict[]): Verdict {
  const passed = parts.reduce((sum, part) => sum + part.passed, 0);
  const failed = parts.reduce((sum, part) => sum + part.failed, 0);
  const code = parts.find((part) => part.code !== 0)?.code ?? 0;
  const ok = passed > 0 && failed === 0 && code === 0;
  return { passed, failed: ok ? 0 : Math.max(failed, 1), code: ok ? 0 : code || 1 };
}

/** Repeats what was left out and what failed, since readers of a long log start at its end. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const skipped = new Set(outcomes.flatMap((outcome) => outcome.skipped));
  const failed = outcomes.flatMap(({ failures }) => failures.map(({ file, text }) => `\nFAILED in ${file}\n${text}\n`));
  return [...[...skipped].map((line) => `${line}\n`), ...failed].join("");
}
