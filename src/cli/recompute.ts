/** `playhead recompute`: folds stored sessions under this version's definitions. */

import { type RecomputeSummary, recomputeDataDir } from "../app/maintenance.ts";
import { AppError } from "../base/errors.ts";
import { parseInstant } from "../base/instant.ts";
import { loadConfig } from "../config.ts";
import type { Arguments, Command, Terminal } from "./command.ts";
import { createProgress } from "./progress.ts";

export const recompute: Command = {
  name: "recompute",
  operandsMax: 0,
  summary: "Folds closed sessions anew under this version's definitions; safe beside a running server.",
  settings: ["dataDir"],
  options: [
    { name: "diff", summary: "Only print which numbers would change." },
    { name: "from", value: "INSTANT", summary: "Sessions that started then or later [ISO 8601 or milliseconds]." },
    { name: "to", value: "INSTANT", summary: "Sessions that started before then." },
  ],
  async run(args, terminal) {
    const range = rangeOf(args);
    const dryRun = args.switches.has("diff");
    const config = loadConfig(terminal.environment, args.flags);
    const progress = createProgress(dryRun ? "Comparing" : "Recomputing", terminal);
    let stopped = false;
    void terminal.stopped.then(() => {
      stopped = true;
    });
    const summary = await recomputeDataDir(config, {
      range,
      dryRun,
      onProgress: progress.update,
      isStopped: () => stopped,
    });
    progress.end();
    report(summary, dryRun, terminal);
    return summary.finished ? 0 : 1;
  },
};

function rangeOf({ flags }: Arguments): { fromMs?: number; toMs?: number } {
  const read = (name: "from" | "to") => {
    const text = flags[name];
    if (text === undefined) return undefined;
    const ms = parseInstant(text);
    if (ms !== undefined) return ms;
    throw new AppError("invalid-config", `--${name} must be an instant: ISO 8601, or milliseconds since the epoch`);
  };
  const [fromMs, toMs] = [read("from"), read("to")];
  return { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
}

function report(summary: RecomputeSummary, dryRun: boolean, terminal: Terminal) {
  const { done, changed, unfolded, trimmed, byMetric, resumed, finished } = summary;
  if (resumed) terminal.err("Took up an interrupted recompute.\n");
  const verb = dryRun ? "would change" : "changed";
  terminal.out(`${done.toLocaleString("en")} sessions folded, ${changed.toLocaleString("en")} ${verb}.\n`);
  if (unfolded > 0) terminal.out(`${unfolded.toLocaleString("en")} had no numbers yet.\n`);
  if (trimmed > 0) terminal.out(`${trimmed.toLocaleString("en")} passed over: their events are gone.\n`);
  const width = Math.max(0, ...[...byMetric.keys()].map(({ length }) => length));
  for (const [id, { sessions, before, after }] of [...byMetric].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    terminal.out(`${id.padEnd(width)}  ${sessions} sessions  ${rounded(before)} → ${rounded(after)}\n`);
  }
  if (!finished) terminal.err("Interrupted; the same command goes on from here.\n");
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
