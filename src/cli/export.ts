/** `playhead export`: sessions, events and their rows as a file or a stream. */

import { exportDataDir } from "../app/maintenance.ts";
import { AppError } from "../base/errors.ts";
import { loadConfig } from "../config.ts";
import { EXPORT_FORMATS, EXPORT_KINDS, type ExportQuery, parseExportQuery } from "../exports/query.ts";
import type { Arguments, Command, Terminal } from "./command.ts";
import { createProgress, tellDamaged } from "./progress.ts";
import { stoppable, writeUnlessStopped } from "./stopping.ts";

export const exportCommand: Command = {
  name: "export",
  operands: "KIND",
  operandsMax: 1,
  summary: `Writes ${EXPORT_KINDS.join(", ")}; safe beside a running server.`,
  settings: ["dataDir"],
  options: [
    { name: "format", value: "FORMAT", summary: `[${Object.keys(EXPORT_FORMATS).join(" | ")}, default ndjson]` },
    {
      name: "from",
      value: "INSTANT",
      summary: "Only what started or arrived then or later [ISO 8601 or milliseconds].",
    },
    { name: "to", value: "INSTANT", summary: "Only what started or arrived before then." },
    { name: "gzip", summary: "Compresses the output." },
    {
      name: "out",
      value: "FILE",
      summary: "Writes a file, which appears once it is complete; default standard output.",
    },
    { name: "force", summary: "Replaces the file." },
  ],
  async run(args, terminal) {
    const config = loadConfig(terminal.environment, args.flags);
    const query = queryOf(args);
    const path = args.flags["out"];
    if (path === undefined) refuseTerminal(query, terminal);
    const progress = createProgress(`Exporting ${query.kind}`, terminal);
    return await stoppable(terminal, async (signal) => {
      try {
        const replace = args.switches.has("force");
        const to = path === undefined ? writeUnlessStopped(terminal, signal) : { path, replace };
        const damaged = await exportDataDir(config, { query, to, signal, onProgress: progress.update });
        tellDamaged(damaged, terminal);
        return 0;
      } finally {
        progress.end();
      }
    });
  },
};

function queryOf({ operands, flags, switches }: Arguments): ExportQuery {
  const { format, from, to } = flags;
  return parseExportQuery({ kind: operands[0], format, from, to, gzip: switches.has("gzip") });
}

function refuseTerminal({ format, gzip }: ExportQuery, { outIsTerminal }: Terminal): void {
  if (!outIsTerminal || (EXPORT_FORMATS[format].isText && !gzip)) return;
  throw new AppError(
    "invalid-query",
    `Cannot write ${gzip ? "gzip" : "Parquet"} to a terminal: use --out FILE or a pipe`,
  );
}
