/**
 * Where rows come from: the store, in pages by key, up to where its log ended when the export began.
 *
 * An export of any size takes the memory of one page. Between two pages it holds no read open, so the writer can empty
 * its log meanwhile.
 */

import { keyedHash } from "../base/keyed-hash.ts";
import { nextTurn } from "../base/turn.ts";
import { DamageError, type Skip } from "../store/damage.ts";
import { type FoldedNumbers, type FoldStore, foldStored } from "../store/fold-stored.ts";
import type { LoggedEvent } from "../store/log.ts";
import { foldsOf } from "../store/pages.ts";
import type { ErasedSid, Fold, SessionNumbers, StoredSession, StoreReader } from "../store/store.ts";
import { type ChangedOptions, type ChangedStore, changedEvents, changedPages, erasedPages } from "./changed.ts";
import { type Confines, confinedEvents, confinedFold, confinedPage } from "./confines.ts";
import type { ExportQuery } from "./query.ts";

export type ExportStore = Pick<
  StoreReader,
  | "readExtent"
  | "readLog"
  | "findSession"
  | "listSessions"
  | "countSessions"
  | "listOpen"
  | "hashKey"
  | keyof FoldStore
  | keyof ChangedStore
>;

export interface SourceOptions {
  readonly store: ExportStore;
  readonly query: Pick<ExportQuery, "fromMs" | "toMs" | "changes" | keyof Confines>;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called for each damaged session, which the export leaves out. */
  readonly onDamaged?: Skip | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A row of a session, with the hash of the session's sid. */
export interface Hashed {
  readonly sidHash: string;
}

/** A session with its current numbers. */
export interface NumberedSession extends Hashed {
  readonly session: StoredSession;
  readonly numbers: SessionNumbers;
}

/** A session with its current rows. */
interface SessionRows {
  readonly session: StoredSession;
  readonly fold: Fold;
}

export type HashedEvent = LoggedEvent & Hashed;

type Pages<Row> = AsyncGenerator<readonly Row[], void, void>;

export interface ExportSource {
  /** Sessions with their numbers: by their start, or those that changed by their change. */
  numbers(): Pages<NumberedSession>;
  /** The same with their rows. */
  rows(): Pages<SessionRows & Hashed>;
  /** All events, starts first; or those of sessions that changed, session by session. */
  events(): Pages<HashedEvent>;
  /** Sids that were erased on request, the oldest erasure first. */
  erased(): Pages<ErasedSid>;
}

/** Heavy ones end a page of the store earlier. */
const SESSIONS_PER_PAGE = 100;
const EVENTS_PER_PAGE = 500;
const HASHES_MAX = 10_000;

/** Opens the source of one export. */
export function openSource(options: SourceOptions): ExportSource {
  const { store, query } = options;
  const { changes } = query;
  const range = changes ?? { afterRevision: 0, untilRevision: Number.POSITIVE_INFINITY };
  const changed = { ...options, range };
  return {
    async *numbers() {
      const hashOf = sidHashing(await store.hashKey());
      for await (const page of changes ? changedNumbers(options, changed) : numberPages(options)) {
        yield page.map((row) => ({ ...row, sidHash: hashOf(row.session.sid) }));
      }
    },
    async *rows() {
      const hashOf = sidHashing(await store.hashKey());
      for await (const page of changes ? changedRows(options, changed) : rowPages(options)) {
        yield page.map(({ session, fold }) => {
          return { session, fold: confinedFold(fold, query), sidHash: hashOf(session.sid) };
        });
      }
    },
    async *events() {
      const seen = confinedEvents(store, query);
      const hashOf = sidHashing(await store.hashKey());
      for await (const page of changes ? changedEvents(changed) : eventPages(options)) {
        const events = await seen(page);
        if (events.length > 0) yield events.map((event) => ({ ...event, sidHash: hashOf(event.sid) }));
      }
    },
    erased: () => erasedPages(changed, query),
  };
}

/** Hashes sids, remembering the latest: a hash costs as much as the rest of an event's row. */
function sidHashing(key: Uint8Array): (sid: string) => string {
  const hashes = new Map<string, string>();
  return (sid) => {
    const known = hashes.get(sid);
    if (known !== undefined) return known;
    if (hashes.size >= HASHES_MAX) hashes.clear();
    const hash = keyedHash(key, "sid", sid);
    hashes.set(sid, hash);
    return hash;
  };
}

async function* changedNumbers(
  { query }: SourceOptions,
  changed: ChangedOptions,
): Pages<Omit<NumberedSession, "sidHash">> {
  for await (const page of changedPages(changed)) {
    yield confinedPage(page, query).flatMap((session) =>
      session.result ? [{ session, numbers: session.result }] : [],
    );
  }
}

async function* changedRows({ store, query }: SourceOptions, changed: ChangedOptions): Pages<SessionRows> {
  for await (const page of changedPages(changed)) {
    yield* rowsOfPage({ store, onDamaged: changed.onDamaged }, confinedPage(page, query), ({ seq = 0 }) => seq);
  }
}

async function* numberPages(options: SourceOptions): Pages<Omit<NumberedSession, "sidHash">> {
  for await (const { page, seqOf } of sessionPages(options)) {
    const numbered: Omit<NumberedSession, "sidHash">[] = [];
    for (const session of page) {
      const numbers = await numbersOf(options, session, seqOf(session));
      if (numbers) numbered.push({ session, numbers });
    }
    yield numbered;
  }
}

async function* rowPages(options: SourceOptions): Pages<SessionRows> {
  for await (const { page, seqOf } of sessionPages(options)) yield* rowsOfPage(options, page, seqOf);
}

interface PageOfSessions {
  readonly page: readonly StoredSession[];
  /** The latest event of a session, open or closed. */
  readonly seqOf: (session: StoredSession) => number;
}

async function* sessionPages({
  store,
  query,
  onProgress,
  onDamaged = () => {},
  signal,
}: SourceOptions): AsyncGenerator<PageOfSessions> {
  const { fromMs, toMs } = query;
  const { sessions: untilId } = await store.readExtent();
  // Read after the extent: a session of the range that is still open at its page was open here already.
  const openSeqs = new Map((await store.listOpen()).ends.map(({ id, seq }) => [id, seq]));
  const seqOf = ({ id, seq }: StoredSession) => seq ?? openSeqs.get(id) ?? 0;
  const range = { untilId, fromMs, toMs };
  const total = await store.countSessions(range);
  let done = 0;
  for (let after: StoredSession | undefined; ; ) {
    signal?.throwIfAborted();
    const page = await store.listSessions({ ...range, first: "oldest", after, limit: SESSIONS_PER_PAGE }, onDamaged);
    after = page.at(-1);
    if (!after) break;
    yield { page: confinedPage(page, query), seqOf };
    done += page.length;
    onProgress?.(done, total);
    await nextTurn();
  }
}

/** Yields the rows of sessions in order: stored ones in pages, and those folded here one by one. */
async function* rowsOfPage(
  options: Pick<SourceOptions, "store" | "onDamaged">,
  page: readonly StoredSession[],
  seqOf: PageOfSessions["seqOf"],
): Pages<SessionRows> {
  const { store } = options;
  const foldedHere = async (session: StoredSession): Promise<SessionRows[]> => {
    const fold = await foldReadable(options, session, seqOf(session));
    return fold ? [{ session, fold }] : [];
  };
  const closed = page.filter(({ close }) => close).map(({ id }) => id);
  let at = 0;
  // Sessions with unreadable rows may still have readable events, which are then folded.
  for await (const folds of foldsOf(store, closed, () => {})) {
    const last = [...folds.keys()].at(-1);
    let stored: SessionRows[] = [];
    while (true) {
      const session = page[at] as StoredSession;
      const fold = folds.get(session.id);
      if (fold) stored.push({ session, fold });
      else {
        if (stored.length > 0) yield stored;
        stored = [];
        yield await foldedHere(session);
      }
      at += 1;
      if (session.id === last) break;
    }
    yield stored;
    // A page that ended early is of heavy sessions: what was made of them must be gone when the next one comes.
    if (last !== closed.at(-1)) Bun.gc(true);
  }
  for (const session of page.slice(at)) yield await foldedHere(session);
}

async function* eventPages({
  store,
  query,
  onProgress,
  onDamaged = () => {},
  signal,
}: SourceOptions): Pages<LoggedEvent> {
  const { fromMs, toMs } = query;
  const { first, last, entries } = await store.readExtent();
  let done = 0;
  for (let after = first; after !== last; ) {
    signal?.throwIfAborted();
    const page = await store.readLog({ after, until: last, fromMs, toMs, limit: EVENTS_PER_PAGE }, onDamaged);
    if (page.events.length > 0) yield page.events;
    after = page.reached;
    done += page.done;
    onProgress?.(done, entries);
    await nextTurn();
  }
}

/** Takes the stored numbers; folds a session without any, because it is open or has just closed. */
async function numbersOf(
  options: SourceOptions,
  session: StoredSession,
  seq: number,
): Promise<SessionNumbers | undefined> {
  if (session.close && session.result) return session.result;
  const folded = await foldReadable(options, session, seq);
  if (!folded) return undefined;
  const { definitions, metrics, contentSegment } = folded;
  return { definitions, metrics, contentSegment };
}

/** Folds a session, unless its events are damaged. */
async function foldReadable(
  { store, onDamaged = () => {} }: Pick<SourceOptions, "store" | "onDamaged">,
  session: StoredSession,
  seq: number,
): Promise<FoldedNumbers | undefined> {
  try {
    return await foldStored(store, session, seq);
  } catch (error) {
    if (!(error instanceof DamageError)) throw error;
    onDamaged(session.id);
    return undefined;
  }
}
