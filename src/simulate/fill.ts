/**
 * Fills a store with made-up sessions of the past, as a server would have stored them.
 *
 * Skips only HTTP and JSON: bodies become events by the wire's own normalisation, sessions close by the rule of the
 * deadlines, and their numbers come from the fold.
 */

import { assert } from "../base/assert.ts";
import { newSid } from "../base/ids.ts";
import { nextTurn } from "../base/turn.ts";
import { findEntry } from "../protocol/catalogue.ts";
import { createEventReaders } from "../protocol/collection/event-reader.ts";
import { advance, begin, closeAtDeadline, closeAtEnd, deadlineOf, type Timeouts } from "../sessions/deadline.ts";
import { DEFINITIONS_VERSION } from "../sessions/definitions.ts";
import { foldSession } from "../sessions/fold.ts";
import { type JournalStore, newHead, type Write } from "../store/journal.ts";
import type { ArrivedEvent, SessionResult } from "../store/store.ts";
import { LedgerTally } from "../store/tallied-ledger.ts";
import { written } from "../store/written.ts";
import { derivedOf } from "./agents.ts";
import { leavingEvent } from "./leave.ts";
import type { SimulatedSession, WireEvent } from "./wire.ts";

export interface FillOptions {
  /** No other process writes to it during the filling. */
  readonly store: JournalStore;
  /** In order of their starts. */
  readonly sessions: Iterable<SimulatedSession>;
  /** The number of sessions. */
  readonly total: number;
  readonly timeouts: Timeouts;
  /** Now: sessions that are still going on end here. */
  readonly untilMs: number;
  readonly onProgress: (done: number, total: number) => void;
  /** Checked after each batch; stored sessions stay. */
  readonly isStopped: () => boolean;
}

export interface FillSummary {
  readonly sessions: number;
  readonly events: number;
  readonly finished: boolean;
}

/** Sessions per transaction. */
const BATCH = 500;

/** Stores sessions with their numbers, every one closed. */
export async function fillStore(options: FillOptions): Promise<FillSummary> {
  const { store, total, onProgress, isStopped } = options;
  // Without a checkpoint the next start would read all these events again to find out which sessions are open.
  const { heads } = await store.restoreHeads();
  await store.saveHeads(heads);
  let sessions = 0;
  let events = 0;
  let finished = true;
  for (const batch of batchesOf(options.sessions)) {
    const writes = batch.map((session) => writeOf(session, options));
    await store.append(writes);
    const closedAtMs = Math.max(...writes.map(({ close }) => close?.closedAtMs ?? 0));
    await store.saveResults(writes.map(resultOf), closedAtMs);
    sessions += writes.length;
    events += writes.reduce((sum, write) => sum + 1 + write.events.length, 0);
    onProgress(sessions, total);
    await nextTurn();
    if (!isStopped()) continue;
    finished = sessions >= total;
    break;
  }
  await store.finishCheckpoint(store.position());
  return { sessions, events, finished };
}

function* batchesOf(sessions: Iterable<SimulatedSession>): Generator<SimulatedSession[]> {
  let batch: SimulatedSession[] = [];
  for (const session of sessions) {
    if (batch.push(session) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Works out what the server would have stored of a session, and how it would have closed it. */
function writeOf(session: SimulatedSession, { timeouts, untilMs }: FillOptions): Write {
  const [first, ...rest] = bodiesUntil(session, { timeouts, untilMs }).map((body) => arrivedOf(body, session));
  assert(first, "a session has a start");
  const startedAtMs = first.receivedAtMs;
  const head = newHead(begin(first, startedAtMs), { sid: newSid(startedAtMs), startedAtMs });
  const events: ArrivedEvent[] = [];
  for (const event of rest) {
    // The server would answer 410 to anything after the deadline.
    if (deadlineOf(head, timeouts).atMs <= event.receivedAtMs) break;
    advance(head, event, event.receivedAtMs);
    events.push(event);
  }
  const last = events.at(-1);
  const close = last?.type === "sessionEnd" ? closeAtEnd(last, last.receivedAtMs) : closeAtDeadline(head, timeouts);
  const [start, ...added] = [first, ...events].map((event) => written(event, event.receivedAtMs));
  assert(start, "a session has a start");
  return { head, start, events: added, close };
}

function bodiesUntil(session: SimulatedSession, { timeouts, untilMs }: Pick<FillOptions, "timeouts" | "untilMs">) {
  const { bodies, latencyMs } = session;
  const last = bodies.at(-1);
  assert(last, "a session has a start");
  const silentMs = last.eventType === "sessionEnd" ? 0 : timeouts.idleMs;
  const leaveTsMs = untilMs - latencyMs;
  if (last.playerTime.ts + silentMs <= leaveTsMs) return bodies;
  const sent = Math.max(1, bodies.filter(({ playerTime }) => playerTime.ts <= leaveTsMs).length);
  return [...bodies.slice(0, sent), leavingEvent(bodies, sent, leaveTsMs)];
}

const readerOf = createEventReaders("standard");

function arrivedOf(body: WireEvent, { latencyMs }: SimulatedSession): ArrivedEvent {
  const entry = findEntry(body.eventType);
  assert(entry, "a made-up event has a type of the catalogue");
  const event = readerOf(entry).read({ ...body });
  assert(typeof event !== "string", "a made-up event is valid");
  const receivedAtMs = body.playerTime.ts + latencyMs;
  const derived = derivedOf(body);
  return { ...event, receivedAtMs, ...(derived && { derived }) };
}

function resultOf({ head, start, events }: Write): SessionResult {
  assert(start, "a made-up session is written whole");
  const { timeline, ...numbers } = foldSession([start, ...events], { closed: true });
  const tally = new LedgerTally();
  tally.add(timeline);
  const folded = { ...numbers, ledger: tally.ledger };
  return { session: head.id, seq: head.seq, definitions: DEFINITIONS_VERSION, folded };
}
