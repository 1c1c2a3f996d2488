/** `playhead erase`: takes a visitor out of the data directory. The id is personal data: it is never shown. */

import { eraseVisitor } from "../app/maintenance.ts";
import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { createLog } from "../base/log.ts";
import { loadConfig } from "../config.ts";
import type { Command, Terminal } from "./command.ts";
import { createProgress } from "./progress.ts";

const FROM_INPUT = "-";

export const erase: Command = {
  name: "erase",
  operands: "ID",
  operandsMax: 1,
  summary: "Erases every session of a visitor; with - for ID it is read from standard input.",
  settings: ["dataDir", "adminToken"],
  async run({ flags, operands: [operand] }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const visitorId = checked(await idOf(operand, terminal), config.limits.stringBytesMax);
    const progress = createProgress("Searching", terminal);
    const log = createLog({ level: "warn", format: "text", clock: systemClock, write: (line) => terminal.err(line) });
    const { onProgress, stopped } = { onProgress: progress.update, stopped: terminal.stopped };
    const erased = await eraseVisitor(config, { visitorId, log, onProgress, stopped }).finally(() => progress.end());
    const sessions = erased === 1 ? "session" : "sessions";
    terminal.out(erased === 0 ? "No session has this id.\n" : `Erased ${erased.toLocaleString("en")} ${sessions}.\n`);
    return 0;
  },
};

async function idOf(operand: string | undefined, terminal: Terminal): Promise<string> {
  if (operand !== FROM_INPUT) return operand ?? "";
  // What writes a line ends it, and an id has no end of line.
  return ((await terminal.in?.()) ?? "").replace(/\r?\n$/, "");
}

function checked(visitorId: string, bytesMax: number): string {
  const bytes = Buffer.byteLength(visitorId);
  if (bytes > 0 && bytes <= bytesMax && !visitorId.includes("\0")) return visitorId;
  throw new AppError(
    "invalid-config",
    `playhead erase takes a visitor's id of 1 to ${bytesMax} bytes, or - to read it from standard input`,
  );
}
