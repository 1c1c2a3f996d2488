/** Downloads for operators: exports, and a backup of the database. */

import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { CURSOR_HEADER } from "../../exports/cursor.ts";
import {
  EXPORT_FORMATS,
  type ExportKindName,
  type ExportQuery,
  exportFileName,
  follow,
  parseExportQuery,
} from "../../exports/query.ts";
import { isLimited } from "../../protocol/realm.ts";
import type { Store } from "../../store/store.ts";
import { attachment, type Download, downloadOf } from "../answer/download.ts";
import { takes } from "../answer/preference.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { type Caller, forbidden } from "../guard/caller.ts";
import { readChoice, readQuery } from "../read/query.ts";

export interface ExportContext {
  /** Makes an export as a stream, which does no work before it is read. */
  readonly openExport: (query: ExportQuery, signal: AbortSignal) => ReadableStream<Uint8Array>;
  readonly store: Store;
  /** Makes a backup as a stream. */
  readonly openBackup: (signal: AbortSignal) => ReadableStream<Uint8Array>;
  /** How many sessions are known to be damaged. */
  readonly damagedSessions: () => number;
  readonly clock: Clock;
  readonly log: Log;
  readonly stalledSecondsMax: number;
}

interface ExportHandlers {
  /** `GET /admin/api/export/{kind}` */
  readonly export: AdminHandler<"/:kind">;
  /** `GET /admin/api/backup` */
  readonly backup: AdminHandler;
}

const QUERY = ["format", "from", "to", "timezone", "changed-since", "bom"] as const;

type Answer = Pick<Download, "open" | "headers" | "cutAfter">;

/** Each may take 256 MB for a moment, and all take time from players. */
const DOWNLOADS_AT_ONCE_MAX = 2;

export function exportHandlers(context: ExportContext): ExportHandlers {
  const { openExport, openBackup, damagedSessions, store, clock, log, stalledSecondsMax } = context;
  let underWay = 0;

  /** Answers with a download, unless too many are under way. */
  async function answer(request: Request, caller: Caller, { open, ...download }: Answer): Promise<Response> {
    if (underWay >= DOWNLOADS_AT_ONCE_MAX) {
      throw new AppError(
        "overloaded",
        `Cannot begin the download: ${DOWNLOADS_AT_ONCE_MAX} are under way; try again when one has ended`,
      );
    }
    underWay += 1;
    const revoked = new AbortController();
    const stop = caller.onRevoked(() => revoked.abort(new AppError("unauthorized", "The token was revoked")));
    const onEnd = (error: unknown) => {
      underWay -= 1;
      stop();
      if (error !== undefined) log.warn("A download was cut off", { error: String(error), token: caller.name });
    };
    const openForCaller = (signal: AbortSignal) => open(AbortSignal.any([signal, revoked.signal]));
    return downloadOf(request, { ...download, open: openForCaller, stalledSecondsMax, onEnd });
  }

  return {
    export: async (request, headers, server, caller) => {
      const asked = readExportQuery(request, request.params.kind);
      checkKind(asked.kind, caller);
      const { realm, readOnly: hidesPersonal } = caller;
      const { query, cursor } = follow({ ...asked, realm, hidesPersonal }, await store.watermark());
      const { type, compressed } = EXPORT_FORMATS[query.format];
      const gzip = !compressed && takes(request.headers.get("Accept-Encoding"), "gzip");
      return answer(request, caller, {
        cutAfter: (seconds) => server.timeout(request, seconds),
        open: (signal) => openExport({ ...query, gzip }, signal),
        headers: {
          ...headers,
          ...(!compressed && { Vary: "Accept-Encoding" }),
          ...(gzip && { "Content-Encoding": "gzip" }),
          ...(damagedSessions() > 0 && { "Playhead-Damaged-Sessions": String(damagedSessions()) }),
          "Content-Type": type,
          "Content-Disposition": attachment(exportFileName(query, clock.nowMs())),
          [CURSOR_HEADER]: cursor,
        },
      });
    },
    backup: (request, headers, server, caller) => {
      readQuery(request, []);
      const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
      return answer(request, caller, {
        cutAfter: (seconds) => server.timeout(request, seconds),
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

/** Kinds for every token. */
const COMMON_KINDS = ["sessions", "ads", "adBreaks", "chapters", "states", "errors"] as const;
/** Rows of these name a session, so that a realm can be checked; of an erased one only a hash is left. */
const LIMITED_KINDS: readonly ExportKindName[] = [...COMMON_KINDS, "events"];
/** Personal keys can be left out of these; events have all that a player sent. */
const READ_ONLY_KINDS: readonly ExportKindName[] = [...COMMON_KINDS, "erased"];

/** @throws AppError `forbidden`, for a kind that is in neither list too */
function checkKind(kind: ExportKindName, { readOnly, realm }: Caller): void {
  if (readOnly && !READ_ONLY_KINDS.includes(kind)) throw forbidden("is read-only");
  if (isLimited(realm) && !LIMITED_KINDS.includes(kind)) throw forbidden("is limited to a report suite or channel");
}

function readExportQuery(request: Request, kind: string): ExportQuery {
  const { bom = "0", "changed-since": changedSince, ...asked } = readQuery(request, QUERY);
  return parseExportQuery({ ...asked, kind, changedSince, bom: readChoice("bom", bom, ["0", "1"]) === "1" });
}
