/** Folds stored sessions again: shows what a change of the definitions changes, or stores it. */

import type { NamedMetrics } from "../sessions/metrics.ts";
import { failureOf } from "../store/fold-failure.ts";
import type { ClosedQuery, SessionResult, Store, StoredSession } from "../store/store.ts";
import { foldClosed, keepFailure } from "./settle.ts";

export interface RecomputeOptions {
  readonly store: Store;
  /** Which sessions, by their start; all of them by default. */
  readonly range?: Pick<ClosedQuery, "fromMs" | "toMs">;
  /** Only compares; nothing is stored. */
  readonly dryRun: boolean;
  readonly onProgress: (done: number, total: number) => void;
  /** Asked after each slice; what is done by then stays done, and the next call resumes there. */
  readonly isStopped: () => boolean;
}

/** How a metric differs over all sessions. */
export interface MetricChange {
  sessions: number;
  /** Sums over those sessions; a session without a number counts as 0. */
  before: number;
  after: number;
}

export interface RecomputeSummary {
  /** Sessions looked at in this call. */
  readonly done: number;
  /** Sessions with at least one number that differs. */
  readonly changed: number;
  /** Sessions that had no numbers yet: beside a running server, those that have just closed. */
  readonly unfolded: number;
  /** Sessions that could not be folded. */
  readonly failed: number;
  /** Sessions that were passed over: their events are gone, so their numbers stay as they are. */
  readonly trimmed: number;
  readonly byMetric: ReadonlyMap<string, MetricChange>;
  /** Whether an interrupted recompute was taken up again. */
  readonly resumed: boolean;
  readonly finished: boolean;
}

const SLICE = 50;
/** Differences of rounding are none. */
const TOLERANCE = 1e-9;

/** Folds every closed session of a range under the current definitions, in slices of one transaction each. */
export async function recompute(options: RecomputeOptions): Promise<RecomputeSummary> {
  const { store, range = {}, dryRun, onProgress, isStopped } = options;
  const name = `recompute ${range.fromMs ?? ""}/${range.toMs ?? ""}`;
  const bookmark = dryRun ? undefined : await store.findBookmark(name);
  const total = await store.countClosed({ ...range, trimmed: false });
  const trimmed = await store.countClosed({ ...range, trimmed: true });
  const tally: Changes = { changed: 0, unfolded: 0, failed: 0, byMetric: new Map() };
  const summaryOf = (done: number, finished: boolean) => ({
    ...tally,
    trimmed,
    done,
    finished,
    resumed: bookmark !== undefined,
  });
  let done = 0;
  for (let afterId = bookmark?.session ?? 0; ; ) {
    const slice = await store.listClosed({ ...range, afterId, trimmed: false, limit: SLICE });
    const last = slice.at(-1);
    if (!last) break;
    const results = await foldSlice(options, slice, tally);
    if (!dryRun) await store.saveResults(results, { name, session: last.id });
    done += slice.length;
    afterId = last.id;
    onProgress(done, total);
    if (isStopped()) return summaryOf(done, false);
  }
  if (!dryRun) await store.removeBookmark(name);
  return summaryOf(done, true);
}

interface Changes {
  changed: number;
  unfolded: number;
  failed: number;
  readonly byMetric: Map<string, MetricChange>;
}

async function foldSlice(
  { store, dryRun }: RecomputeOptions,
  slice: readonly StoredSession[],
  changes: Changes,
): Promise<SessionResult[]> {
  const results: SessionResult[] = [];
  for (const session of slice) {
    const result = await foldClosed(store, session).catch(async (error: unknown) => {
      if (failureOf(error) === undefined) throw error;
      if (!dryRun) await keepFailure(store, session.id, error);
    });
    if (!result) {
      changes.failed += 1;
      continue;
    }
    results.push(result);
    if (!session.result) changes.unfolded += 1;
    else if (noteChanges(changes.byMetric, session.result.metrics, result.folded.metrics)) changes.changed += 1;
  }
  return results;
}

/** Adds a session's differences up. @returns whether there was one */
function noteChanges(byMetric: Map<string, MetricChange>, before: NamedMetrics, after: NamedMetrics): boolean {
  let changed = false;
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[id] ?? null, after[id] ?? null];
    if (isSame(was, is)) continue;
    changed = true;
    const change = byMetric.get(id) ?? { sessions: 0, before: 0, after: 0 };
    change.sessions += 1;
    change.before += was ?? 0;
    change.after += is ?? 0;
    byMetric.set(id, change);
  }
  return changed;
}

function isSame(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));
}
