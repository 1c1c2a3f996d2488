/** `playhead import`: takes in an export of events, with a server or without one. */

import { type ImportedFile, importFile } from "../app/import.ts";
import { systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { createLog } from "../base/log.ts";
import { loadConfig } from "../config.ts";
import { type Command, FROM_INPUT, fileOperand, type Terminal } from "./command.ts";
import { createProgress } from "./progress.ts";

export const importCommand: Command = {
  name: "import",
  operands: "FILE|-",
  operandsMax: 1,
  terms: [
    { name: "FILE", summary: "What playhead export events wrote, of this version or an older one." },
    { name: "-", summary: "The same from standard input." },
  ],
  summary: "Takes in an export of events (ndjson, gzip or not), dated as it was; a second time changes nothing.",
  settings: [
    "store",
    "dataDir",
    "synchronous",
    "adminToken",
    "idleTimeoutMs",
    "stallTimeoutMs",
    "sessionEventsMax",
    "sessionBytesMax",
  ],
  options: [
    { name: "dry-run", summary: "Checks and counts, and stores nothing." },
    { name: "strict", summary: "Ends at the first bad line; what came before it stays." },
  ],
  example: "playhead import events.ndjson --dry-run",
  async run({ flags, switches, operands }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const file = fileOperand("import", { operands });
    const from = file === FROM_INPUT ? (terminal.inStream?.() ?? new Blob().stream()) : file;
    const isDryRun = switches.has("dry-run");
    let progress = createProgress(isDryRun ? "Checking" : "Importing", terminal);
    const log = createLog({ level: "warn", format: "text", clock: systemClock, write: (line) => terminal.err(line) });
    let told = 0;
    const summary = await importFile(config, {
      from,
      isDryRun,
      isStrict: switches.has("strict"),
      log,
      onProgress: (done, total) => progress.update(done, total),
      onCompare: () => {
        progress.end();
        progress = createProgress("Comparing", terminal);
      },
      onProblem: ({ line, message }) => {
        told += 1;
        progress.end();
        terminal.err(`Line ${line} ${message}\n`);
      },
      stopped: terminal.stopped,
    }).finally(() => progress.end());
    report(summary, { isDryRun, told }, terminal);
    return summary.finished && summary.refused === 0 && !summary.differing ? 0 : 1;
  },
};

interface Told {
  readonly isDryRun: boolean;
  /** Bad lines that were printed. */
  readonly told: number;
}

function report(summary: ImportedFile, { isDryRun, told }: Told, terminal: Terminal): void {
  const { sessions, events, lines, refused, finished, differing } = summary;
  const both = (what: "stored" | "present" | "erased") =>
    `${counted(sessions[what], "session")} and ${counted(events[what], "event")}`;
  terminal.out(`${isDryRun ? "Would import" : "Imported"} ${both("stored")} from ${counted(lines, "line")}.\n`);
  if (sessions.present + events.present > 0) terminal.out(`Already there: ${both("present")}.\n`);
  if (sessions.erased + events.erased > 0) terminal.out(`Refused, since they were erased here: ${both("erased")}.\n`);
  if (sessions.trimmed + events.trimmed > 0) {
    terminal.out(`Passed over, since retention has taken their events: ${counted(sessions.trimmed, "session")}.\n`);
  }
  if (refused > told) terminal.err(`and ${counted(refused - told, "bad line")} more.\n`);
  if (refused > 0) terminal.out(`Bad lines, passed over: ${refused.toLocaleString("en")}.\n`);
  if (!finished) terminal.err("Interrupted; what was imported stays. Run the same command again to go on.\n");
  else if (differing === undefined && !isDryRun) terminal.out("Not compared: standard input comes only once.\n");
  if (differing === 0) terminal.out("Compared: each session and event of the file is stored as it stands there.\n");
  else if (differing !== undefined) terminal.err(`${notStored(differing)}\n`);
}

function notStored(lines: number): string {
  const state = `${counted(lines, "line")} of the file ${lines === 1 ? "is" : "are"} not stored as they stand there`;
  return `Cannot confirm the import: ${state}; import the file again, and see whether retention erases old sessions`;
}
