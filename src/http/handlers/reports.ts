/** Answers questions about many sessions: reports, curves and findings. */

import type { Clock } from "../../base/clock.ts";
import { BOM, csvLine } from "../../base/csv.ts";
import { MIB } from "../../base/units.ts";
import { reportCatalogue } from "../../reports/catalogue/catalogue.ts";
import { parseConcurrency, parseCurve, parseFunnel, parseKeys, parseReport } from "../../reports/query/parse.ts";
import type { ReportScope } from "../../reports/query/query.ts";
import {
  CONCURRENCY_MEMBERS,
  CURVE_MEMBERS,
  FUNNEL_MEMBERS,
  KEYS_MEMBERS,
  REPORT_MEMBERS,
  ROWS_MAX,
} from "../../reports/query/schema.ts";
import type { Reports } from "../../reports/reports.ts";
import type { ReportCell, ReportResult } from "../../reports/run/report.ts";
import { attachment } from "../answer/download.ts";
import { preferred } from "../answer/preference.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { type Caller, checkNames, filtersFor } from "../guard/caller.ts";
import type { Bodies } from "../read/body.ts";
import { jsonIn } from "../read/json-body.ts";
import { readChoice, readInteger, readQuery, readQueryLists } from "../read/query.ts";
import { json } from "../resource.ts";
import type { ServerSide } from "../server-side.ts";

export interface ReportsContext {
  readonly reports: Reports;
  readonly clock: Clock;
}

export interface ReportsHandlers {
  /** `GET` and `POST /admin/api/reports` */
  readonly report: AdminHandler;
  /** `GET /admin/api/reports/catalogue` */
  readonly catalogue: AdminHandler;
  /** `GET /admin/api/reports/keys` */
  readonly keys: AdminHandler;
  /** `GET /admin/api/retention` */
  readonly retention: AdminHandler;
  /** `GET /admin/api/funnel` */
  readonly funnel: AdminHandler;
  /** `GET /admin/api/findings` */
  readonly findings: AdminHandler;
  /** `GET /admin/api/concurrency` */
  readonly concurrency: AdminHandler;
}

const CSV_TYPE = "text/csv; charset=utf-8; header=present";
const BODY_BYTES_MAX = MIB;
/** Belongs to the answer's form rather than to the question, so it stands in the URL whatever the method. */
const BOM_MEMBER = "bom";
/** Lists may stand in a query more than once; of other parameters the last one counts. */
const LISTS = ["metrics", "dimension"];

export function reportsHandlers({ reports, clock }: ReportsContext, bodies: Bodies): ReportsHandlers {
  /** Reads a question from the query string or the body, and adds to its answer how long that took. */
  function answering(
    members: readonly string[],
    answer: (asked: unknown, caller: Caller, signal: AbortSignal) => Promise<object>,
  ): AdminHandler {
    return async (request, headers, server, caller) => {
      const sinceMs = clock.elapsedMs();
      const isPost = request.method === "POST";
      const known = isPost ? members.filter((name) => name === BOM_MEMBER) : members;
      const { [BOM_MEMBER]: bom = "0" } = readQuery(request, known);
      const isForSpreadsheet = readChoice(BOM_MEMBER, bom, ["0", "1"]) === "1";
      const asked = isPost ? await readJson(request, server, bodies) : readMembers(request, members);
      const answered = await answer(asked, caller, request.signal);
      const varying = { ...headers, Vary: "Accept" };
      if ("columns" in answered && wantsCsv(request)) {
        const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
        const named = { ...varying, "Content-Disposition": attachment(`playhead-report-${day}.csv`) };
        return csv(answered as ReportResult, named, isForSpreadsheet);
      }
      return json({ ...answered, tookMs: Math.round((clock.elapsedMs() - sinceMs) * 1000) / 1000 }, varying);
    };
  }

  return {
    report: answering([...REPORT_MEMBERS, BOM_MEMBER], (asked, caller, signal) =>
      reports.ask<"report">({ kind: "report", query: confined(parseReport(asked, clock.nowMs()), caller) }, signal),
    ),
    catalogue: (_request, headers, _server, { readOnly }) => json(reportCatalogue({ personal: !readOnly }), headers),
    keys: answering(KEYS_MEMBERS, (asked, caller, signal) => {
      const query = { ...confined(parseKeys(asked, clock.nowMs()), caller), personal: !caller.readOnly };
      return reports.ask<"keys">({ kind: "keys", query }, signal);
    }),
    retention: answering(CURVE_MEMBERS, (asked, caller, signal) =>
      reports.ask<"retention">(
        { kind: "retention", query: confined(parseCurve(asked, clock.nowMs()), caller) },
        signal,
      ),
    ),
    funnel: answering(FUNNEL_MEMBERS, (asked, caller, signal) =>
      reports.ask<"funnel">({ kind: "funnel", query: confined(parseFunnel(asked, clock.nowMs()), caller) }, signal),
    ),
    findings: answering(FUNNEL_MEMBERS, (asked, caller, signal) =>
      reports.ask<"findings">({ kind: "findings", query: confined(parseFunnel(asked, clock.nowMs()), caller) }, signal),
    ),
    concurrency: answering(CONCURRENCY_MEMBERS, (asked, caller, signal) =>
      reports.ask<"concurrency">(
        { kind: "concurrency", query: confined(parseConcurrency(asked, clock.nowMs()), caller) },
        signal,
      ),
    ),
  };
}

