/** Rebuilds the heads of open sessions: from the last checkpoint first, then from the log after it. */

import type { Database } from "bun:sqlite";
import type { Parameters } from "../../protocol/event.ts";
import { type TsUnit, UNIT_FLAGS } from "../../protocol/ts-unit.ts";
import { advance, begin } from "../../sessions/deadline.ts";
import { readForm } from "../form.ts";
import { type Head, type LogPosition, newHead, type RestoredHeads } from "../journal.ts";
import type { Cursor } from "../log.ts";
import type { OpenPage, SessionEnd } from "../store.ts";
import { unlessDamaged } from "./damage.ts";
import { garbage } from "./garbage.ts";
import { cursorOf, lastPosition, positionOf } from "./log.ts";
import { rawRows } from "./raw.ts";

type SavedHead = [
  id: number,
  sid: string,
  startedAt: number,
  seq: number,
  arrivedAt: number,
  movedAt: number,
  playhead: number,
  tsMax: number,
  events: number,
  bytes: number,
  tsUnit: TsUnit,
];
interface OpenedSession extends Pick<Head, "id" | "sid" | "startedAtMs" | "bytes" | "playheadMs"> {
  readonly receivedAtMs: number;
  readonly tsMs: number;
  readonly tsUnit: TsUnit;
  readonly payload: string;
}
type RestoredRow = [seq: number, session: number, ts: number, receivedAt: number, playhead: number, bytes: number];

const EVENTS_PER_PAGE = 10_000;
/** The bytes of an event's text, as `textOf` counts them; SQLite needn't read the text for that. */
const BYTES = "coalesce(octet_length(payload), 0) + coalesce(octet_length(flags), 0) + coalesce(octet_length(wire), 0)";
const START_BYTES = `${BYTES} + coalesce(octet_length(derived), 0)`;

/** The unit in the start's flags; in their JSON a quote within a flag has a backslash before it. */
const TS_UNIT = `CASE WHEN sessions.flags IS NULL THEN 'milliseconds'
  WHEN instr(sessions.flags, '"${UNIT_FLAGS.seconds}"') > 0 THEN 'seconds'
  WHEN instr(sessions.flags, '"${UNIT_FLAGS.microseconds}"') > 0 THEN 'microseconds' ELSE 'milliseconds' END`;

/**
 * Reads the head of every open session.
 *
 * A checkpoint is fuzzy: its heads are at its position or later, so an event is applied only to a head that lacks it.
 */
export function restoreHeads(client: Database): RestoredHeads {
  const checkpoint = readCheckpoint(client);
  const heads = new Map<number, Head>();
  for (const head of savedHeads(client)) heads.set(head.id, head);
  for (const head of openedSince(client, checkpoint.session)) if (!heads.has(head.id)) heads.set(head.id, head);
  applyEvents(client, checkpoint.seq, heads);
  return { heads: [...heads.values()], checkpoint };
}

function readCheckpoint(client: Database): LogPosition {
  const saved = client.query<LogPosition, []>("SELECT seq, session FROM positions WHERE name = 'heads'").get();
  return saved ?? { seq: 0, session: 0 };
}

/** The plus keeps SQLite from scanning all sessions for the few open ones, and lets it merge both tables of starts. */
function savedHeads(client: Database): Head[] {
  const rows = rawRows<SavedHead>(
    client,
    `SELECT sessions.id, sid, started_at, heads.seq, arrived_at, moved_at, heads.playhead, ts_max, events, bytes,
       ${TS_UNIT}
     FROM heads JOIN sessions ON sessions.id = +heads.session ORDER BY sessions.id`,
  );
  return rows.map(([id, sid, startedAtMs, seq, arrivedAtMs, movedAtMs, playheadMs, tsMaxMs, events, bytes, tsUnit]) => {
    return { id, sid, startedAtMs, tsUnit, seq, arrivedAtMs, movedAtMs, playheadMs, tsMaxMs, events, bytes };
  });
}

