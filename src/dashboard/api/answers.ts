/** What the admin API answers, with what the page adds of its own. */

import type { ColumnName, DimensionName } from "../../answers/reports.ts";
import type { SessionDetail } from "../../answers/session.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";

export type { DemoMonth } from "../../answers/demo.ts";
export type { LiveSnapshot, TailEvents } from "../../answers/live.ts";
export type {
  Aggregation,
  Catalogue,
  ColumnName,
  ConcurrencyAnswer,
  DimensionName,
  Finding,
  FindingsAnswer,
  FunnelAnswer,
  MetricColumn,
  Report,
  ReportCell,
  ReportRow,
  RetentionAnswer,
} from "../../answers/reports.ts";
export type { SessionDetail, SessionEvents, SessionPage, SessionSummary } from "../../answers/session.ts";
export type { OwnToken, TokenList, TokenView } from "../../answers/tokens.ts";
export type { Unit } from "../../sessions/metrics/definition.ts";

/** What a report is broken down by. */
export type Dimensions = DimensionName | `${ParameterKey},${ParameterKey}`;
/** What columns are called, where their names say too little. */
export type Labels = Readonly<Partial<Record<ColumnName, string>>>;

/** An event; where its clock was mended `ts` is the instant by which it counts, and `saidTs` the player's own. */
export type LedgerEvent = SessionDetail["events"][number] & { readonly saidTs?: number };
