/** §1.3 and §8, same-tick: the order within one instant, and what a player told some milliseconds too early or late. */

import { turnsOf } from "./states.ts";
import { bodyOf, type Placed, type Rule } from "./told.ts";

const SAME_TICK_MS = 250;
const CLOSERS = ["adComplete", "adSkip", "adBreakComplete", "chapterComplete", "chapterSkip"];
const OPENERS = ["chapterStart", "adBreakStart", "adStart"];
const ASKS = ["pauseStart", "play", "bufferStart"];
const LAST = ["sessionComplete", "sessionEnd"];

/** What is open by §2 alone. */
class Open {
  isBreak = false;
  ad: Opened | undefined;
  chapter: Opened | undefined;
  readonly states = new Set<string>();

  /** Whether a closer closes something. */
  closes({ type }: Placed): boolean {
    if (type === "adBreakComplete") return this.isBreak;
    return (type.startsWith("ad") ? this.ad : this.chapter) !== undefined;
  }

  take(event: Placed): void {
    const { type } = event;
    if (type === "adBreakStart" || type === "adBreakComplete") {
      this.isBreak = type === "adBreakStart";
      this.ad = undefined;
    } else if (type === "adStart") {
      if (this.isBreak) this.ad = { by: event, before: this.ad?.by };
    } else if (type === "chapterStart") {
      this.chapter = { by: event, before: this.chapter?.by };
    } else if (type === "adComplete" || type === "adSkip") this.ad = undefined;
    else if (type === "chapterComplete" || type === "chapterSkip") this.chapter = undefined;
    else this.#takeState(event);
  }

  #takeState(event: Placed): void {
    for (const { name, isStart } of turnsOf(event)) {
      if (isStart) this.states.add(name);
      else this.states.delete(name);
    }
  }
}

interface Opened {
  readonly by: Placed;
  /** What was open until then, and was ended by it. */
  readonly before: Placed | undefined;
}

/** Orders events that are sorted by instant, and moves those of one tick. */
export function orderTicks(
  events: readonly Placed[],
  isLive: boolean,
  sameTick: ((rule: Rule) => void) | undefined,
): Placed[] {
  let ordered = inTies(events);
  // An event that goes before several openers is out of place once.
  const toldAt = new Map<Placed, number>();
  for (let moved = sameTick && moveOne(ordered, toldAt); moved; moved = moveOne(ordered, toldAt)) {
    if (!toldAt.has(moved.event)) sameTick?.("same-tick");
    if (!toldAt.has(moved.event)) toldAt.set(moved.event, moved.from);
    ordered = inTies([...ordered.slice(0, 1), ...ordered.slice(1).toSorted((a, b) => a.at - b.at)]);
  }
  return withAsksInOrder(ordered, isLive);
}

/** Moves the first event that is out of place to the tick of the one that it belongs to. */
function moveOne(ordered: readonly Placed[], toldAt: ReadonlyMap<Placed, number>): Moved | undefined {
  const open = new Open();
  for (const [index, event] of ordered.entries()) {
    const from = event.at;
    if (event.type === "adStart" && !open.isBreak) {
      const itsBreak = ordered.slice(index).find(({ type, at }) => {
        return type === "adBreakStart" && at - from <= SAME_TICK_MS;
      });
      if (itsBreak) {
        event.at = itsBreak.at;
        return itsBreak.at > from ? { event, from } : undefined;
      }
    }
    const successor = successorOf(event, open, toldAt.get(event) ?? from);
    if (successor && from > successor.at) {
      event.at = successor.at;
      return { event, from };
    }
    open.take(event);
  }
  return undefined;
}

interface Moved {
  readonly event: Placed;
  readonly from: number;
}

/** The opener that a closer should have come before. */
function successorOf(event: Placed, { ad, chapter }: Open, toldAt: number): Placed | undefined {
  if (event.type !== "adComplete" && event.type !== "chapterComplete") return undefined;
  const opened = event.type === "adComplete" ? ad : chapter;
  if (!opened?.before || toldAt - opened.by.at > SAME_TICK_MS || namesNewer(event, opened)) return undefined;
  return opened.by;
}

const NAMING = ["media.ad.id", "media.ad.podPosition", "media.chapter.index", "media.chapter.offset"];

function namesNewer({ told: { params = {} }, playheadMs }: Placed, { by, before }: Opened): boolean {
  const newer = by.told.params ?? {};
  const older = before?.told.params ?? {};
  const isNamed = NAMING.some((key) => {
    return params[key] !== undefined && params[key] === newer[key] && params[key] !== older[key];
  });
  return isNamed || playheadMs > by.playheadMs + 1000;
}

