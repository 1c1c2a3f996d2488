/** Folds stored sessions again: shows what a change of the definitions changes, or stores it. */

import { MIB } from "../base/units.ts";
import { DEFINITIONS_VERSION } from "../sessions/definitions.ts";
import type { NamedMetrics } from "../sessions/metrics.ts";
import { failureOf } from "../store/fold-failure.ts";
import { textBytesOf } from "../store/pages.ts";
import type { Bookmark, ClosedQuery } from "../store/queries.ts";
import type { SessionResult, Store, StoredResult, StoredSession } from "../store/store.ts";
import { foldClosed, keepFailure, saveEach, unreadable } from "./settle.ts";

export interface RecomputeOptions {
  readonly store: Store;
  /** Which sessions, by their start; all of them by default. */
  readonly range?: Pick<ClosedQuery, "fromMs" | "toMs">;
  /** Compares without storing. */
  readonly dryRun: boolean;
  /** The instant that dates a result. */
  readonly nowMs: () => number;
  readonly onProgress: (done: number, total: number) => void;
  /** Asked after each slice; finished slices stay, and the next call resumes after them. */
  readonly isStopped: () => boolean;
}

/** How a metric, or a rule's count of events, differs over all sessions. */
interface NumberChange {
  sessions: number;
  /** Sums over those sessions; a missing number counts as 0. */
  before: number;
  after: number;
}

export interface RecomputeSummary {
  /** Sessions read in this call. */
  readonly done: number;
  /** Sessions with at least one different number. */
  readonly changed: number;
  /** Sessions without earlier numbers, such as ones that have just closed beside a running server. */
  readonly unfolded: number;
  /** Sessions that could not be folded. */
  readonly failed: number;
  /** Sessions passed over because their events are gone; their numbers stay as they are. */
  readonly trimmed: number;
  readonly byMetric: ReadonlyMap<string, NumberChange>;
  /** Rules that decide differently in sessions whose numbers differ; those that mend, if the old have no ledger. */
  readonly byRule: ReadonlyMap<string, NumberChange>;
  /** How many sessions had numbers of older definitions, by version. */
  readonly outdated: ReadonlyMap<number, number>;
  /** The version of the definitions in force. */
  readonly definitions: number;
  /** Whether an interrupted recompute was taken up again. */
  readonly resumed: boolean;
  readonly finished: boolean;
}

/** Sessions to read at once. */
const PAGE = 50;
/** Row text to store in one transaction, unless a single session has more. */
const SAVED_BYTES_MAX = 4 * MIB;
/** Ignores rounding differences. */
const TOLERANCE = 1e-9;

/** Folds every closed session of a range under the current definitions, in slices of one transaction each. */
export async function recompute(options: RecomputeOptions): Promise<RecomputeSummary> {
  const { store, range = {}, dryRun, onProgress, isStopped } = options;
  const name = `recompute ${range.fromMs ?? ""}/${range.toMs ?? ""}`;
  const bookmark = dryRun ? undefined : await store.findBookmark(name);
  const total = await store.countClosed({ ...range, trimmed: false });
  const trimmed = await store.countClosed({ ...range, trimmed: true });
  const tally = noChanges();
  const summaryOf = (done: number, finished: boolean) => ({
    ...tally,
    definitions: DEFINITIONS_VERSION,
    trimmed,
    done,
    finished,
    resumed: bookmark !== undefined,
  });
  let done = 0;
  for await (const slice of foldedSlices(options, bookmark?.session ?? 0, tally)) {
    if (!dryRun) await saveStorable(options, slice.results, { name, session: slice.lastId }, tally);
    done += slice.sessions;
    onProgress(done, total);
    if (isStopped()) return summaryOf(done, false);
  }
  if (!dryRun) await store.removeBookmark(name);
  return summaryOf(done, true);
}

/** Stores results, and counts and records those that can't be stored. */
async function saveStorable(
  { store, nowMs }: RecomputeOptions,
  results: readonly SessionResult[],
  bookmark: Bookmark,
  changes: Changes,
): Promise<void> {
  await saveEach(
    results,
    (some) => {
      const session = some.length < results.length ? (some.at(-1)?.session ?? bookmark.session) : bookmark.session;
      return store.saveResults(some, nowMs(), { ...bookmark, session });
    },
    async ({ session }, error) => {
      changes.failed += 1;
      await keepFailure(store, session, error);
    },
  );
}

interface Changes {
  changed: number;
  unfolded: number;
  failed: number;
  readonly byMetric: Map<string, NumberChange>;
  readonly byRule: Map<string, NumberChange>;
  readonly outdated: Map<number, number>;
}

function noChanges(): Changes {
  return { changed: 0, unfolded: 0, failed: 0, byMetric: new Map(), byRule: new Map(), outdated: new Map() };
}

