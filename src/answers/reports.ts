/** What questions about many sessions are answered with. */

import type { reportCatalogue } from "../reports/catalogue/catalogue.ts";
import type { DimensionName } from "../reports/catalogue/dimensions.ts";
import type { Aggregation, MetricColumn } from "../reports/catalogue/metrics.ts";
import type { Concurrency } from "../reports/run/concurrency.ts";
import type { Funnel as FunnelResult, RetentionCurve as RetentionResult } from "../reports/run/curves.ts";
import type { Finding, Findings as FindingsResult } from "../reports/run/findings.ts";
import type { ColumnName, ReportCell, ReportResult, ReportRow } from "../reports/run/report.ts";

export type { Aggregation, ColumnName, DimensionName, Finding, MetricColumn, ReportCell, ReportRow };

interface Timed {
  /** How long the answer took, in milliseconds. */
  readonly tookMs: number;
}

/** `GET /admin/api/reports` */
export type Report = ReportResult & Timed;
/** `GET /admin/api/retention` */
export type RetentionAnswer = RetentionResult & Timed;
/** `GET /admin/api/funnel` */
export type FunnelAnswer = FunnelResult & Timed;
/** `GET /admin/api/findings` */
export type FindingsAnswer = FindingsResult & Timed;
/** `GET /admin/api/concurrency` */
export type ConcurrencyAnswer = Concurrency & Timed;
/** `GET /admin/api/reports/catalogue` */
export type Catalogue = ReturnType<typeof reportCatalogue>;
