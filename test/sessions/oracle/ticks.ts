/** §1.3 and §8, same-tick: the order within one instant, and what a player told some milliseconds too early or late. */

import { strideFrom } from "./stride.ts";
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
  readonly states = new Set<unknown>();

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

  #takeState({ type, told: { params = {} } }: Placed): void {
    if (type === "stateStart") this.states.add(params["media.state.name"]);
    if (type === "stateEnd") this.states.delete(params["media.state.name"]);
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
  while (sameTick && moveOne(ordered)) {
    sameTick("same-tick");
    ordered = inTies([...ordered.slice(0, 1), ...ordered.slice(1).toSorted((a, b) => a.at - b.at)]);
  }
  return isLive ? ordered : withAsksBorneOut(ordered);
}

/** Moves the first event that is out of place to the tick of the one that it belongs to. */
function moveOne(ordered: readonly Placed[]): boolean {
  const open = new Open();
  for (const [index, event] of ordered.entries()) {
    if (event.type === "adStart" && !open.isBreak) {
      const itsBreak = ordered.slice(index).find(({ type, at }) => {
        return type === "adBreakStart" && at - event.at <= SAME_TICK_MS;
      });
      if (itsBreak) {
        itsBreak.at = event.at;
        return true;
      }
    }
    const successor = successorOf(event, open);
    if (successor && event.at > successor.at) {
      event.at = successor.at;
      return true;
    }
    open.take(event);
  }
  return false;
}

/** The opener that a closer should have come before. */
function successorOf(event: Placed, { ad, chapter }: Open): Placed | undefined {
  if (event.type !== "adComplete" && event.type !== "chapterComplete") return undefined;
  const opened = event.type === "adComplete" ? ad : chapter;
  if (!opened?.before || event.at - opened.by.at > SAME_TICK_MS || namesNewer(event, opened)) return undefined;
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

function inTies(events: readonly Placed[]): Placed[] {
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
  for (const event of ofTypes(tie, OPENERS)) say(event);
  for (const event of late) say(event);
  for (const event of tie.filter(({ type }) => ASKS.includes(type))) say(event);
  const named = [...CLOSERS, ...OPENERS, ...ASKS, ...LAST];
  const others = [...new Set(tie.map(({ type }) => type))].filter((type) => !named.includes(type)).toSorted();
  const waiting: Placed[] = [];
  for (const event of ofTypes(tie, others)) {
    const name = event.told.params?.["media.state.name"];
    if (event.type === "stateEnd" && !open.states.has(name)) waiting.push(event);
    else if (event.type === "stateStart") {
      say(event);
      for (const end of waiting.filter((each) => each.told.params?.["media.state.name"] === name)) {
        waiting.splice(waiting.indexOf(end), 1);
        say(end);
      }
    } else say(event);
  }
  for (const event of [...waiting, ...ofTypes(tie, LAST)]) say(event);
  return ordered;
}

/** The events of some types, in the order of these; equal types by playhead, then by body. */
function ofTypes(tie: readonly Placed[], types: readonly string[]): Placed[] {
  return types.flatMap((type) => {
    return tie
      .filter((each) => each.type === type)
      .toSorted((a, b) => a.playheadMs - b.playheadMs || (bodyOf(a.told) < bodyOf(b.told) ? -1 : 1));
  });
}

/** If several events in one tick ask for a state, the one that the playhead confirms comes last. */
function withAsksBorneOut(events: readonly Placed[]): Placed[] {
  const ordered = [...events];
  for (let from = 0; from < ordered.length; from += 1) {
    const tie = asksFrom(ordered, from);
    if (tie.length > 1) ordered.splice(from, tie.length, ...borneOut(ordered, from, tie));
    from += Math.max(0, tie.length - 1);
  }
  return ordered;
}

function asksFrom(events: readonly Placed[], from: number): Placed[] {
  const at = events[from]?.at;
  const other = events.slice(from, from + 50).findIndex((each) => each.at !== at || !ASKS.includes(each.type));
  return events.slice(from, other < 0 ? undefined : from + other);
}

function borneOut(events: readonly Placed[], from: number, tie: readonly Placed[]): Placed[] {
  const last = from + tie.length - 1;
  const next = events.slice(last + 1).find(({ type }) => ASKS.includes(type));
  if (next && next.at - (events[from]?.at ?? 0) < 1000) return [...tie];
  const stride = strideFrom(events, last);
  const fits = ({ type }: Placed) => (type === "play" ? stride?.isInStep : stride?.isStanding) === true;
  const winner = tie.findLast(fits);
  return winner ? [...tie.filter((each) => each !== winner), winner] : [...tie];
}
