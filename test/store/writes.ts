/** What store tests write: heads, events, and the steps of a live session. */

import { newSid } from "../../src/base/ids.ts";
import type { EventType, PlayerEvent } from "../../src/protocol/event.ts";
import type { Close } from "../../src/sessions/deadline.ts";
import { advance } from "../../src/sessions/deadline.ts";
import type { Head, Write } from "../../src/store/journal.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { type WrittenEvent, written } from "../../src/store/written.ts";
import { REQUIRED_PARAMS, TS } from "../support/requests.ts";

export const NOW_MS = 1_790_000_000_000;

/** A session that isn't stored yet. */
export function newHead(nowMs = NOW_MS): Head {
  return {
    sid: newSid(nowMs),
    startedAtMs: nowMs,
    tsUnit: "milliseconds",
    id: 0,
    seq: 0,
    events: 0,
    bytes: 0,
    arrivedAtMs: nowMs,
    movedAtMs: nowMs,
    playheadMs: 0,
    tsMaxMs: TS,
  };
}

export function asWritten(event: ArrivedEvent): WrittenEvent {
  return written(event, event.receivedAtMs);
}

/** An event that arrives some seconds after {@link NOW_MS}, with the playhead at the same second. */
export function arrivedAt(second: number, type: EventType, members: Partial<PlayerEvent> = {}): ArrivedEvent {
  const tsMs = TS + second * 1000;
  const playheadMs = second * 1000;
  return { type, tsMs, playheadMs, flags: [], receivedAtMs: NOW_MS + second * 1000, ...members };
}

export function startOf(head: Head, members: Partial<ArrivedEvent> = {}): ArrivedEvent {
  return arrivedAt(0, "sessionStart", {
    params: REQUIRED_PARAMS,
    receivedAtMs: head.startedAtMs,
    ...members,
  } as object);
}

/** The write that opens a session. */
export function opening(head: Head): Write {
  return openingWith(head, {});
}

/** The write that opens a session whose start has these members. */
export function openingWith(head: Head, members: Partial<ArrivedEvent>): Write {
  return { head, start: asWritten(startOf(head, members)), events: [] };
}

/** The write that adds events to a session. */
export function adding(head: Head, ...events: ArrivedEvent[]): Write {
  return { head, events: events.map(asWritten) };
}

/** The write that ends a session. */
export function closing(head: Head, event: ArrivedEvent): Write {
  return { ...adding(head, event), close: closeAt(event) };
}

export function closeAt(event: ArrivedEvent): Close {
  return { reason: "session-end", closedAtMs: event.receivedAtMs, endTsMs: event.tsMs };
}

/** Moves a head on after its events have been stored, as the writer does. */
export function moveOn({ head, events }: Write): void {
  for (const event of events) advance(head, event, event.receivedAtMs);
}
