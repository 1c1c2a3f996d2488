/** Reports: what was played, by whatever it can be broken down by. */

import type { Clock } from "../../base/clock.ts";
import { csvLine } from "../../base/csv.ts";
import { MIB } from "../../base/units.ts";
import { reportCatalogue } from "../../reports/catalogue/catalogue.ts";
import { parseConcurrency, parseCurve, parseFunnel, parseReport } from "../../reports/query/parse.ts";
import type { ReportScope } from "../../reports/query/query.ts";
import {
  CONCURRENCY_MEMBERS,
  CURVE_MEMBERS,
  FUNNEL_MEMBERS,
  REPORT_MEMBERS,
  ROWS_MAX,
} from "../../reports/query/schema.ts";
import type { Reports } from "../../reports/reports.ts";
import type { ReportResult } from "../../reports/run/report.ts";
import { attachment } from "../answer/download.ts";
import type { AdminHandler } from "../guard/auth.ts";
import { type Caller, checkNames, filtersFor } from "../guard/caller.ts";
import type { Bodies } from "../read/body.ts";
import { jsonIn } from "../read/json-body.ts";
import { readChoice, readInteger, readQueryLists } from "../read/query.ts";
import { json, type ServerSide } from "../resource.ts";

export interface ReportsContext {
  readonly reports: Reports;
  readonly clock: Clock;
}

interface ReportsHandlers {
  /** `GET` and `POST /admin/api/reports` */
  readonly report: AdminHandler;
  /** `GET /admin/api/reports/catalogue` */
  readonly catalogue: AdminHandler;
  /** `GET /admin/api/retention` */
  readonly retention: AdminHandler;
  /** `GET /admin/api/funnel` */
  readonly funnel: AdminHandler;
  /** `GET /admin/api/concurrency` */
  readonly concurrency: AdminHandler;
}

const CSV_TYPE = "text/csv; charset=utf-8; header=present";
const BODY_BYTES_MAX = MIB;
/** Lists, which may stand in a query more than once; of anything else the last one counts. */
const LISTS = ["metrics", "dimension"];

export function reportsHandlers({ reports, clock }: ReportsContext, bodies: Bodies): ReportsHandlers {
  /** A question by its query string, and how long its answer took. */
  function answering(
    members: readonly string[],
    answer: (asked: unknown, caller: Caller, signal: AbortSignal) => Promise<object>,
  ): AdminHandler {
    return async (request, headers, server, caller) => {
      const sinceMs = clock.elapsedMs();
      const asked = request.method === "POST" ? await readJson(request, server, bodies) : readMembers(request, members);
      const answered = await answer(asked, caller, request.signal);
      const varying = { ...headers, Vary: "Accept" };
      if ("columns" in answered && wantsCsv(request)) {
        const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
        const named = { ...varying, "Content-Disposition": attachment(`playhead-report-${day}.csv`) };
        return csv(answered as ReportResult, named);
      }
      return json({ ...answered, tookMs: Math.round((clock.elapsedMs() - sinceMs) * 1000) / 1000 }, varying);
    };
  }

  return {
    report: answering(REPORT_MEMBERS, (asked, caller, signal) =>
      reports.ask<"report">({ kind: "report", query: confined(parseReport(asked, clock.nowMs()), caller) }, signal),
    ),
    catalogue: (_request, headers, _server, { readOnly }) => json(reportCatalogue({ personal: !readOnly }), headers),
    retention: answering(CURVE_MEMBERS, (asked, caller, signal) =>
      reports.ask<"retention">(
        { kind: "retention", query: confined(parseCurve(asked, clock.nowMs()), caller) },
        signal,
      ),
    ),
    funnel: answering(FUNNEL_MEMBERS, (asked, caller, signal) =>
      reports.ask<"funnel">({ kind: "funnel", query: confined(parseFunnel(asked, clock.nowMs()), caller) }, signal),
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
  const members = Object.entries(readQueryLists(request, known)).map(([name, values = []]) => {
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
  return /\btext\/csv\b/i.test(request.headers.get("Accept") ?? "");
}

function csv({ columns, rows, totals }: ReportResult, headers: Readonly<Record<string, string>>): Response {
  const names = columns.map(({ name }) => name);
  // A report by nothing has its numbers in the totals, which are no line otherwise: sums over sums would count twice.
  const lines = columns.every(({ kind }) => kind === "metric") ? [totals] : rows;
  const text = [csvLine(names), ...lines.map((row) => csvLine(names.map((name) => row[name])))].join("");
  return new Response(text, { headers: { ...headers, "Content-Type": CSV_TYPE } });
}
