/** Reads a request for an export, from the command line and the admin API alike: what, and in which format. */

import { didYouMean } from "../base/did-you-mean.ts";
import { AppError } from "../base/errors.ts";
import { readInstant, readZone } from "../base/instant.ts";
import type { Watermark } from "../store/store.ts";
import type { Confines } from "./confines.ts";
import { type ChangeCursor, type ChangeRange, cursorTextOf, parseCursor, rangeBehind } from "./cursor.ts";

/** `erased` is last, so that a follower that loads kinds in this order deletes what was erased meanwhile. */
export const EXPORT_KINDS = [
  "sessions",
  "events",
  "ads",
  "adBreaks",
  "chapters",
  "states",
  "errors",
  "erased",
] as const;
export type ExportKindName = (typeof EXPORT_KINDS)[number];

/** The formats of a file with their media types. A format's name is its extension too. */
export const EXPORT_FORMATS = {
  ndjson: { type: "application/x-ndjson", compressed: false, isText: true },
  csv: { type: "text/csv; charset=utf-8; header=present", compressed: false, isText: true },
  parquet: { type: "application/vnd.apache.parquet", compressed: true, isText: false },
} as const;
export type ExportFormat = keyof typeof EXPORT_FORMATS;

export interface ExportQuery extends Confines {
  readonly kind: ExportKindName;
  readonly format: ExportFormat;
  /** From this instant on, in milliseconds since the epoch: the arrival of events, the start of sessions. */
  readonly fromMs?: number;
  /** Before this instant. */
  readonly toMs?: number;
  readonly gzip: boolean;
  /** Present where csv begins with a byte order mark. */
  readonly bom?: true;
  /** Only what changed since an earlier export began. */
  readonly changedSince?: ChangeCursor;
  /** The changes since then, once {@link follow} has looked how far they reach. */
  readonly changes?: ChangeRange;
}

/** A request as text. */
export interface ExportRequest {
  readonly kind: string | undefined;
  /** `ndjson` by default. */
  readonly format?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The zone of dates and times without an offset. */
  readonly timezone?: string | undefined;
  /** A cursor; an empty text is none. */
  readonly changedSince?: string | undefined;
  readonly gzip?: boolean;
  readonly bom?: boolean;
}

/** Reads a request. @throws AppError `invalid-query` that says what is allowed */
export function parseExportQuery(request: ExportRequest): ExportQuery {
  const { kind, format = "ndjson", gzip = false, bom = false, changedSince = "" } = request;
  if (!isOneOf(EXPORT_KINDS, kind)) {
    throw unknownKind(kind, EXPORT_KINDS);
  }
  const formats = Object.keys(EXPORT_FORMATS) as ExportFormat[];
  if (!isOneOf(formats, format)) {
    throw new AppError("invalid-query", `format must be one of ${formats.join(", ")}`);
  }
  if (gzip && EXPORT_FORMATS[format].compressed) {
    throw new AppError("invalid-query", `Cannot compress ${format}: its files are compressed within; leave out gzip`);
  }
  if (bom && format !== "csv") throw new AppError("invalid-query", "bom is for csv alone");
  const range = rangeOf(request);
  const query = { kind, format, gzip, ...(bom && { bom }) };
  if (changedSince === "") return { ...query, ...range };
  if (Object.keys(range).length > 0) {
    throw new AppError("invalid-query", "Cannot combine changed-since with from or to: use one or the other");
  }
  return { ...query, changedSince: parseCursor("changed-since", changedSince) };
}

/** The error of a kind that isn't among those that may be asked for. */
export function unknownKind(kind: string | undefined, kinds: readonly string[]): AppError {
  const state = kind === undefined ? "no kind is named" : "there is no such kind";
  const hint = didYouMean(kind ?? "", kinds);
  const known = `${hint === "" ? "; kinds" : `${hint} Kinds`} are ${kinds.join(", ")}`;
  return new AppError("invalid-query", `Cannot export: ${state}${known}`);
}

/**
 * Decides which changes an export has, and where the next one continues.
 *
 * @param now how far the changes reach, asked before anything of the export is read
 * @throws AppError `invalid-query` as {@link rangeBehind}
 */
export function follow(query: ExportQuery, now: Watermark): { readonly query: ExportQuery; readonly cursor: string } {
  const { changedSince } = query;
  const changes = changedSince && rangeBehind(changedSince, now);
  return { query: { ...query, ...(changes && { changes }) }, cursor: cursorTextOf(now) };
}

function rangeOf({ from, to, timezone }: ExportRequest): Pick<ExportQuery, "fromMs" | "toMs"> {
  const zone = readZone("timezone", timezone);
  const fromMs = from === undefined ? undefined : readInstant("from", from, zone);
  const toMs = to === undefined ? undefined : readInstant("to", to, zone);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new AppError("invalid-query", "from must be before to");
  }
  return { ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
}

/** Names the file of an export: `playhead-events-2026-01-31.csv`. */
export function exportFileName({ kind, format }: ExportQuery, nowMs: number): string {
  return `playhead-${kind}-${new Date(nowMs).toISOString().slice(0, 10)}.${format}`;
}

function isOneOf<T extends string>(names: readonly T[], name: string | undefined): name is T {
  return (names as readonly (string | undefined)[]).includes(name);
}
