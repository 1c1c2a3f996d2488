/** Downloads for operators: exports, and a backup of the database. */

import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { CURSOR_HEADER } from "../../exports/cursor.ts";
import { EXPORT_FORMATS, type ExportQuery, exportFileName, follow, parseExportQuery } from "../../exports/query.ts";
import type { Store } from "../../store/store.ts";
import { attachment, type Download, downloadOf } from "../download.ts";
import { readChoice, readQuery } from "../query.ts";
import type { Handler } from "../resource.ts";

export interface ExportContext {
  /** Makes an export as a stream; nothing is done before it is read. */
  readonly openExport: (query: ExportQuery, signal: AbortSignal) => ReadableStream<Uint8Array>;
  readonly store: Store;
  /** Makes a backup as a stream. */
  readonly openBackup: (signal: AbortSignal) => ReadableStream<Uint8Array>;
  readonly clock: Clock;
  readonly log: Log;
  readonly stalledSecondsMax: number;
}

export interface ExportHandlers {
  /** `GET /admin/api/export/{kind}` */
  readonly export: Handler<"/:kind">;
  /** `GET /admin/api/backup` */
  readonly backup: Handler;
}

const QUERY = ["format", "from", "to", "timezone", "changed-since", "bom"] as const;

type Answer = Pick<Download, "open" | "headers" | "bear">;

/** Each may take 256 MB for a moment, and all of them take time from those who report. */
const DOWNLOADS_AT_ONCE_MAX = 2;

export function exportHandlers(context: ExportContext): ExportHandlers {
  const { openExport, openBackup, store, clock, log, stalledSecondsMax } = context;
  let underWay = 0;

  /** Answers with a download, if there are not too many already. */
  async function answer(request: Request, download: Answer): Promise<Response> {
    if (underWay >= DOWNLOADS_AT_ONCE_MAX) {
      throw new AppError("overloaded", `${DOWNLOADS_AT_ONCE_MAX} exports are under way: try again when one has ended`);
    }
    underWay += 1;
    const onEnd = (error: unknown) => {
      underWay -= 1;
      if (error !== undefined) log.warn("A download was cut off", { error: String(error) });
    };
    return downloadOf(request, { ...download, stalledSecondsMax, onEnd });
  }

  return {
    export: async (request, headers, server) => {
      const { query, cursor } = follow(readExportQuery(request, request.params.kind), await store.watermark());
      const { type, compressed } = EXPORT_FORMATS[query.format];
      const gzip = !compressed && acceptsGzip(request);
      return answer(request, {
        bear: (seconds) => server.timeout(request, seconds),
        open: (signal) => openExport({ ...query, gzip }, signal),
        headers: {
          ...headers,
          ...(!compressed && { Vary: "Accept-Encoding" }),
          ...(gzip && { "Content-Encoding": "gzip" }),
          "Content-Type": type,
          "Content-Disposition": attachment(exportFileName(query, clock.nowMs())),
          [CURSOR_HEADER]: cursor,
        },
      });
    },
    backup: (request, headers, server) => {
      readQuery(request, []);
      const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
      return answer(request, {
        bear: (seconds) => server.timeout(request, seconds),
        open: openBackup,
        headers: {
          ...headers,
          "Content-Type": "application/vnd.sqlite3",
          "Content-Disposition": attachment(`playhead-backup-${day}.db`),
        },
      });
    },
  };
}

function readExportQuery(request: Request, kind: string): ExportQuery {
  const { bom = "0", "changed-since": changedSince, ...asked } = readQuery(request, QUERY);
  return parseExportQuery({ ...asked, kind, changedSince, bom: readChoice("bom", bom, ["0", "1"]) === "1" });
}

/** Whether `Accept-Encoding` names gzip with a weight above 0. */
function acceptsGzip(request: Request): boolean {
  return (request.headers.get("Accept-Encoding") ?? "").split(",").some((part) => {
    const [name = "", ...parameters] = part.split(";").map((each) => each.trim().toLowerCase());
    return name === "gzip" && !parameters.some((each) => /^q=0(\.0*)?$/.test(each));
  });
}
