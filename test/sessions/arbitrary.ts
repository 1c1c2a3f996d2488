/**
 * Nasty sessions: ticks full of events, closers without openers, jumps, seeks, stalls, eleven states and more, and
 * events from before the start.
 */

import fc from "fast-check";
import { EVENT_TYPES, type EventType, type PlayerEvent } from "../../src/protocol/event.ts";
import { TS } from "../support/requests.ts";

const EVENTS_MAX = 60;
/** Long enough that playheads, which go at most double speed, can leave it. */
export const LENGTH_S = 1200;

/** How often each type is drawn; a `sessionStart` is the first and only one. */
const WEIGHTS: Readonly<Record<Exclude<EventType, "sessionStart">, number>> = {
  ping: 32,
  play: 24,
  pauseStart: 12,
  bufferStart: 12,
  adBreakStart: 12,
  adStart: 20,
  adComplete: 16,
  adSkip: 8,
  adBreakComplete: 12,
  chapterStart: 12,
  chapterComplete: 8,
  chapterSkip: 4,
  stateStart: 20,
  stateEnd: 12,
  statesUpdate: 12,
  bitrateChange: 8,
  error: 4,
  sessionComplete: 4,
  sessionEnd: 1,
};

/** Time between two events: often none, often just about what a rule draws its line at. */
const STEP_MS = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 1, 999, 1000, 1999, 2000, 10_000) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 400_000 }) },
);

/** Where the playhead goes meanwhile: nowhere, on with time, at double speed, or anywhere. */
const MOVE: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ speed: 0 }) },
  { weight: 4, arbitrary: fc.constant({ speed: 1 }) },
  { weight: 1, arbitrary: fc.constant({ speed: 2, extraMs: 1000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: LENGTH_S * 1000 }).map((toMs) => ({ toMs })) },
);

type Move = { readonly speed: number; readonly extraMs?: number } | { readonly toMs: number };

const TYPE = fc.oneof(
  ...EVENT_TYPES.filter((type) => type !== "sessionStart").map((type) => {
    return { weight: WEIGHTS[type], arbitrary: fc.constant(type) };
  }),
);
/** Enough of player states to come to the limit of their names. */
const TYPE_OF_STATES = fc.oneof(
  { weight: 2, arbitrary: fc.constant("stateStart" as const) },
  { weight: 1, arbitrary: TYPE },
);

const STATE_NAME = fc.constantFrom(
  "fullScreen",
  "fullscreen",
  "mute",
  "inFocus",
  "ad",
  ...Array.from({ length: 9 }, (_, index) => `custom.${index}`),
);

const QOE = fc.record(
  {
    "media.qoe.bitrate": fc.integer({ min: 0, max: 10_000_000 }),
    "media.qoe.droppedFrames": fc.nat(50),
    "media.qoe.framesPerSecond": fc.constantFrom(0, 25, 29.97),
    "media.qoe.timeToStart": fc.nat(5000),
  },
  { requiredKeys: [] },
);

/** About as long as a few steps take. */
const AD = { "media.ad.length": 4 };

interface Step {
  readonly type: EventType;
  readonly stepMs: number;
  readonly move: Move;
  readonly stateName: string;
  readonly qoeData: Readonly<Record<string, number>> | undefined;
}

function stepsWith(type: fc.Arbitrary<EventType>): fc.Arbitrary<Step[]> {
  const qoeData = fc.option(QOE, { freq: 4, nil: undefined });
  const step = fc.record({ type, stepMs: STEP_MS, move: MOVE, stateName: STATE_NAME, qoeData });
  return fc.array(step as fc.Arbitrary<Step>, { maxLength: EVENTS_MAX, size: "max" });
}

const STEPS = fc.oneof({ weight: 5, arbitrary: stepsWith(TYPE) }, { weight: 1, arbitrary: stepsWith(TYPE_OF_STATES) });

const START = fc.record({
  params: fc.record(
    { "media.length": fc.constantFrom(LENGTH_S, LENGTH_S, 0), "media.resume": fc.boolean() },
    { requiredKeys: ["media.length"] },
  ),
  /** How much later than the first event it is dated; mostly it isn't. */
  lateMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20_000) }),
  playheadMs: fc.constantFrom(0, 0, 600_000),
});

/** Sessions in order of `ts`, but for a start that may be dated later than its events. It is the first to arrive. */
export const SESSION: fc.Arbitrary<PlayerEvent[]> = fc
  .tuple(START, STEPS)
  .map(([{ params, lateMs, playheadMs }, steps]) => {
    const start: PlayerEvent = { type: "sessionStart", tsMs: TS + lateMs, playheadMs, params, flags: [] };
    return [start, ...eventsOf(steps, playheadMs)];
  });

