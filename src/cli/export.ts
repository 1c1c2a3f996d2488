/** `playhead export`: sessions, events and their rows as files or a stream. */

import { exportDataDir, type KindExport } from "../app/maintenance.ts";
import { AppError } from "../base/errors.ts";
import { INSTANT_FORMS } from "../base/instant.ts";
import { loadConfig } from "../config.ts";
import {
  EXPORT_FORMATS,
  EXPORT_KINDS,
  type ExportKindName,
  type ExportQuery,
  parseExportQuery,
  unknownKind,
} from "../exports/query.ts";
import type { Arguments, Command, Terminal } from "./command.ts";
import { createProgress, type ProgressBar, tellDamaged } from "./progress.ts";
import { stoppable, writeUnlessStopped } from "./stopping.ts";

/** Every kind, each as a file of one directory. */
const ALL = "all";
/** The file of the next cursor in that directory. */
const CURSOR_FILE = "cursor";

/** What each kind has a row for, and which time `--from` and `--to` look at. */
const KINDS: Readonly<Record<ExportKindName, string>> = {
  sessions: "One row per session, with its start and its numbers; by the session's start.",
  events: "One row per event as it was sent; import takes these. By its arrival.",
  ads: "One row per ad; by the session's start.",
  adBreaks: "One row per ad break; by the session's start.",
  chapters: "One row per chapter; by the session's start.",
  states: "One row per player state of a session; by the session's start.",
  errors: "One row per error event; by the session's start.",
  erased: "One row per session that was erased on request; by the erasure.",
};

export const exportCommand: Command = {
  name: "export",
  operands: "KIND",
  operandsMax: 1,
  summary: "Writes sessions, events or rows of sessions, to standard output or files; safe beside a running server.",
  terms: [
    ...EXPORT_KINDS.map((name) => ({ name, summary: KINDS[name] })),
    { name: ALL, summary: "Every kind, each as a file in the directory of --out." },
  ],
  settings: ["store", "dataDir"],
  options: [
    {
      name: "format",
      value: "FORMAT",
      summary: `Form of the rows. [${Object.keys(EXPORT_FORMATS).join(" | ")}, default ndjson]`,
    },
    {
      name: "from",
      value: "INSTANT",
      summary: `Only rows of this time or later; each kind above says which time [${INSTANT_FORMS}].`,
    },
    { name: "to", value: "INSTANT", summary: "Only rows from before this time." },
    { name: "timezone", value: "ZONE", summary: "Time zone of dates and times without an offset [default UTC]." },
    {
      name: "changed-since",
      value: "CURSOR",
      summary: "Only what changed since the export that gave this cursor; an empty one exports everything.",
    },
    {
      name: "next-cursor",
      value: "FILE",
      summary: `Writes the cursor for the next export to a file. With ${ALL}, the directory has it anyway.`,
    },
    { name: "gzip", summary: "Compresses ndjson or csv. Parquet is always compressed." },
    { name: "bom", summary: "Begins csv with a byte order mark, for spreadsheets." },
    {
      name: "out",
      value: "FILE",
      summary: `File to write, which appears once it is complete; with ${ALL}, a directory [default standard output].`,
    },
    { name: "force", summary: "Replaces existing files." },
  ],
  example: "playhead export sessions --from 2026-03-01 --to 2026-04-01 --format csv --out march.csv",
  async run(args, terminal) {
    const config = loadConfig(terminal.environment, args.flags);
    const replace = args.switches.has("force");
    const next = nextCursorOf(args);
    const bars: ProgressBar[] = [];
    return await stoppable(terminal, async (signal) => {
      const exports = queriesOf(args).map((query): KindExport => {
        const { kind } = query;
        const path = pathOf(args, query);
        if (path === undefined) refuseTerminal(query, terminal);
        const to = path === undefined ? writeUnlessStopped(terminal, signal) : { path, replace };
        const progress = createProgress(`Exporting ${kind}`, terminal);
        bars.push(progress);
        return { query, to, onProgress: progress.update };
      });
      try {
        const nextCursor = next === undefined ? undefined : { path: next, replace: true };
        const damaged = await exportDataDir(config, { exports, directory: directoryOf(args), nextCursor, signal });
        tellDamaged(damaged, terminal);
        return 0;
      } finally {
        bars.at(-1)?.end();
      }
    });
  },
};

function queriesOf({ operands: [kind], flags, switches }: Arguments): ExportQuery[] {
  const { format, from, to, timezone, "changed-since": changedSince } = flags;
  const asked = { format, from, to, timezone, changedSince, gzip: switches.has("gzip"), bom: switches.has("bom") };
  const known: readonly string[] = [...EXPORT_KINDS, ALL];
  if (kind === undefined || !known.includes(kind)) throw unknownKind(kind, known);
  const kinds = kind === ALL ? EXPORT_KINDS : [kind];
  return kinds.map((each) => parseExportQuery({ ...asked, kind: each }));
}

/** @throws AppError `invalid-query` where every kind is to go to standard output */
function directoryOf({ operands: [kind], flags: { out } }: Arguments): string | undefined {
  if (kind !== ALL) return undefined;
  if (out === undefined)
    throw new AppError("invalid-query", "Cannot write all kinds to one stream: use --out DIRECTORY");
  return out;
}

function pathOf(args: Arguments, { kind, format, gzip }: ExportQuery): string | undefined {
  const directory = directoryOf(args);
  if (directory === undefined) return args.flags["out"];
  return `${directory}/${kind}.${format}${gzip ? ".gz" : ""}`;
}

function nextCursorOf(args: Arguments): string | undefined {
  const directory = directoryOf(args);
  return args.flags["next-cursor"] ?? (directory === undefined ? undefined : `${directory}/${CURSOR_FILE}`);
}

function refuseTerminal({ format, gzip }: ExportQuery, { outIsTerminal }: Terminal): void {
  if (!outIsTerminal || (EXPORT_FORMATS[format].isText && !gzip)) return;
  throw new AppError(
    "invalid-query",
    `Cannot write ${gzip ? "gzip" : "Parquet"} to a terminal: use --out FILE or a pipe`,
  );
}
