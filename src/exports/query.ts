/** Reads a request for an export, from the command line and the admin API alike: what, and in which format. */

import { AppError } from "../base/errors.ts";
import { readInstant } from "../base/instant.ts";
import type { Confines } from "./confines.ts";

export const EXPORT_KINDS = ["sessions", "events", "ads", "adBreaks", "chapters", "states", "errors"] as const;
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
}

/** A request as text. */
export interface ExportRequest {
  readonly kind: string | undefined;
  /** `ndjson` by default. */
  readonly format?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly gzip?: boolean;
}

/** Reads a request. @throws AppError `invalid-query` that says what is allowed */
export function parseExportQuery({ kind, format = "ndjson", from, to, gzip = false }: ExportRequest): ExportQuery {
  if (!isOneOf(EXPORT_KINDS, kind)) {
    throw new AppError("invalid-query", `What is exported must be one of ${EXPORT_KINDS.join(", ")}`);
  }
  const formats = Object.keys(EXPORT_FORMATS) as ExportFormat[];
  if (!isOneOf(formats, format)) {
    throw new AppError("invalid-query", `format must be one of ${formats.join(", ")}`);
  }
  const fromMs = from === undefined ? undefined : readInstant("from", from);
  const toMs = to === undefined ? undefined : readInstant("to", to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new AppError("invalid-query", "from must be before to");
  }
  return { kind, format, gzip, ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }) };
}

/** Names the file of an export: `playhead-events-2026-01-31.csv`. */
export function exportFileName({ kind, format }: ExportQuery, nowMs: number): string {
  return `playhead-${kind}-${new Date(nowMs).toISOString().slice(0, 10)}.${format}`;
}

function isOneOf<T extends string>(names: readonly T[], name: string | undefined): name is T {
  return (names as readonly (string | undefined)[]).includes(name);
}
