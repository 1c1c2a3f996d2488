/**
 * Where rows come from: the store, in pages by key, up to where its log ended when the export began.
 *
 * An export of any size takes the memory of one page. Between two pages it holds no read open, so the writer can empty
 * its log meanwhile.
 */

import { nextTurn } from "../base/turn.ts";
import { type FoldStore, foldStored } from "../store/fold-stored.ts";
import { foldsOf } from "../store/pages.ts";
import type { Fold, LoggedEvent, SessionNumbers, StoredSession, StoreReader } from "../store/store.ts";
import type { ExportQuery } from "./query.ts";

export type ExportStore = Pick<
  StoreReader,
  "readExtent" | "readLog" | "listSessions" | "countSessions" | "listOpen" | keyof FoldStore
>;

export interface SourceOptions {
  readonly store: ExportStore;
  readonly query: Pick<ExportQuery, "fromMs" | "toMs">;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A session with its current numbers. */
export interface NumberedSession {
  readonly session: StoredSession;
  readonly numbers: SessionNumbers;
}

/** A session with its current rows. */
export interface SessionRows {
  readonly session: StoredSession;
  readonly fold: Fold;
}

export interface ExportSource {
  /** Sessions by their start, with their numbers. */
  numbers(): AsyncGenerator<readonly NumberedSession[], void, void>;
  /** Sessions by their start, with their rows. */
  rows(): AsyncGenerator<readonly SessionRows[], void, void>;
  /** All events, starts first. */
  events(): AsyncGenerator<readonly LoggedEvent[], void, void>;
}

/** Heavy ones end a page of the store earlier. */
const SESSIONS_PER_PAGE = 100;
const EVENTS_PER_PAGE = 500;

/** Opens the source of one export. */
export function openSource(options: SourceOptions): ExportSource {
  const { store } = options;
  return {
    async *numbers() {
      for await (const { page, seqOf } of sessionPages(options)) {
        const numbered: NumberedSession[] = [];
        for (const session of page)
          numbered.push({ session, numbers: await numbersOf(store, session, seqOf(session)) });
        yield numbered;
      }
    },
    async *rows() {
      for await (const { page, seqOf } of sessionPages(options)) yield* rowPages(store, page, seqOf);
    },
    events: () => eventPages(options),
  };
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
async function* rowPages(
  store: ExportStore,
  page: readonly StoredSession[],
  seqOf: SessionPage["seqOf"],
): ReturnType<ExportSource["rows"]> {
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

async function* eventPages({ store, query, onProgress, signal }: SourceOptions): ReturnType<ExportSource["events"]> {
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