/** Reads one start at a time: each may say as much as a body holds, and only its deadline is kept. */
function openedSince(client: Database, session: number): Head[] {
  const opened = client.query<OpenedSession, [number]>(
    `SELECT id, sid, started_at AS startedAtMs, received_at AS receivedAtMs, playhead AS playheadMs, ts AS tsMs,
       ${START_BYTES} AS bytes, ${TS_UNIT} AS tsUnit, payload
     FROM sessions LEFT JOIN closes ON closes.session = sessions.id
     WHERE id > ? AND closes.session IS NULL ORDER BY id`,
  );
  const drop = garbage();
  return Array.from(opened.iterate(session), (row) => {
    const { id, sid, startedAtMs, receivedAtMs, playheadMs, tsMs, bytes, tsUnit, payload } = row;
    drop(payload);
    const head = newHead(begin({ tsMs, playheadMs, params: paramsIn(payload) }, receivedAtMs), {
      sid,
      startedAtMs,
      tsUnit,
    });
    return { ...head, id, events: 1, bytes };
  });
}

/** What the deadline must know about a start; a damaged one says nothing. */
function paramsIn(payload: string): Parameters {
  try {
    return readForm(payload).params ?? {};
  } catch {
    return {};
  }
}

function applyEvents(client: Database, from: number, heads: ReadonlyMap<number, Head>): void {
  const columns = `seq, session, ts, received_at, playhead, ${BYTES}`;
  const page = `SELECT ${columns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`;
  let last = from;
  while (true) {
    const rows = rawRows<RestoredRow>(client, page, last, EVENTS_PER_PAGE);
    for (const [seq, session, tsMs, receivedAtMs, playheadMs, bytes] of rows) {
      const head = heads.get(session);
      if (head && seq > head.seq) {
        head.seq = seq;
        head.events += 1;
        head.bytes += bytes;
        advance(head, { tsMs, playheadMs }, receivedAtMs);
      }
    }
    const end = rows.at(-1);
    if (!end) return;
    last = end[0];
  }
}

/** Reads the latest events of open sessions: of all, or of those that began or went on after a place in the log. */
export function listOpen(client: Database, since: Cursor | undefined): OpenPage {
  if (since === undefined) {
    // First the place, then the heads: a change in between is seen twice rather than not at all.
    const cursor = cursorOf(lastPosition(client));
    return {
      ends: unlessDamaged(
        () => restoreHeads(client).heads.map(endOf),
        () => endsAround(client),
      ),
      cursor,
    };
  }
  const position = { ...positionOf(since) };
  type End = [session: number, seq: number];
  const lasts = "SELECT session, max(seq) FROM events WHERE seq > ? GROUP BY session";
  const opened = rawRows<End>(client, "SELECT id, 0 FROM sessions WHERE id > ?", position.session);
  const added = rawRows<End>(client, lasts, position.seq);
  const latest = new Map([...opened, ...added]);
  for (const [id, seq] of latest) {
    position.seq = Math.max(position.seq, seq);
    position.session = Math.max(position.session, id);
  }
  return { ends: [...latest].map(([id, seq]) => ({ id, seq })), cursor: cursorOf(position) };
}

/**
 * Ends of open sessions where the heads can't be restored: those of the checkpoint, and those of all that came since,
 * whether it has closed or not. Part of them is better than none.
 */
function endsAround(client: Database): SessionEnd[] {
  const saved = () => client.query<SessionEnd, []>("SELECT session AS id, seq FROM heads").all();
  const since = () => listOpen(client, cursorOf(readCheckpoint(client))).ends;
  const ends = [saved, since].flatMap((read) => unlessDamaged(read, () => []));
  return [...new Map(ends.map((end) => [end.id, end])).values()];
}

function endOf({ id, seq }: SessionEnd): SessionEnd {
  return { id, seq };
}