/** Reads the sessions of a range; unreadable ones count as failed. */
async function* closedPages(
  options: RecomputeOptions,
  behindId: number,
  changes: Changes,
): AsyncGenerator<readonly StoredSession[], void, void> {
  const { store, range } = options;
  const damaged = new Set<number | undefined>();
  for (let afterId = behindId; ; ) {
    const skipped = new Set<number | undefined>();
    const query = { ...range, afterId, trimmed: false, limit: PAGE };
    const page = await store.listClosed(query, (id) => skipped.add(id));
    for (const id of skipped.difference(damaged)) await foldDamaged(options, id, changes);
    for (const id of skipped) damaged.add(id);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    afterId = last.id;
  }
}

/** Folds the sessions of a range, and yields results to store as soon as they weigh enough. */
async function* foldedSlices(
  options: RecomputeOptions,
  behindId: number,
  changes: Changes,
): AsyncGenerator<Slice, void, void> {
  for await (const page of closedPages(options, behindId, changes)) {
    const last = page.at(-1) as StoredSession;
    let slice: SessionResult[] = [];
    let sessions = 0;
    let bytes = 0;
    for (const session of page) {
      const result = await foldLean(options, session, changes);
      sessions += 1;
      if (result) {
        // What is stored already is no change, which followers would have to load again.
        if (!isStored(session, result)) slice.push(result);
        bytes += textBytesOf(result.folded);
      }
      if (bytes < SAVED_BYTES_MAX) continue;
      yield { results: slice, sessions, lastId: session.id };
      // Heavy sessions: what was made of them must be gone when the next ones come.
      Bun.gc(true);
      slice = [];
      sessions = 0;
      bytes = 0;
    }
    if (sessions > 0) yield { results: slice, sessions, lastId: last.id };
  }
}

/** Folds a session to its stored form. @returns undefined if it cannot be folded, which is recorded */
async function foldLean(
  { store, dryRun }: RecomputeOptions,
  session: StoredSession,
  changes: Changes,
): Promise<SessionResult | undefined> {
  const result = await foldClosed(store, session).catch(async (error: unknown) => {
    if (failureOf(error) === undefined) throw error;
    if (!dryRun) await keepFailure(store, session.id, error);
  });
  if (!result) {
    changes.failed += 1;
    return undefined;
  }
  if (session.result) noteResult(changes, session.result, result);
  else changes.unfolded += 1;
  return result;
}

/** A late event differs in the ledger; another version or setting is named by the numbers themselves. */
function isStored({ result, foldFailure }: StoredSession, { definitions, folded }: SessionResult): boolean {
  if (!result || foldFailure !== undefined) return false;
  const { edition, changedAtMs, ...stored } = result;
  const { metrics, contentSegment, unmended, ledger, choices } = folded;
  return Bun.deepEquals(stored, { definitions, metrics, contentSegment, unmended, ledger, choices });
}

/** Records that a session can't be read, let alone folded. */
async function foldDamaged({ store, dryRun }: RecomputeOptions, id: number | undefined, changes: Changes) {
  changes.failed += 1;
  if (id !== undefined && !dryRun) await keepFailure(store, id, unreadable(id));
}

/** Work to store at once. */
interface Slice {
  readonly results: readonly SessionResult[];
  /** How many sessions it covers. */
  readonly sessions: number;
  readonly lastId: number;
}

function noteResult(changes: Changes, { definitions, metrics, ledger }: StoredResult, { folded }: SessionResult): void {
  if (definitions !== DEFINITIONS_VERSION) {
    changes.outdated.set(definitions, (changes.outdated.get(definitions) ?? 0) + 1);
  }
  if (!noteChanges(changes.byMetric, metrics, folded.metrics)) return;
  changes.changed += 1;
  if (!folded.ledger) return;
  if (ledger) noteChanges(changes.byRule, ledger.rules, folded.ledger.rules);
  else noteChanges(changes.byRule, {}, timesOf(folded.ledger.mended));
}

/** How often each rule mended something. */
function timesOf(mended: NonNullable<StoredResult["ledger"]>["mended"] = {}): NamedMetrics {
  return Object.fromEntries(Object.entries(mended).map(([rule, { times }]) => [rule, times]));
}

/** Adds up a session's differences. @returns whether there were any */
function noteChanges(byName: Map<string, NumberChange>, before: NamedMetrics, after: NamedMetrics): boolean {
  let changed = false;
  for (const id of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const was = before[id] ?? null;
    const is = after[id] ?? null;
    if (isSame(was, is)) continue;
    changed = true;
    const change = byName.get(id) ?? { sessions: 0, before: 0, after: 0 };
    change.sessions += 1;
    change.before += was ?? 0;
    change.after += is ?? 0;
    byName.set(id, change);
  }
  return changed;
}

function isSame(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));
}
