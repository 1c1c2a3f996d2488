/** Makes the table of results.md from the last run of each question in results.jsonl. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "./figures.ts";

/** A line of results.jsonl: when, where and of what it was measured, and the figure. */
export interface Result extends Line {
  readonly at: string;
  readonly commit: string;
  readonly machine: { readonly cpu: string; readonly cores: number };
  readonly question: string;
}

export interface Line {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  /** If the figure has one. */
  readonly target?: string;
  readonly met?: boolean;
  /** Present in a comparison with another commit. */
  readonly against?: string;
  readonly interval?: readonly [low: number, high: number];
  readonly verdict?: string;
  readonly rounds?: number;
  readonly pairs?: number;
}

const PAGE = join(import.meta.dir, "../results.md");
const BEGIN = "<!-- made:results -->";
const END = "<!-- /made -->";

/** Writes the table, in which no comparison stands. @throws Error when the page has no place for it */
export function writeTable(resultsPath: string, questions: readonly string[]): void {
  const results = readFileSync(resultsPath, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Result)
    .filter(({ against }) => against === undefined);
  const rows = questions.flatMap((question) => rowsOf(results.filter((result) => result.question === question)));
  const table = ["| question | figure | value | target |", "|---|---|--:|---|", ...rows].join("\n");
  const text = readFileSync(PAGE, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no "${BEGIN}" and "${END}"`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}

/** The rows of a question's last run; its date and commit stand beside its name. */
function rowsOf(results: readonly Result[]): string[] {
  const last = results.at(-1);
  const run = results.filter(({ at }) => at === last?.at);
  return run.map(({ at, commit, question, figure, value, unit, target, met }, i) => {
    const name = i === 0 ? `**${question}** ${at.slice(0, 10)}, ${commit}` : "";
    const verdict = target === undefined ? "" : `${target}: ${met ? "met" : "**missed**"}`;
    return `| ${name} | ${figure} | ${format(value)} ${unit} | ${verdict} |`;
  });
}
