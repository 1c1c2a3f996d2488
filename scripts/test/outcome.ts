/** Reads what `bun test` wrote about one file: how many tests passed and failed, and the output of the failed ones. */

const RESULT = /^\((pass|fail|skip|todo)\) /;
const ERROR = "# Unhandled error between tests";
const RULE = /^-{20,}$/;
/** Below a failed test Bun may say why, for example that time ran out. */
const REASON = /^ {2}\^ /;
/** From here on Bun repeats the names of skipped and failed tests. */
const EPILOGUE = /^\d+ tests (skipped|todo|failed):$/;
const RAN = /^Ran \d+ tests? across 1 file\./m;
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

export interface Outcome extends Verdict {
  readonly file: string;
  /** What each failed test wrote, with its result as the last line. */
  readonly failures: readonly string[];
  /** What tests said that they left out, for want of a program. */
  readonly skipped: readonly string[];
}

/** @param code Bun's exit code */
export function outcomeOf(file: string, text: string, code: number): Outcome {
  const lines = text.split("\n");
  const skipped = lines.filter((line) => line.startsWith("SKIPPED: "));
  // No test has the name that was asked for: another file may have it.
  if (NO_MATCH.test(text)) return { file, passed: 0, failed: 0, code: 0, failures: [], skipped };
  if (!RAN.test(text)) {
    const failure = [...lines.slice(-LINES_MAX), `(crash) exit code ${code}`].join("\n");
    return { file, passed: 0, failed: 1, code: code || 1, failures: [failure], skipped };
  }
  const failed = countOf(lines, "fail") + countOf(lines, "errors?");
  return {
    file,
    passed: countOf(lines, "pass"),
    failed: code === 0 ? failed : Math.max(failed, 1),
    code,
    failures: failuresOf(lines),
    skipped,
  };
}

/** A test may write such a line too; Bun's own stands in its summary, behind the last count of passed tests. */
function countOf(lines: readonly string[], word: string): number {
  const summary = lines.slice(lines.findLastIndex((line) => /^\s*\d+ pass$/.test(line)));
  return Number(summary.join("\n").match(new RegExp(`^\\s*(\\d+) ${word}$`, "m"))?.[1] ?? 0);
}

function failuresOf(lines: readonly string[]): string[] {
  const failures: string[][] = [];
  let block: string[] = [];
  for (const line of lines) {
    if (EPILOGUE.test(line)) break;
    if (line === ERROR) block = [];
    if (REASON.test(line) && block.length === 0) failures.at(-1)?.push(line);
    block.push(line);
    const isError = block[0] === ERROR && block.filter((each) => RULE.test(each)).length === 2;
    if (isError || line.startsWith("(fail) ")) failures.push(block.slice(-LINES_MAX));
    if (isError || RESULT.test(line)) block = [];
  }
  return failures.map((each) => each.join("\n"));
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
  const failed = outcomes.flatMap(({ file, failures }) => failures.map((each) => `\nFAILED in ${file}\n${each}\n`));
  return [...[...skipped].map((line) => `${line}\n`), ...failed].join("");
}
