/** Operations that hand everything out: exports, and a backup of the database. */

import Type, { type TSchema } from "typebox";
import { CURSOR_HEADER } from "../../../exports/cursor.ts";
import { EXPORT_FORMATS, EXPORT_KINDS } from "../../../exports/query.ts";
import type { Answer, Operation } from "../operation.ts";
import { QUERY_ZONE, queryInstant } from "../values.ts";

const FILE = Type.String({ description: "A file." });
const CURSOR_EXAMPLE = "1f0kq7xw3ae-1042";
const EXPORT_FILE = fileOf("A file in the format that was asked for.", "playhead-events-2026-01-31.ndjson", {
  [CURSOR_HEADER]: Type.String({
    description: "The `changed-since` with which the next export takes up where this one begins.",
    examples: [CURSOR_EXAMPLE],
  }),
});
const { ndjson, ...OTHERS } = EXPORT_FORMATS;

/** `GET /admin/api/export/{kind}` and `/admin/api/backup` */
export function exportOperations(): readonly Operation[] {
  return [
    {
      id: "export",
      method: "GET",
      path: "/admin/api/export/:kind",
      tag: "Exports",
      summary: "Export rows",
      description:
        "A stream of any size. A text is compressed for whoever accepts gzip. An export that is cut off does not end " +
        "as a whole answer does. `docs/exports.md` tells how a warehouse follows changes.",
      admin: true,
      parameters: { kind: Type.Enum([...EXPORT_KINDS], { description: "What is exported.", examples: ["events"] }) },
      query: Type.Object({
        format: Type.Optional(
          Type.Enum(Object.keys(EXPORT_FORMATS), { default: "ndjson", description: "The form of the file." }),
        ),
        from: Type.Optional(queryInstant("Only what arrived or started then or later.")),
        to: Type.Optional(queryInstant("Only what arrived or started before then.", "2023-12-01")),
        timezone: Type.Optional(QUERY_ZONE),
        "changed-since": Type.Optional(
          Type.String({
            description:
              "The `Playhead-Cursor` of an earlier export: only sessions that closed, changed or were erased since. " +
              "Not with `from` or `to`.",
            examples: [CURSOR_EXAMPLE],
          }),
        ),
        bom: Type.Optional(
          Type.Enum(["0", "1"], {
            default: "0",
            description: "`1` begins csv with a byte order mark.",
          }),
        ),
      }),
      answers: {
        200: {
          ...EXPORT_FILE,
          contentType: ndjson.type,
          others: Object.fromEntries(Object.values(OTHERS).map(({ type }) => [type, { schema: FILE }])),
        },
      },
      errors: ["invalid-query", "overloaded", "store-failed"],
    },
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
      errors: ["invalid-query", "overloaded", "store-failed"],
    },
  ];
}

function fileOf(description: string, name: string, headers: Answer["headers"] = {}): Answer {
  return { description, schema: FILE, headers: { "Content-Disposition": dispositionOf(name), ...headers } };
}

function dispositionOf(name: string): TSchema {
  return Type.String({ description: "The name of the file.", examples: [`attachment; filename="${name}"`] });
}
