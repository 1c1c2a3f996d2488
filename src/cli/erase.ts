/** `playhead erase`: erases a visitor from the data directory. The id is personal data, so it is never printed. */

import { eraseVisitor } from "../app/maintenance.ts";
import { systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
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
  summary: "Erases every session of a visitor; - reads the ID from standard input.",
  settings: ["dataDir", "adminToken"],
  async run({ flags, operands: [operand] }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const visitorId = checked(await idOf(operand, terminal), config.limits.stringBytesMax);
    const progress = createProgress("Searching", terminal);
    const log = createLog({ level: "warn", format: "text", clock: systemClock, write: (line) => terminal.err(line) });
    const options = { visitorId, log, onProgress: progress.update, stopped: terminal.stopped };
    const erased = await eraseVisitor(config, options).finally(() => progress.end());
    terminal.out(
      erased === 0 ? "Nothing to erase: no session names this visitor.\n" : `Erased ${counted(erased, "session")}.\n`,
    );
    return 0;
  },
};

async function idOf(operand: string | undefined, terminal: Terminal): Promise<string> {
  if (operand !== FROM_INPUT) return operand ?? "";
  // Most programs end their output with a newline, which is not part of the id.
  return ((await terminal.in?.()) ?? "").replace(/\r?\n$/, "");
}

function checked(visitorId: string, bytesMax: number): string {
  const bytes = Buffer.byteLength(visitorId);
  if (bytes > 0 && bytes <= bytesMax && !visitorId.includes("\0")) return visitorId;
  throw new AppError(
    "invalid-config",
    `Cannot erase: a visitor's id has 1 to ${bytesMax} bytes; give one, or - to read it from standard input`,
  );
}