export function inTies(events: readonly Placed[]): Placed[] {
  const open = new Open();
  const [start, ...rest] = events;
  const ordered = start ? [start] : [];
  for (let from = 0; from < rest.length; ) {
    let to = from + 1;
    while (rest[to]?.at === rest[from]?.at) to += 1;
    ordered.push(...tieInOrder(rest.slice(from, to), open));
    from = to;
  }
  return ordered;
}

/** One tick: what closes, what opens, what closes the just opened, what asks for a state, the rest, the end. */
function tieInOrder(tie: readonly Placed[], open: Open): Placed[] {
  if (tie.length === 1) {
    open.take(tie[0] as Placed);
    return [...tie];
  }
  const ordered: Placed[] = [];
  const say = (event: Placed) => {
    open.take(event);
    ordered.push(event);
  };
  const late: Placed[] = [];
  for (const event of ofTypes(tie, CLOSERS)) {
    if (open.closes(event)) say(event);
    else late.push(event);
  }
  for (const event of [...ofTypes(tie, OPENERS), ...late, ...ofTypes(tie, ASKS)]) say(event);
  const named = [...CLOSERS, ...OPENERS, ...ASKS, ...LAST];
  const others = [...new Set(tie.map(({ type }) => type))].filter((type) => !named.includes(type)).toSorted();
  sayOthers(ofTypes(tie, others), open, say);
  for (const event of ofTypes(tie, LAST)) say(event);
  return ordered;
}

/** By type; the end of a state that isn't active waits for its start. */
function sayOthers(others: readonly Placed[], open: Open, say: (event: Placed) => void): void {
  const isWaiting = (event: Placed) => {
    return event.type === "stateEnd" && turnsOf(event).some(({ name }) => !open.states.has(name));
  };
  let waiting: Placed[] = [];
  for (const event of others) {
    if (isWaiting(event)) {
      waiting.push(event);
      continue;
    }
    const isTold = event.type === "stateStart" || event.type === "stateEnd";
    if (isTold) say(event);
    const ready = waiting.filter((each) => !isTold || !isWaiting(each));
    waiting = waiting.filter((each) => !ready.includes(each));
    for (const each of ready) say(each);
    if (!isTold) say(event);
  }
  for (const event of waiting) say(event);
}

/** The events of some types, in the order of these; equal types by playhead, then by body. */
function ofTypes(tie: readonly Placed[], types: readonly string[]): Placed[] {
  return types.flatMap((type) => {
    return tie
      .filter((each) => each.type === type)
      .toSorted((a, b) => a.playheadMs - b.playheadMs || (bodyOf(a.told) < bodyOf(b.told) ? -1 : 1));
  });
}

/** Puts last, of several events in one tick that ask for a state, the one that the playhead bears out. */
function withAsksInOrder(events: readonly Placed[], isLive: boolean): Placed[] {
  const ordered = [...events];
  for (let from = 0; from < ordered.length; from += 1) {
    const tie = asksFrom(ordered, from);
    if (new Set(tie.map(({ type }) => type)).size > 1) {
      const arrived = tie.toSorted((a, b) => a.nth - b.nth);
      ordered.splice(from, tie.length, ...(isLive ? arrived : borneOut(arrived, ordered.slice(from + tie.length))));
    }
    from += Math.max(0, tie.length - 1);
  }
  return ordered;
}

function asksFrom(events: readonly Placed[], from: number): Placed[] {
  const at = events[from]?.at;
  const other = events.slice(from, from + 50).findIndex((each) => each.at !== at || !ASKS.includes(each.type));
  return events.slice(from, other < 0 ? undefined : from + other);
}

/** Readings: the whole time up to the next of these events is one stride; up to a tenth of time is standing. */
function borneOut(arrived: readonly Placed[], behind: readonly Placed[]): Placed[] {
  const last = arrived.at(-1) as Placed;
  const until = behind.find(({ type }) => ASKS.includes(type)) ?? behind.at(-1) ?? last;
  const ms = until.at - last.at;
  const advance = until.playheadMs - last.playheadMs;
  const isInStep = advance >= ms / 2 && advance <= 4 * ms;
  const isStanding = Math.abs(advance) <= ms / 10;
  const winner = ms < 1000 ? undefined : arrived.findLast(({ type }) => (type === "play" ? isInStep : isStanding));
  return winner ? [...arrived.filter((each) => each !== winner), winner] : [...arrived];
}
