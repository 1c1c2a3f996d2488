/** The form of a row in the catalogue of measures, and what the rows read. */

import type { Histogram } from "../base/histogram.ts";

export type MeasureType = "counter" | "gauge" | "histogram";

/** One value, with those of its measure's labels in their order. */
export interface Sample {
  readonly labels?: readonly (string | number)[];
  readonly value: number | Histogram;
}

export interface Measure {
  /** With its unit behind it, and `_total` behind a counter's. */
  readonly name: string;
  readonly type: MeasureType;
  readonly help: string;
  /** Each takes its values from a list that is known beforehand. */
  readonly labels?: readonly string[];
  /** What there is now; nothing where it is not known. */
  read(sources: Sources): Iterable<Sample>;
}

/** The requests of one route. */
export interface RouteSource {
  readonly seconds: Histogram;
  answers(): Iterable<{ readonly method: string; readonly status: number; readonly count: number }>;
}

/** Jobs of a Worker. */
export interface LaneSource {
  readonly waiting: number;
  readonly running: number;
}

/** What the process takes of the machine. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Undefined where the system doesn't tell. */
  readonly openFiles: number | undefined;
}

/** Where the measures come from: counts that the parts of the server keep anyway, read when somebody asks. */
export interface Sources {
  readonly build: { readonly version: string; readonly bun: string; readonly validation: string };
  readonly startedAtMs: number;
  routes(): ReadonlyMap<string, RouteSource>;
  rejections(): ReadonlyMap<string, number>;
  readonly queue: { events(): number; readonly eventsMax: number };
  readonly commitWrites: Histogram;
  readonly commitSeconds: Histogram;
  openSessions(): number;
  /** Events of folded sessions by verdict. */
  verdicts(): ReadonlyMap<string, number>;
  /** Folds of closed sessions: the first of a session, another after a late event, or one that failed. */
  folds(): Readonly<Record<"first" | "again" | "failed", number>>;
  /** Sizes of files; undefined for one that isn't there. */
  files(): Readonly<Record<"database" | "log" | "facts", number | undefined>>;
  /** Milliseconds since the epoch; undefined when there was none. */
  lastBackupAtMs(): number | undefined;
  streams(): { readonly viewers: number; readonly watchers: number };
  lanes(): Readonly<Record<string, LaneSource>>;
  /** Undefined where nobody may ask the process. */
  readonly usage: (() => ProcessUsage) | undefined;
}
