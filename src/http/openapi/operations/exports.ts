/** Operations that hand everything out and take it in again: exports, imports, and a backup of the database. */

import Type, { type TSchema } from "typebox";
import { CURSOR_HEADER } from "../../../exports/cursor.ts";
import { EXPORT_FORMATS, EXPORT_KINDS } from "../../../exports/query.ts";
import { PROBLEMS_TOLD_MAX } from "../../../ingest/importer.ts";
import { SWITCH } from "../../handlers/import.ts";
import type { Operation, OperationAnswer } from "../operation.ts";
import { count, QUERY_ZONE, queryInstant } from "../values.ts";

const FILE = Type.String({ description: "A file." });
const CURSOR_EXAMPLE = "1f0kq7xw3ae-1042";
const EXPORT_FILE = fileOf("A file in the format that was asked for.", "playhead-events-2026-01-31.ndjson", {
  [CURSOR_HEADER]: Type.String({
    description: "The `changed-since` with which the next export takes up where this one begins.",
    examples: [CURSOR_EXAMPLE],
  }),
});
const { ndjson, ...OTHERS } = EXPORT_FORMATS;

const switchOf = (description: string) => Type.Optional(Type.Enum([...SWITCH], { default: SWITCH[0], description }));

const COUNTS = Type.Object(
  {
    stored: count("Those that were new."),
    present: count("Those that were there already."),
    erased: count("Those that a person has had erased here: refused."),
    trimmed: count("Those that retention has taken, here or where they were exported: passed over."),
  },
  { title: "ImportCounts" },
);

const IMPORTED = Type.Object(
  {
    lines: count("Lines that were read."),
    sessions: COUNTS,
    events: COUNTS,
    refused: count("Bad lines, passed over."),
    finished: Type.Boolean({ description: "Whether the file was read to its end: true in every answer of 200." }),
    problems: Type.Array(
      Type.Object({
        line: Type.Integer({ minimum: 1, description: "Its number in the file." }),
        message: Type.String({ description: "What is wrong with it." }),
      }),
      { maxItems: PROBLEMS_TOLD_MAX, description: "The first of the bad lines." },
    ),
  },
  { title: "Imported" },
);

const NONE = { stored: 0, present: 0, erased: 0, trimmed: 0 };

const IMPORT: Operation = {
  id: "import",
  method: "POST",
  path: "/admin/api/import",
  tag: "Exports",
  summary: "Import an export of events",
  description:
    "Takes in what `GET /admin/api/export/events` gave, as ndjson, compressed by gzip or not: sessions and events " +
    "dated as they were. Each is stored once, however often it comes, so an import that was cut off is run again. " +
    "Bad lines are passed over and told. The answer comes once all of it is on disk; numbers follow soon after.",
  admin: true,
  query: Type.Object({
    dryRun: switchOf("Checks and counts, and stores nothing."),
    strict: switchOf("Ends at the first bad line with 400; what came before it stays."),
  }),
  body: {
    description: "The file. It is read as it comes, and may be of any size within `PLAYHEAD_IMPORT_BYTES_MAX`.",
    contentType: ndjson.type,
    schema: Type.String({ description: "Lines of the export of events." }),
    examples: { none: { summary: "A file without lines", value: "" } },
  },
  answers: {
    200: {
      description: "What became of the lines.",
      schema: IMPORTED,
      example: {
        lines: 3,
        sessions: { ...NONE, stored: 1 },
        events: { ...NONE, stored: 2 },
        refused: 0,
        finished: true,
        problems: [],
      },
    },
  },
  errors: ["forbidden", "body-too-slow", "overloaded", "store-full", "store-failed"],
};

/** `GET /admin/api/export/{kind}` and `/admin/api/backup`, `POST /admin/api/import` */
export function exportOperations(): readonly Operation[] {
  return [
    {
      id: "export",
      method: "GET",
      path: "/admin/api/export/:kind",
      tag: "Exports",
      summary: "Export rows",
      description:
        "A stream of any size; text is compressed for a client that accepts gzip. An export that fails breaks the " +
        "connection, so one that ended in order is whole. `docs/exports.md` tells how a warehouse follows changes. A " +
        "read-only token has no `events`, and no column of personal data; a limited one has no `erased`.",
      admin: true,
      parameters: { kind: Type.Enum([...EXPORT_KINDS], { description: "What is exported.", examples: ["events"] }) },
      query: Type.Object({
        format: Type.Optional(
          Type.Enum(Object.keys(EXPORT_FORMATS), { default: "ndjson", description: "The form of the file." }),
        ),
        from: Type.Optional(queryInstant("Only what arrived or started at this instant or later.")),
        to: Type.Optional(queryInstant("Only what arrived or started before this instant.", "2023-12-01")),
        timezone: Type.Optional(QUERY_ZONE),
        "changed-since": Type.Optional(
          Type.String({
            description:
              "The `Playhead-Cursor` of an earlier export: only sessions that closed, changed or were erased since. " +
              "Not with `from` or `to`.",
          }),
        ),
        bom: Type.Optional(Type.String({ description: "`1` begins csv with a byte order mark, `0` doesn't." })),
      }),
      answers: {
        200: {
          ...EXPORT_FILE,
          contentType: ndjson.type,
          others: Object.fromEntries(Object.values(OTHERS).map(({ type }) => [type, { schema: FILE }])),
        },
      },
      errors: ["forbidden", "invalid-query", "overloaded", "store-failed"],
    },
    IMPORT,
    {
      id: "backup",
      method: "GET",
      path: "/admin/api/backup",
      tag: "Exports",
      summary: "Back the database up",
      description: "The whole database as of one moment, verified, while the server goes on.",
      admin: true,
      answers: {
        200: {
          ...fileOf("A database in SQLite's format.", "playhead-backup-2026-01-31.db"),
          contentType: "application/vnd.sqlite3",
        },
      },
      errors: ["forbidden", "invalid-query", "overloaded", "store-failed", "store-elsewhere"],
    },
  ];
}

function fileOf(description: string, name: string, headers: OperationAnswer["headers"] = {}): OperationAnswer {
  return { description, schema: FILE, headers: { "Content-Disposition": dispositionOf(name), ...headers } };
}

function dispositionOf(name: string): TSchema {
  return Type.String({ description: "The name of the file.", examples: [`attachment; filename="${name}"`] });
}