/** Keeps a question to the sessions that the caller sees. @throws AppError `invalid-query` for a personal name */
function confined<Query extends ReportScope & { readonly dimensions?: readonly string[] }>(
  query: Query,
  caller: Caller,
): Query {
  checkNames(caller, query.dimensions ?? [], query.filters);
  return { ...query, filters: filtersFor(caller, query.filters) };
}

/** The members of a question as a query string has them. @throws AppError `invalid-query` */
function readMembers(request: Request, known: readonly string[]): Readonly<Record<string, unknown>> {
  const { [BOM_MEMBER]: _, ...lists } = readQueryLists(request, known);
  const members = Object.entries(lists).map(([name, values = []]) => {
    if (name === "filter") return [name, values];
    if (LISTS.includes(name)) return [name, values.join(",")];
    const last = values.at(-1) ?? "";
    if (name === "mended") return [name, readChoice(name, last, ["true", "false"]) === "true"];
    return [name, name === "limit" ? readInteger(name, last, { min: 1, max: ROWS_MAX }) : last];
  });
  return Object.fromEntries(members);
}

async function readJson(request: Request, server: ServerSide, bodies: Bodies): Promise<unknown> {
  const bytes = await bodies.read(request, server, { bytesMax: BODY_BYTES_MAX });
  // Reading has set the bound of an idle connection again; the report may take longer.
  server.timeout(request, 0);
  try {
    return jsonIn(bytes);
  } finally {
    bodies.release(bytes);
  }
}

function wantsCsv(request: Request): boolean {
  return preferred(request.headers.get("Accept"), ["application/json", "text/csv"]) === "text/csv";
}

/** @param isForSpreadsheet whether it begins with a mark of its encoding, and has times that spreadsheets read */
function csv(result: ReportResult, headers: Readonly<Record<string, string>>, isForSpreadsheet: boolean): Response {
  const { columns, rows, totals }: Table = isForSpreadsheet ? withPlainTimes(result) : result;
  const names = columns.map(({ name }) => name);
  // Totals are a line only where there is nothing else: a sum over lines would count them again.
  const lines = columns.every(({ kind }) => kind === "metric") ? [totals] : rows;
  const text = [csvLine(names), ...lines.map((row) => csvLine(names.map((name) => row[name])))].join("");
  const body = (isForSpreadsheet ? BOM : "") + text;
  return new Response(body, { headers: { ...headers, "Content-Type": CSV_TYPE } });
}

interface Table {
  readonly columns: readonly { readonly name: string; readonly kind: string }[];
  readonly rows: readonly Cells[];
  readonly totals: Cells;
}

type Cells = Readonly<Record<string, ReportCell | undefined>>;

/** The length of `2026-10-25T02:00:00`. */
const SECONDS_CHARS = 19;

/**
 * Splits times into what a spreadsheet reads, `2026-10-25 02:00:00`, and how far that is ahead of UTC, which tells the
 * hour that comes twice apart.
 */
function withPlainTimes(result: ReportResult): Table {
  const [first, ...others] = result.columns;
  if (first?.kind !== "time") return result;
  return {
    totals: result.totals,
    columns: [first, { name: "utcOffset", kind: "time" }, ...others],
    rows: result.rows.map((row) => {
      const time = String(row.time);
      const offset = time.slice(SECONDS_CHARS);
      return { ...row, time: time.slice(0, SECONDS_CHARS).replace("T", " "), utcOffset: `UTC${offset}` };
    }),
  };
}
