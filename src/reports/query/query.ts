/** A checked question: plain data that can be sent to the Worker. */

import type { Calendar, Granularity, Range } from "../calendar.ts";
import type { Aggregation } from "../catalogue/metrics.ts";
import type { Filter } from "./filter.ts";

/** Which sessions a question is about. */
export interface ReportScope extends Pick<Calendar, "zone"> {
  readonly range: Range;
  readonly filters: readonly Filter[];
  readonly includeOpen: boolean;
  /** False for the sessions' numbers without mending. */
  readonly mended?: boolean;
}

export interface MetricChoice {
  /** As it was asked for: the column's name. */
  readonly column: string;
  readonly id: string;
  readonly aggregation: Aggregation;
  /** What it is divided by: `a/b`. */
  readonly by?: Pick<MetricChoice, "id" | "aggregation">;
  /** Whether the change since the period before is asked for, as a share of that. */
  readonly isChange?: true;
}

export interface ReportQuery extends ReportScope, Calendar {
  readonly metrics: readonly MetricChoice[];
  readonly dimensions: readonly string[];
  readonly granularity?: Granularity;
  readonly sort: { readonly column: string; readonly descending: boolean };
  readonly limit: number;
  /** The period before, when it is asked for, or a change since. */
  readonly previous?: Range;
  /** Whether its numbers stand beside those of now. */
  readonly showsPrevious?: true;
}

export interface ConcurrencyQuery extends ReportScope, Calendar {
  readonly granularity: Granularity;
  /** What plays at once. */
  readonly of: "sessions" | "viewers";
  /** At most one; by it the peak of each value is asked for, in place of that of each period. */
  readonly dimensions: readonly string[];
  readonly limit: number;
}

export interface KeysQuery extends ReportScope {
  /** What the names begin with. */
  readonly prefix: string;
  /** Whether keys that identify people are told. */
  readonly personal: boolean;
}

/** The column of time, where a report has one. */
export const TIME_COLUMN = "time";
