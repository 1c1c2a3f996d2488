/** `playhead recompute`: folds closed sessions again, under the definitions of this version. */

import { type RecomputeSummary, recomputeDataDir } from "../app/maintenance.ts";
import { counted } from "../base/counted.ts";
import { INSTANT_FORMS, readInstant, readZone } from "../base/instant.ts";
import { loadConfig } from "../config.ts";
import type { Arguments, Command, Terminal } from "./command.ts";
import { createProgress } from "./progress.ts";
import { stopFlag } from "./stopping.ts";

export const recompute: Command = {
  name: "recompute",
  operandsMax: 0,
  summary: "Recalculates the numbers of closed sessions by this version's definitions; safe beside a running server.",
  settings: ["store", "dataDir", "mendingOff", "bitrateUnit"],
  options: [
    { name: "diff", summary: "Prints which numbers would change, and changes none." },
    { name: "from", value: "INSTANT", summary: `Sessions that started at this instant or later [${INSTANT_FORMS}].` },
    { name: "to", value: "INSTANT", summary: "Sessions that started before this instant." },
    { name: "timezone", value: "ZONE", summary: "Time zone of dates and times without an offset [default UTC]." },
  ],
  example: "playhead recompute --diff --from 2026-03-01",
  async run(args, terminal) {
    const range = rangeOf(args);
    const dryRun = args.switches.has("diff");
    const config = loadConfig(terminal.environment, args.flags);
    const progress = createProgress(dryRun ? "Comparing" : "Recomputing", terminal);
    const summary = await recomputeDataDir(config, {
      range,
      dryRun,
      onProgress: progress.update,
      isStopped: stopFlag(terminal),
    });
    progress.end();
    report(summary, dryRun, terminal);
    return summary.finished ? 0 : 1;
  },
};

function rangeOf({ flags }: Arguments): { fromMs?: number; toMs?: number } {
  const { from, to } = flags;
  const zone = readZone("--timezone", flags["timezone"]);
  return {
    ...(from !== undefined && { fromMs: readInstant("--from", from, zone) }),
    ...(to !== undefined && { toMs: readInstant("--to", to, zone) }),
  };
}

function report(summary: RecomputeSummary, dryRun: boolean, terminal: Terminal) {
  const { done, changed, unfolded, failed, trimmed, resumed, finished, definitions } = summary;
  if (resumed) terminal.err("Resumed an interrupted recompute.\n");
  const verb = dryRun ? "would change" : "changed";
  terminal.out(`${counted(done, "session")} folded, ${changed.toLocaleString("en")} ${verb}.\n`);
  if (unfolded > 0) terminal.out(`${unfolded.toLocaleString("en")} had no numbers yet.\n`);
  if (failed > 0) terminal.out(`${failed.toLocaleString("en")} could not be folded.\n`);
  if (trimmed > 0) terminal.out(`${trimmed.toLocaleString("en")} skipped: their events were deleted.\n`);
  for (const [version, sessions] of summary.outdated) {
    terminal.out(`Definitions ${version} → ${definitions}: ${counted(sessions, "session")}.\n`);
  }
  printChanges(summary.byMetric, terminal);
  if (summary.byRule.size > 0) terminal.out("Rules that decide otherwise in the sessions whose numbers change:\n");
  printChanges(summary.byRule, terminal, " events");
  if (!finished) terminal.err("Interrupted; run the same command to resume.\n");
}

function printChanges(changes: RecomputeSummary["byMetric"], terminal: Terminal, unit = ""): void {
  const width = Math.max(0, ...[...changes.keys()].map(({ length }) => length));
  for (const [id, { sessions, before, after }] of [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const change = `${rounded(before)} → ${rounded(after)}${unit}`;
    terminal.out(`${id.padEnd(width)}  ${counted(sessions, "session")}  ${change}\n`);
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
