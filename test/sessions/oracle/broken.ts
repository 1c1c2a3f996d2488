/** Made-up sessions, and what breaks them: clocks, lost and late events, ties, breaks that never end, gaps, speeds. */

import type { EventType } from "../../../src/protocol/event.ts";
import type { Random } from "../../../src/simulate/random.ts";
import type { ArrivedEvent } from "../../../src/store/store.ts";

type Event = { -readonly [Key in keyof ArrivedEvent]: ArrivedEvent[Key] };
/** Changes a session in place. The start stays the first to arrive. */
type Breaker = (events: Event[], random: Random) => void;

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const CLOCK_JUMPS_MS = [9 * 60_000, 6 * 60_000, 30 * HOUR_MS, 10 * YEAR_MS, -HOUR_MS, -120_000, -20_000, -6000];
const LOST_OFTEN: readonly EventType[] = ["adBreakComplete", "adComplete", "play", "adStart", "adBreakStart"];
const ASKS: readonly EventType[] = ["play", "pauseStart", "bufferStart"];

/** The index of some event after the start. */
function someOf(events: readonly Event[], random: Random): number {
  return random.integer(1, Math.max(1, events.length - 1));
}

function shiftClock(events: readonly Event[], from: number, ms: number): void {
  for (const event of events.slice(from)) event.tsMs += ms;
}

/** The player's clock and the server's go on, and the player tells nothing meanwhile. */
function shiftTime(events: readonly Event[], from: number, ms: number): void {
  for (const event of events.slice(from)) {
    event.tsMs += ms;
    event.receivedAtMs += ms;
  }
}

function movePlayhead(events: readonly Event[], from: number, ms: number): void {
  for (const event of events.slice(from)) event.playheadMs = Math.max(0, event.playheadMs + ms);
}

function clockJumps(events: Event[], random: Random): void {
  shiftClock(events, someOf(events, random), random.pick(CLOCK_JUMPS_MS));
}

function clockJumpsAndReturns(events: Event[], random: Random): void {
  const ms = random.pick(CLOCK_JUMPS_MS);
  const from = someOf(events, random);
  shiftClock(events, from, ms);
  shiftClock(events, random.integer(from, events.length), -ms);
}

function loses(events: Event[], random: Random): void {
  if (events.length > 1) events.splice(someOf(events, random), random.chance(0.8) ? 1 : random.integer(2, 6));
}

function losesAllOfAType(events: Event[], random: Random): void {
  const type = random.pick(LOST_OFTEN);
  const kept = events.filter((event, index) => index === 0 || event.type !== type);
  events.splice(0, events.length, ...kept);
}

function comesLate(events: Event[], random: Random): void {
  const event = events[someOf(events, random)];
  if (event) event.receivedAtMs += random.pick([3000, 7000, 40_000, 110_000]);
}

function isOutForAWhile(events: Event[], random: Random): void {
  const from = someOf(events, random);
  const until = (events[from]?.receivedAtMs ?? 0) + 220_000;
  for (const event of events.slice(from)) event.receivedAtMs = Math.max(event.receivedAtMs, until);
}

/** Events that ask for a state, all in one millisecond. */
function ties(events: Event[], random: Random): void {
  const at = events.findIndex(({ type }, index) => index > someOf(events, random) && ASKS.includes(type));
  const event = events[at];
  if (!event) return;
  const types = [...ASKS].toSorted(() => random.ratio() - 0.5).slice(0, random.integer(1, 2));
  const others = types.map((type) => ({ ...event, type, receivedAtMs: event.receivedAtMs + random.integer(0, 9) }));
  events.splice(at, 0, ...others.filter(({ type }) => type !== event.type));
}

function snaps(events: Event[], random: Random): void {
  const at = someOf(events, random);
  const event = events[at];
  const next = events[at + 1];
  if (event && next) next.tsMs = event.tsMs;
}

const SWAPPED: readonly EventType[] = ["adBreakStart", "adComplete", "chapterComplete", "adBreakComplete"];

/** What a player tells some milliseconds too late, behind what it belongs before. */
function swaps(events: Event[], random: Random): void {
  const from = someOf(events, random);
  const at = events.findIndex(({ type }, index) => index >= from && SWAPPED.includes(type));
  const event = events[at];
  const next = events[at + 1];
  if (!event || !next) return;
  const ms = next.tsMs + random.integer(5, 260) - event.tsMs;
  event.tsMs += ms;
  event.receivedAtMs += ms;
}

/** A `play` some milliseconds before the completion of the break. */
function playsBeforeBreakEnds(events: Event[], random: Random): void {
  const at = events.findIndex(({ type }) => type === "adBreakComplete");
  const event = events[at];
  if (event) events.splice(at, 0, { ...playOf(event), tsMs: event.tsMs - random.integer(0, 1500) });
}

function playOf({ tsMs, playheadMs, receivedAtMs }: Event): Event {
  return { type: "play", tsMs, playheadMs, receivedAtMs, flags: [] };
}

