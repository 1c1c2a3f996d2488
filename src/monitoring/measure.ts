/** The form of a row in the catalogue of measures, and the sources that the rows read. */

import type { Histogram } from "../base/histogram.ts";

type MeasureType = "counter" | "gauge" | "histogram";

/** One value, with the values of its measure's labels in their order. */
export interface Sample {
  readonly labels?: readonly (string | number)[];
  readonly value: number | Histogram;
}

export interface Measure {
  /** Ends in its unit, a counter's in `_total`. */
  readonly name: string;
  readonly type: MeasureType;
  readonly help: string;
  /** Each takes its values from a list that is known in advance, so that players can't add series. */
  readonly labels?: readonly string[];
  /** The values now; none where they are unknown. */
  read(sources: Sources): Iterable<Sample>;
}

/** The requests of one route. */
interface RouteSource {
  readonly seconds: Histogram;
  answers(): Iterable<{ readonly method: string; readonly status: number; readonly count: number }>;
}

/** Jobs of a Worker. */
export interface LaneSource {
  readonly waiting: number;
  readonly running: number;
  readonly deaths: number;
  readonly pausedMs: number;
}

/** Connections to a database that nodes share. */
interface PoolSource {
  readonly running: number;
  readonly waiting: number;
  readonly thrownAway: number;
  readonly seconds: Histogram;
}

/** What the process uses of the machine. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** Undefined if the system doesn't tell, as are those below. */
  readonly residentBytes: number | undefined;
  readonly openFiles: number | undefined;
  readonly openFilesMax: number | undefined;
}

/** Where the measures come from: counts that the parts of the server keep anyway, read at each scrape. */
export interface Sources {
  readonly build: { readonly version: string; readonly bun: string; readonly validation: string };
  readonly startedAtMs: number;
  routes(): ReadonlyMap<string, RouteSource>;
  rejections(): ReadonlyMap<string, number>;
  readonly queue: { events(): number; readonly eventsMax: number };
  readonly commitWrites: Histogram;
  readonly commitSeconds: Histogram;
  /** How often this server was the first to find that a shared store lacks what it had acknowledged. */
  historyLosses(): number | undefined;
  /** The pools of connections to a shared store, by what they are for. */
  pools(): Readonly<Record<string, PoolSource>>;
  /** How long the shared store's oldest transaction has been open; undefined where that is unknown. */
  oldestSnapshotSeconds(): number | undefined;
  openSessions(): number;
  /** Repeated starts since the server started, by the rule that recognised them. */
  repeatedStarts(): ReadonlyMap<string, number>;
  /** Sessions that closed since the start, by their reason. */
  closes(): ReadonlyMap<string, number>;
  /** Events of folded sessions by verdict. */
  verdicts(): ReadonlyMap<string, number>;
  /** Folds of closed sessions: the first of a session, another after a late event, or one that failed. */
  folds(): Readonly<Record<"first" | "again" | "failed", number>>;
  /** Sessions whose last fold failed; undefined until they have been counted. */
  failedFolds(): number | undefined;
  /** Sessions that were met since the start, and can't be read. */
  damagedSessions(): number;
  /** Rows of a former version that are left to move, at most. */
  rowsToMove(): number;
  /** Sizes of files; undefined for one that isn't there. */
  files(): Readonly<Record<"database" | "log" | "facts", number | undefined>>;
  /** Milliseconds since the epoch; undefined when there was none. */
  lastBackupAtMs(): number | undefined;
  /** Since the start. */
  backupFailures(): number;
  streams(): { readonly viewers: number; readonly watchers: number };
  lanes(): Readonly<Record<string, LaneSource>>;
  /** Undefined where the process can't be asked. */
  readonly usage: (() => ProcessUsage) | undefined;
}
