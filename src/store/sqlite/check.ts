/** Finds what is wrong with a database, as far as SQLite and the rows themselves show. */

import { nextTurn } from "../../base/turn.ts";
import type { Skip } from "../damage.ts";
import { sessionsOf } from "../pages.ts";
import type { SessionEnd, StoreReader } from "../store.ts";
import { isDamage } from "./damage.ts";
import { openDatabase } from "./open.ts";

/** Sessions to read at once. */
const SESSIONS_PER_PAGE = 100;
const PROBLEMS_MAX = 10;

/**
 * Checks every page of a database.
 *
 * @returns SQLite's words for the first problems; none if all pages are sound
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

interface SessionsCheck {
  readonly sessions: number;
  readonly events: number;
  /** The numbers of sessions that cannot be read completely. */
  readonly damaged: readonly number[];
}

/**
 * Reads every session with all of its events.
 *
 * @param onProgress called with the number of sessions checked, and of all there may be
 * @throws the signal's reason when it ended the work
 */
export async function checkSessions(
  store: StoreReader,
  { onProgress, signal }: { onProgress: (done: number, total: number) => void; signal: AbortSignal },
): Promise<SessionsCheck> {
  const { sessions: total } = await store.readExtent();
  const open = new Map((await openEnds(store)).map(({ id, seq }) => [id, seq]));
  const damaged = new Set<number>();
  const skip: Skip = (session) => session !== undefined && damaged.add(session);
  let sessions = 0;
  let events = 0;
  for (let first = 1; first <= total; first += SESSIONS_PER_PAGE) {
    const ids = Array.from({ length: Math.min(SESSIONS_PER_PAGE, total - first + 1) }, (_, at) => first + at);
    for (const { id, seq, trimmed } of (await Array.fromAsync(sessionsOf(store, ids, skip))).flat()) {
      signal.throwIfAborted();
      if (trimmed) continue;
      sessions += 1;
      events += 1 + (await countEvents(store, { id, seq: seq ?? open.get(id) ?? 0 }, skip));
    }
    onProgress(Math.min(total, first + SESSIONS_PER_PAGE - 1), total);
    await nextTurn();
  }
  return { sessions, events, damaged: [...damaged] };
}

/** None if a damaged page has the end of the log: the open sessions' later events are then unknown. */
async function openEnds(store: StoreReader): Promise<readonly SessionEnd[]> {
  try {
    return (await store.listOpen()).ends;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [];
  }
}

async function countEvents(store: StoreReader, end: SessionEnd, skip: Skip): Promise<number> {
  try {
    return (await store.readEvents(end)).length;
  } catch (error) {
    if (!isDamage(error)) throw error;
    skip(end.id);
    return 0;
  }
}
