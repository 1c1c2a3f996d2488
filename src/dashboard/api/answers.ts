/** What the admin API answers, by the types that it is made of. */

import type { eventsView, foldedView, sessionView } from "../../http/handlers/session-view.ts";
import type { LiveSnapshot, Rejection } from "../../live/hub.ts";
import type { Parameters, QoeData } from "../../protocol/event.ts";
import type { ParameterKey } from "../../protocol/parameters.ts";
import type { DimensionName } from "../../reports/catalogue/dimensions.ts";
import type { MetricColumn } from "../../reports/catalogue/metrics.ts";
import type { Funnel, Retention } from "../../reports/run/curves.ts";
import type { ColumnName, ReportCell, ReportResult, ReportRow } from "../../reports/run/report.ts";
import type { CloseReason } from "../../sessions/deadline.ts";
import type { Metrics } from "../../sessions/metrics.ts";

export type { ColumnName, DimensionName, MetricColumn, ReportCell, ReportRow };

interface Timed {
  /** How long the answer took, in milliseconds. */
  readonly tookMs: number;
}

export type Report = ReportResult & Timed;
/** What a report is broken down by. */
export type Dimensions = DimensionName | `${ParameterKey},${ParameterKey}`;
/** What columns are called, where their names say too little. */
export type Labels = Readonly<Partial<Record<ColumnName, string>>>;
export type RetentionAnswer = Retention & Timed;
export type FunnelAnswer = Funnel & Timed;
export type { LiveSnapshot };

export type SessionDetail = ReturnType<typeof foldedView>;
/** `GET /admin/api/sessions/{sid}/events` */
export type SessionEvents = ReturnType<typeof eventsView>;
/** An event; where its clock was mended `ts` is the instant by which it counts, and `saidTs` the player's own. */
export type LedgerEvent = SessionDetail["events"][number] & { readonly saidTs?: number };
export type SessionSummary = ReturnType<typeof sessionView> & {
  readonly completed: boolean;
  readonly metrics: Metrics;
};

export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  readonly nextCursor: string | null;
  /** Sessions of the page that can't be read. */
  readonly damaged?: number;
}

/** `GET /admin/api/token` */
export interface OwnToken {
  readonly name: string;
  readonly readOnly: boolean;
  readonly reportSuite: string | null;
  readonly channel: string | null;
  /** Whether it may do everything. */
  readonly isAdmin: boolean;
}

export interface NamedToken extends Omit<OwnToken, "isAdmin"> {
  readonly createdAt: number;
  readonly usedAt: number | null;
}

/** `GET /admin/api/tokens` */
export interface TokenList {
  readonly tokens: readonly NamedToken[];
}

interface TailNames {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly sid: string;
  readonly mediaName: string | null;
  readonly playerName: string | null;
}

/** What `/admin/api/live/tail` says, by the name of its event. */
export interface TailEvents {
  readonly event: TailNames & {
    readonly type: string;
    readonly ts: number;
    /** Seconds. */
    readonly playhead: number;
    readonly params?: Parameters;
    readonly qoeData?: QoeData;
    readonly customMetadata?: Readonly<Record<string, unknown>>;
    readonly flags: readonly string[];
  };
  readonly session: TailNames & { readonly what: "opened" | "closed"; readonly reason?: CloseReason };
  readonly rejected: Rejection & { readonly at: number };
  readonly dropped: { readonly count: number };
}

export type Unit = "count" | "flag" | "s" | "ratio" | "1/min" | "bit/s" | "fps";

/** `GET /admin/api/reports/catalogue` */
export interface Catalogue {
  readonly metrics: readonly {
    readonly id: string;
    readonly unit: Unit;
    readonly summary: string;
    readonly aggregations: readonly string[];
  }[];
  readonly aggregations: Readonly<Record<string, string>>;
  readonly dimensions: readonly {
    readonly name: string;
    readonly scope: string;
    readonly type: "text" | "number" | "yes-no";
    readonly summary: string;
  }[];
  readonly granularities: readonly string[];
  readonly operators: Readonly<Record<string, string>>;
}