function gaps(events: Event[], random: Random): void {
  const from = someOf(events, random);
  const ms = random.pick([80_000, 95_000, 180_000, 540_000, 6 * HOUR_MS]);
  shiftTime(events, from, ms);
  if (random.chance(0.5)) movePlayhead(events, from, random.integer(0, ms));
}

function playsAtASpeed(events: Event[], random: Random): void {
  const from = someOf(events, random) - 1;
  const rate = random.pick([0.25, 0.5, 1.5, 2, 2.25, 3, 4]);
  const base = events[from]?.playheadMs ?? 0;
  for (const event of events.slice(from)) {
    event.playheadMs = Math.max(0, Math.round(base + (event.playheadMs - base) * rate));
  }
}

function seeks(events: Event[], random: Random): void {
  movePlayhead(events, someOf(events, random), random.pick([-300_000, -10_000, -900, 900, 10_000, 30_000, 600_000]));
}

function standsStill(events: Event[], random: Random): void {
  const from = someOf(events, random);
  const playheadMs = events[from]?.playheadMs ?? 0;
  const to = random.chance(0.3) ? events.length : from + random.integer(2, 20);
  for (const event of events.slice(from, to)) event.playheadMs = playheadMs;
}

function changesStart(params: Readonly<Record<string, unknown>>): Breaker {
  return ([start]) => {
    if (start) start.params = { ...start.params, ...params };
  };
}

/** A pause, whose `play` still tells the playhead from before the seek. */
function seeksInAPause(events: Event[], random: Random): void {
  const from = someOf(events, random);
  const event = events[from];
  if (!event) return;
  const pause: Event = { ...playOf(event), type: random.pick(["pauseStart", "bufferStart"]) };
  const ms = random.pick([200, 500, 4000]);
  shiftTime(events, from, ms);
  events.splice(from, 0, pause, { ...playOf(pause), tsMs: pause.tsMs + ms, receivedAtMs: pause.receivedAtMs + ms });
  movePlayhead(events, from + 2 + random.integer(0, 2), random.pick([-20_000, 20_000, 300_000]));
}

function repeats(events: Event[], random: Random): void {
  const at = someOf(events, random);
  const event = events[at];
  if (event && at > 0) events.splice(at + 1, 0, { ...event, receivedAtMs: event.receivedAtMs + 5000 });
}

const EXTRA: readonly EventType[] = [...ASKS, ...LOST_OFTEN, "adSkip", "sessionComplete", "chapterComplete", "error"];

function saysAnything(events: Event[], random: Random): void {
  const at = someOf(events, random);
  const event = events[at];
  if (!event) return;
  const params = { "media.ad.length": random.pick([0, 4, 15, 30, 120]) };
  const type = random.pick(EXTRA);
  events.splice(at, 0, { ...playOf(event), type, ...(type === "adStart" && { params }), tsMs: event.tsMs - 1 });
}

function declaresOtherAdLengths(events: Event[], random: Random): void {
  for (const event of events.filter(({ type }) => type === "adStart")) {
    event.params = { ...event.params, "media.ad.length": random.pick([0, 3, 6, 10, 15, 60, 120]) };
  }
}

function goesOnAfterItsEnd(events: Event[]): void {
  const end = events.findIndex(({ type }) => type === "sessionEnd");
  if (end > 0) events.splice(end, 1);
  const last = events.at(-1);
  if (!last) return;
  for (let after = 1; after <= 12; after += 1) {
    const ms = after * 10_000;
    const event = { ...playOf(last), type: "ping" as const, playheadMs: ms };
    events.push({ ...event, tsMs: last.tsMs + ms, receivedAtMs: last.receivedAtMs + ms });
  }
}

/** By name, so that a difference tells where it comes from. */
export const BREAKERS: Readonly<Record<string, Breaker>> = {
  clockJumps,
  clockJumpsAndReturns,
  loses,
  losesAllOfAType,
  comesLate,
  isOutForAWhile,
  ties,
  snaps,
  swaps,
  playsBeforeBreakEnds,
  gaps,
  playsAtASpeed,
  seeks,
  standsStill,
  isLive: changesStart({ "media.contentType": "Live" }),
  hasNoLength: changesStart({ "media.length": 86_400 }),
  loops: changesStart({ "media.length": 10 }),
  seeksInAPause,
  repeats,
  saysAnything,
  declaresOtherAdLengths,
  goesOnAfterItsEnd,
};

/** How a session comes: its events live, each by its own request, or as one array. */
export function arrivedAs(kind: "live" | "array", events: readonly Event[]): ArrivedEvent[] {
  if (kind === "array") return events.map((event) => ({ ...event, receivedAtMs: Date.UTC(2026, 10, 30) }));
  const [start, ...rest] = events;
  return start ? [start, ...rest.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)] : [];
}

/** Breaks a session in some ways, and tells in which. */
export function broken(events: readonly ArrivedEvent[], random: Random, most = 3): { events: Event[]; by: string[] } {
  const copy = events.map((event) => ({ ...event }));
  const by = Array.from({ length: random.integer(0, most) }, () => random.pick(Object.keys(BREAKERS)));
  for (const name of by) BREAKERS[name]?.(copy, random);
  return { events: copy, by };
}
