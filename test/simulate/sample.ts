/** Enough made-up sessions to see what they are like, made once for all tests of a file. */

import { DAY_MS } from "../../src/base/units.ts";
import { findEntry } from "../../src/protocol/catalogue.ts";
import { createEventReaders } from "../../src/protocol/collection/event-reader.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import type { ParameterKey } from "../../src/protocol/parameters.ts";
import { type Folded, foldSession } from "../../src/sessions/fold.ts";
import { viewers } from "../../src/simulate/viewers.ts";
import { type Pings, type SimulatedSession, SPARSE_PINGS, type WireEvent } from "../../src/simulate/wire.ts";

/** A Monday, so that four weeks of days are whole ones. */
export const TO_MS = Date.UTC(2024, 8, 23);
export const FROM_MS = TO_MS - 28 * DAY_MS;

export interface SampleOptions {
  readonly seed?: number;
  readonly sessions?: number;
  readonly pings?: Pings;
}

export function sample({ seed = 1, sessions = 3000, pings = SPARSE_PINGS }: SampleOptions = {}): SimulatedSession[] {
  return [...viewers({ seed, sessions, fromMs: FROM_MS, toMs: TO_MS, pings })];
}

export function startOf({ bodies }: SimulatedSession): WireEvent {
  const [start] = bodies;
  if (!start) throw new Error("A session has a start");
  return start;
}

/** What the start says under a key of `params`. */
export function paramOf(session: SimulatedSession, key: ParameterKey): unknown {
  return startOf(session).params?.[key];
}

export function foldOf({ bodies }: SimulatedSession): Folded {
  return foldSession(bodies.map(eventOf), { closed: true });
}

const readerOf = createEventReaders("standard");

export function eventOf(body: WireEvent): PlayerEvent {
  const entry = findEntry(body.eventType);
  if (!entry) throw new Error(`No event type is called ${body.eventType}`);
  const event = readerOf(entry).read({ ...body });
  if (typeof event === "string") throw new Error(`A made-up event is refused at ${event}`);
  return event;
}
