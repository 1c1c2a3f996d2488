/** `playhead erase`: erases a visitor or a session from the data directory. It never prints the personal id. */

import { type Erased, erase as eraseFrom } from "../app/maintenance.ts";
import { systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { AppError } from "../base/errors.ts";
import { isSid } from "../base/ids.ts";
import { createLog } from "../base/log.ts";
import { loadConfig } from "../config.ts";
import { type Arguments, type Command, FROM_INPUT, inputOf, type Terminal } from "./command.ts";
import { createProgress } from "./progress.ts";

export const erase: Command = {
  name: "erase",
  operands: "[ID]",
  operandsMax: 1,
  terms: [
    {
      name: "ID",
      summary: "A visitor's id, as in --visitor; - reads it from standard input, where no list of processes shows it.",
    },
  ],
  summary: "Erases every session of a visitor, or one session; - reads the visitor's ID from standard input.",
  settings: ["store", "dataDir", "adminToken", "viewerKeys"],
  options: [
    { name: "visitor", value: "ID", summary: "The visitor, as the operand; - reads the ID from standard input." },
    { name: "session", value: "SID", summary: "The session to erase, in place of a visitor's." },
  ],
  example: 'printf %s "$VISITOR_ID" | playhead erase --visitor -',
  async run(args, terminal) {
    const config = loadConfig(terminal.environment, args.flags);
    const erased = await erasedBy(args, terminal, config.limits.stringBytesMax);
    const progress = createProgress("Searching", terminal);
    const log = createLog({ level: "warn", format: "text", clock: systemClock, write: (line) => terminal.err(line) });
    const options = { erased, log, onProgress: progress.update, stopped: terminal.stopped };
    const count = await eraseFrom(config, options).finally(() => progress.end());
    const none = "sid" in erased ? "no session has this id" : "no session names this visitor";
    terminal.out(count === 0 ? `Nothing to erase: ${none}.\n` : `Erased ${counted(count, "session")}.\n`);
    return 0;
  },
};

async function erasedBy({ flags, operands }: Arguments, terminal: Terminal, bytesMax: number): Promise<Erased> {
  const { session } = flags;
  const visitors = [...operands, ...(flags["visitor"] === undefined ? [] : [flags["visitor"]])];
  if (visitors.length + (session === undefined ? 0 : 1) > 1) {
    throw new AppError("invalid-config", "Cannot erase: name one visitor, or one session");
  }
  if (session === undefined) return { visitorId: checked(await idOf(visitors[0], terminal), bytesMax) };
  const sid = session.toLowerCase();
  if (isSid(sid)) return { sid };
  throw new AppError("invalid-config", "Cannot erase: a session's id has 64 digits and letters from a to f");
}

async function idOf(given: string | undefined, terminal: Terminal): Promise<string> {
  if (given !== FROM_INPUT) return given ?? "";
  // Most programs end their output with a newline, which is not part of the id.
  return (await inputOf(terminal)).replace(/\r?\n$/, "");
}

function checked(visitorId: string, bytesMax: number): string {
  const bytes = Buffer.byteLength(visitorId);
  if (bytes > 0 && bytes <= bytesMax && !visitorId.includes("\0")) return visitorId;
  throw new AppError(
    "invalid-config",
    `Cannot erase: a visitor's id has 1 to ${bytesMax} bytes; give one, or - to read it from standard input`,
  );
}
