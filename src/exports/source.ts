/**
 * Where rows come from: the store, in pages by key, up to where its log ended when the export began.
 *
 * An export of any size takes the memory of one page. Between two pages it holds no read open, so the writer can empty
 * its log meanwhile.
 */

import { keyedHash } from "../base/keyed-hash.ts";
import { nextTurn } from "../base/turn.ts";
import { type FoldStore, foldStored } from "../store/fold-stored.ts";
import type { LoggedEvent } from "../store/log.ts";
import { foldsOf } from "../store/pages.ts";
import type { ErasedSid, Fold, SessionNumbers, StoredSession, StoreReader } from "../store/store.ts";
import { type ChangedOptions, type ChangedStore, changedEvents, changedPages, erasedPages } from "./changed.ts";
import type { ExportQuery } from "./query.ts";

export type ExportStore = Pick<
  StoreReader,
  | "readExtent"
  | "readLog"
  | "listSessions"
  | "countSessions"
  | "listOpen"
  | "hashKey"
  | keyof FoldStore
  | keyof ChangedStore
>;

export interface SourceOptions {
  readonly store: ExportStore;
  readonly query: Pick<ExportQuery, "fromMs" | "toMs" | "changes">;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
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
export interface SessionRows {
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
      for await (const page of changes ? changedNumbers(changed) : numberPages(options)) {
        yield page.map((row) => ({ ...row, sidHash: hashOf(row.session.sid) }));
      }
    },
    async *rows() {
      const hashOf = sidHashing(await store.hashKey());
      for await (const page of changes ? changedRows(changed, store) : rowPages(options)) {
        yield page.map((row) => ({ ...row, sidHash: hashOf(row.session.sid) }));
      }
    },
    async *events() {
      const hashOf = sidHashing(await store.hashKey());
      for await (const page of changes ? changedEvents(changed) : eventPages(options)) {
        yield page.map((event) => ({ ...event, sidHash: hashOf(event.sid) }));
      }
    },
    erased: () => erasedPages(changed, query),
  };
}

/** Hashes sids, the latest of them but once: a hash costs as much as the rest of an event's row. */
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

async function* changedNumbers(options: ChangedOptions): Pages<Omit<NumberedSession, "sidHash">> {
  for await (const page of changedPages(options)) {
    yield page.flatMap((session) => (session.result ? [{ session, numbers: session.result }] : []));
  }
}

async function* changedRows(options: ChangedOptions, store: ExportStore): Pages<SessionRows> {
  for await (const page of changedPages(options)) yield* rowsOfPage(store, page, ({ seq = 0 }) => seq);
}

async function* numberPages(options: SourceOptions): Pages<Omit<NumberedSession, "sidHash">> {
  for await (const { page, seqOf } of sessionPages(options)) {
    const numbered: Omit<NumberedSession, "sidHash">[] = [];
    for (const session of page) {
      numbered.push({ session, numbers: await numbersOf(options.store, session, seqOf(session)) });
    }
    yield numbered;
  }
}

async function* rowPages(options: SourceOptions): Pages<SessionRows> {
  for await (const { page, seqOf } of sessionPages(options)) yield* rowsOfPage(options.store, page, seqOf);
}

interface SessionPage {
  readonly page: readonly StoredSession[];
  /** The latest event of a session, open or closed. */
  readonly seqOf: (session: StoredSession) => number;
}

async function* sessionPages({ store, query, onProgress, signal }: SourceOptions): AsyncGenerator<SessionPage> {
  const { fromMs, toMs } = query;
  const { sessions: untilId } = await store.readExtent();
  // Behind the extent: a session of the range that is still open when its page comes was open here already.
  const openSeqs = new Map((await store.listOpen()).ends.map(({ id, seq }) => [id, seq]));
  const seqOf = ({ id, seq }: StoredSession) => seq ?? openSeqs.get(id) ?? 0;
  const range = { untilId, fromMs, toMs };
  const total = await store.countSessions(range);
  let done = 0;
  for (let after: StoredSession | undefined; ; ) {
    signal?.throwIfAborted();
    const page = await store.listSessions({ ...range, first: "oldest", after, limit: SESSIONS_PER_PAGE });
    after = page.at(-1);
    if (!after) break;
    yield { page, seqOf };
    done += page.length;
    onProgress?.(done, total);
    await nextTurn();
  }
}

/** Yields the rows of sessions in their order: stored ones in pages, and each that is folded here by itself. */
async function* rowsOfPage(
  store: ExportStore,
  page: readonly StoredSession[],
  seqOf: SessionPage["seqOf"],
): Pages<SessionRows> {
  const closed = page.filter(({ close }) => close).map(({ id }) => id);
  let at = 0;
  for await (const folds of foldsOf(store, closed)) {
    const last = [...folds.keys()].at(-1);
    let stored: SessionRows[] = [];
    while (true) {
      const session = page[at] as StoredSession;
      const fold = folds.get(session.id);
      if (fold) stored.push({ session, fold });
      else {
        if (stored.length > 0) yield stored;
        stored = [];
        yield [{ session, fold: await foldStored(store, session, seqOf(session)) }];
      }
      at += 1;
      if (session.id === last) break;
    }
    yield stored;
  }
  for (const session of page.slice(at)) yield [{ session, fold: await foldStored(store, session, seqOf(session)) }];
}

async function* eventPages({ store, query, onProgress, signal }: SourceOptions): Pages<LoggedEvent> {
  const { fromMs, toMs } = query;
  const { first, last, entries } = await store.readExtent();
  let done = 0;
  for (let after = first; after !== last; ) {
    signal?.throwIfAborted();
    const page = await store.readLog({ after, until: last, fromMs, toMs, limit: EVENTS_PER_PAGE });
    if (page.events.length > 0) yield page.events;
    after = page.reached;
    done += page.done;
    onProgress?.(done, entries);
    await nextTurn();
  }
}

/** Takes the stored numbers; folds a session that has none yet because it is open, or closed a moment ago. */
async function numbersOf(store: ExportStore, session: StoredSession, seq: number): Promise<SessionNumbers> {
  if (session.close && session.result) return session.result;
  const { definitions, metrics, contentSegment } = await foldStored(store, session, seq);
  return { definitions, metrics, contentSegment };
}
