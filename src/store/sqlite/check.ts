/** What is wrong with a database, as far as SQLite and the rows themselves tell. */

import { SQLiteError } from "bun:sqlite";
import { AppError } from "../../base/errors.ts";
import { nextTurn } from "../../base/turn.ts";
import type { SessionEnd, StoreReader } from "../store.ts";
import { openDatabase } from "./open.ts";

/** Sessions that are read at once. */
const SESSIONS_PER_PAGE = 100;
const PROBLEMS_MAX = 10;

/**
 * Looks at every page of a database.
 *
 * @returns SQLite's words for the first problems; none where all pages are sound
 * @throws AppError `store-failed` when it is no database, or cannot be opened
 */
export function checkPages(path: string): string[] {
  const client = openDatabase({ path, synchronous: "FULL", readOnly: true });
  try {
    const rows = client.query<{ integrity_check: string }, []>(`PRAGMA integrity_check(${PROBLEMS_MAX})`).all();
    return rows.map((row) => row.integrity_check).filter((line) => line !== "ok");
  } catch (error) {
    if (isDamage(error)) return [String(error)];
    throw error;
  } finally {
    client.close();
  }
}

export interface SessionsCheck {
  readonly sessions: number;
  readonly events: number;
  /** The numbers of sessions that cannot be read whole. */
  readonly damaged: readonly number[];
}

/**
 * Reads every session with all of its events.
 *
 * @param onProgress called with the sessions that were looked at, and all there may be
 * @throws the signal's reason when it ended the work
 */
export async function checkSessions(
  store: StoreReader,
  { onProgress, signal }: { onProgress: (done: number, total: number) => void; signal: AbortSignal },
): Promise<SessionsCheck> {
  const { sessions: total } = await store.readExtent();
  const open = await openEnds(store);
  const damaged: number[] = [];
  let sessions = 0;
  let events = 0;
  for (let first = 1; first <= total; first += SESSIONS_PER_PAGE) {
    const ids = Array.from({ length: Math.min(SESSIONS_PER_PAGE, total - first + 1) }, (_, at) => first + at);
    for (const end of await endsOf(store, ids, open, damaged)) {
      signal.throwIfAborted();
      sessions += 1;
      events += 1 + (await countEvents(store, end, damaged));
    }
    onProgress(Math.min(total, first + SESSIONS_PER_PAGE - 1), total);
    await nextTurn();
  }
  return { sessions, events, damaged };
}

/** The latest events of open sessions; where the damage is among them, those sessions show their starts alone. */
async function openEnds(store: StoreReader): Promise<ReadonlyMap<number, number>> {
  try {
    return new Map((await store.listOpen()).ends.map(({ id, seq }) => [id, seq]));
  } catch (error) {
    if (!isDamage(error)) throw error;
    return new Map();
  }
}

/** The sessions of these numbers that can be read: all at once, or one by one where a damaged one is among them. */
async function endsOf(
  store: StoreReader,
  ids: readonly number[],
  open: ReadonlyMap<number, number>,
  damaged: number[],
): Promise<SessionEnd[]> {
  try {
    const found = await store.getSessions(ids);
    return found.filter(({ trimmed }) => !trimmed).map(({ id, seq }) => ({ id, seq: seq ?? open.get(id) ?? 0 }));
  } catch (error) {
    if (!isDamage(error)) throw error;
    const [only, second] = ids;
    if (only === undefined) return [];
    if (second === undefined) {
      damaged.push(only);
      return [];
    }
    const ends: SessionEnd[] = [];
    for (const id of ids) ends.push(...(await endsOf(store, [id], open, damaged)));
    return ends;
  }
}

async function countEvents(store: StoreReader, end: SessionEnd, damaged: number[]): Promise<number> {
  try {
    return (await store.readEvents(end)).length;
  } catch (error) {
    if (!isDamage(error)) throw error;
    damaged.push(end.id);
    return 0;
  }
}

/** Whether an error says that what is stored isn't what was written, rather than that it can't be reached. */
export function isDamage(error: unknown): boolean {
  if (error instanceof AppError) return error.code === "session-damaged";
  return error instanceof SQLiteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code ?? "");
}