function eventsOf(steps: readonly Step[], fromMs: number): PlayerEvent[] {
  let tsMs = TS;
  let playheadMs = fromMs;
  return steps.map(({ type, stepMs, move, stateName, qoeData }) => {
    tsMs += stepMs;
    const toMs = "toMs" in move ? move.toMs : playheadMs + move.speed * stepMs + (move.extraMs ?? 0);
    playheadMs = Math.min(toMs, LENGTH_S * 1000);
    const params = type === "adStart" ? AD : stateParams(type, stateName);
    return {
      type,
      tsMs,
      playheadMs,
      ...(params && { params }),
      ...(qoeData && { qoeData }),
      flags: [],
    };
  });
}

/** One of the two lists has the standard state too, and both may have the same. */
function stateParams(type: EventType, name: string): PlayerEvent["params"] {
  const state = { "media.state.name": name };
  if (type === "stateStart" || type === "stateEnd") return state;
  if (type !== "statesUpdate") return undefined;
  const both = [state, { "media.state.name": "mute" }];
  return name.startsWith("custom")
    ? { statesEnd: [state], statesStart: both }
    : { statesEnd: both, statesStart: [state] };
}

const SHUFFLED_MS_MAX = 4999;

/**
 * A session with another order in which it may arrive: each event up to some seconds late. What asks for a playback
 * state within one `ts` keeps its order, which no playhead may tell.
 */
export const SESSION_SHUFFLED = SESSION.map(withoutLateStart).chain((events) => {
  const lateMs = fc.array(fc.nat(SHUFFLED_MS_MAX), { minLength: events.length, maxLength: events.length });
  return fc.record({ events: fc.constant(events), arrived: lateMs.map((each) => arrivedLate(events, each)) });
});

function withoutLateStart([start, ...rest]: readonly PlayerEvent[]): PlayerEvent[] {
  return [{ ...(start as PlayerEvent), tsMs: TS }, ...rest];
}

function arrivedLate([start, ...rest]: readonly PlayerEvent[], lateMs: readonly number[]): PlayerEvent[] {
  const asked = new Map<number, number>();
  const arrivals = rest.map((event, at) => {
    const isAsking = ["play", "pauseStart", "bufferStart"].includes(event.type);
    const late = (isAsking ? asked.get(event.tsMs) : undefined) ?? lateMs[at] ?? 0;
    if (isAsking) asked.set(event.tsMs, late);
    return { event, atMs: event.tsMs + late };
  });
  return [start as PlayerEvent, ...arrivals.toSorted((a, b) => a.atMs - b.atMs).map(({ event }) => event)];
}

/** A session, and the same with some events sent twice or three times, the copies in any place behind the original. */
export const SESSION_REPEATED = SESSION.filter((events) => events.length > 1).chain((events) => {
  const copy = fc.record({ of: fc.integer({ min: 1, max: events.length - 1 }), at: fc.nat() });
  return fc.record({
    events: fc.constant(events),
    repeated: fc.array(copy, { minLength: 1, maxLength: 8 }).map((copies) => withCopies(events, copies)),
  });
});

function withCopies(events: readonly PlayerEvent[], copies: readonly { of: number; at: number }[]): PlayerEvent[] {
  const repeated = [...events];
  for (const { of, at } of copies) {
    const event = events[of];
    // A copy is another object, as it is when it comes from the wire.
    if (!event) continue;
    const place = repeated.indexOf(event) + 1;
    repeated.splice(place + (at % (repeated.length - place + 1)), 0, { ...event });
  }
  return repeated;
}

/** The session as it comes live: each event some time after its instant, the sessionStart first. */
export const SESSION_LIVE: fc.Arbitrary<PlayerEvent[]> = SESSION.map(withoutLateStart).chain((events) => {
  const latency = fc.oneof({ weight: 9, arbitrary: fc.nat(500) }, { weight: 1, arbitrary: fc.nat(240_000) });
  return fc.array(latency, { minLength: events.length, maxLength: events.length }).map((latencies) => {
    const live = events.map((event, at) => ({ ...event, receivedAtMs: event.tsMs + (latencies[at] ?? 0) }));
    const [start, ...rest] = live;
    const first = { ...(start as (typeof live)[number]), receivedAtMs: TS };
    return [first, ...rest.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)];
  });
});

interface ClockSet {
  /** Behind which share of the events. */
  readonly behind: number;
  readonly byMs: number;
}

/** Clocks that are set on the way: by seconds, minutes, hours or years. */
export const CLOCKS: fc.Arbitrary<ClockSet[]> = fc.array(
  fc.record({
    behind: fc.double({ min: 0, max: 1, noNaN: true }),
    byMs: fc.constantFrom(-3e12, -3_600_000, -120_000, -4000, 4000, 120_000, 540_000, 3_600_000, 3e11),
  }),
  { maxLength: 4 },
);

/** A live session whose clock was set on the way. */
export function withClock(events: readonly PlayerEvent[], sets: readonly ClockSet[]): PlayerEvent[] {
  return events.map((event, at) => {
    const byMs = sets.reduce((sum, each) => (at > each.behind * events.length ? sum + each.byMs : sum), 0);
    return at === 0 ? event : { ...event, tsMs: event.tsMs + byMs };
  });
}
