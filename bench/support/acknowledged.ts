/** Looking up in the database what clients were told is stored. */

import { Database } from "bun:sqlite";

/** What a client was answered for one session; its events came one after another, so a count says which. */
export interface AcknowledgedSession {
  readonly sid: string;
  /** The `ts` of its start; event i has `startMs + i * 10 s`. */
  readonly startMs: number;
  /** Pings that were answered 204. */
  readonly events: number;
  /** Whether its `sessionEnd` was answered 204. */
  readonly ended: boolean;
}

export interface Lookup {
  /** Starts, pings and ends that were answered 2xx. */
  readonly acknowledged: number;
  /** Those of them that the database doesn't have. */
  readonly lost: number;
  /** Events that don't follow their session's event before them: a reader would miss some. */
  readonly brokenLinks: number;
}

type SessionRow = [sid: string, id: number, closed: number];
type EventRow = [seq: number, session: number, prevSeq: number, ts: number, playhead: number];

const PING_MS = 10_000;

/**
 * Looks everything up in a stopped database.
 *
 * @throws Error when the file itself is damaged
 */
export function lookUp(path: string, sessions: readonly AcknowledgedSession[]): Lookup {
  using database = new Database(path);
  const integrity = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
  if (integrity[0]?.integrity_check !== "ok") throw new Error(`integrity_check: ${JSON.stringify(integrity)}`);
  const { playheads, brokenLinks } = readEvents(database);
  const stored = readSessions(database);
  let acknowledged = 0;
  let lost = 0;
  const expect = (isThere: boolean) => {
    acknowledged += 1;
    if (!isThere) lost += 1;
  };
  for (const { sid, startMs, events, ended } of sessions) {
    const session = stored.get(sid);
    expect(session !== undefined);
    for (let i = 1; i <= events; i += 1) {
      expect(playheads.get(session?.id ?? 0)?.get(startMs + i * PING_MS) === i * PING_MS);
    }
    if (ended) expect(session?.closed === true);
  }
  return { acknowledged, lost, brokenLinks };
}

function readSessions(database: Database): Map<string, { id: number; closed: boolean }> {
  const rows = database
    .query<never, []>(
      "SELECT sid, id, closes.session IS NOT NULL FROM sessions LEFT JOIN closes ON closes.session = sessions.id",
    )
    .values() as unknown as SessionRow[];
  return new Map(rows.map(([sid, id, closed]) => [sid, { id, closed: closed === 1 }]));
}

/** Every event's playhead by session and `ts`. */
function readEvents(database: Database) {
  const rows = database
    .query<never, []>("SELECT seq, session, prev_seq, ts, playhead FROM events ORDER BY seq")
    .values() as unknown as EventRow[];
  const playheads = new Map<number, Map<number, number>>();
  const last = new Map<number, number>();
  let brokenLinks = 0;
  for (const [seq, session, prevSeq, ts, playhead] of rows) {
    if (prevSeq !== (last.get(session) ?? 0)) brokenLinks += 1;
    last.set(session, seq);
    const known = playheads.get(session);
    if (known) known.set(ts, playhead);
    else playheads.set(session, new Map([[ts, playhead]]));
  }
  return { playheads, brokenLinks };
}
