/** What was open from when to when: ad breaks, ads, chapters, player states, by the events that opened and ended it. */

import { SECOND_MS } from "../../../base/units.ts";
import type { Parameters } from "../../../protocol/event.ts";
import type { ParameterKey } from "../../../protocol/parameters.ts";
import { hadEffect } from "../../../sessions/ledger.ts";
import { STATES_MAX, stateNameOf, stateNamesIn } from "../../../sessions/reported.ts";
import type { IntervalKind } from "../../../sessions/timeline.ts";
import type { LedgerEvent } from "../../api/answers.ts";

/** By what it ended: an event of its own, whatever came instead, or nothing yet. */
type PeriodEnd = "completed" | "skipped" | "ended" | "open";

export interface CoursePeriod {
  readonly name: string;
  /** Milliseconds since the epoch, by the player's clock. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The index of the event that opened it. */
  readonly at: number;
  readonly end: PeriodEnd;
}

export interface Periods {
  readonly adBreaks: readonly CoursePeriod[];
  readonly ads: readonly CoursePeriod[];
  readonly chapters: readonly CoursePeriod[];
  /** By name, in the order in which they first became active. */
  readonly states: ReadonlyMap<string, readonly CoursePeriod[]>;
}

/** Whether an event counted: a duplicate, or one after the end, did not. */
function tookPart({ rule }: LedgerEvent): boolean {
  return rule !== "exact-duplicate" && rule !== "after-session-end";
}

/** The events that took part, each with its index. */
export function takingPart(events: readonly LedgerEvent[]): { readonly event: LedgerEvent; readonly at: number }[] {
  return events.flatMap((event, at) => (tookPart(event) ? [{ event, at }] : []));
}

/** A stretch of time and what it was counted as. */
interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  readonly countedAs: IntervalKind;
}

/** The parts of the time behind an event. */
export function partsOf({ ts, interval }: LedgerEvent): Part[] {
  let fromMs = ts;
  return [interval, ...(interval.others ?? [])].map(({ seconds, countedAs }) => {
    const toMs = fromMs + Math.round(seconds * SECOND_MS);
    const part = { fromMs, toMs, countedAs };
    fromMs = toMs;
    return part;
  });
}

/** The time behind an event that counts as another kind than without mending: the end of it, if not all. */
export function mendedPartOf(event: LedgerEvent): Pick<Part, "fromMs" | "toMs"> {
  const toMs = partsOf(event).at(-1)?.toMs ?? event.ts;
  return { fromMs: toMs - Math.round((event.interval.mended ?? 0) * SECOND_MS), toMs };
}

/** One kind of thing of which one at a time is open. */
class Track {
  readonly periods: CoursePeriod[] = [];
  #open: Omit<CoursePeriod, "toMs" | "end"> | undefined;

  begin(name: string, atMs: number, at: number): void {
    this.finish(atMs, "ended");
    this.#open = { name, fromMs: atMs, at };
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  finish(toMs: number, end: PeriodEnd): void {
    if (this.#open) this.periods.push({ ...this.#open, toMs: Math.max(this.#open.fromMs, toMs), end });
    this.#open = undefined;
  }
}

interface Tracks {
  readonly adBreak: Track;
  readonly ad: Track;
  readonly chapter: Track;
  readonly states: Map<string, Track>;
}

type Step = (tracks: Tracks, event: LedgerEvent, at: number) => void;

/** What the events that open and end something do, where they have their effect. */
const STEPS: Readonly<Partial<Record<LedgerEvent["type"], Step>>> = {
  adBreakStart: ({ adBreak, ad }, { ts, params }, at) => {
    ad.finish(ts, "ended");
    adBreak.begin(nameIn(params, "media.ad.podFriendlyName") ?? `Break ${adBreak.periods.length + 1}`, ts, at);
  },
  adBreakComplete: ({ adBreak, ad }, { ts }) => {
    ad.finish(ts, "ended");
    adBreak.finish(ts, "completed");
  },
  adStart: ({ ad }, { ts, params }, at) =>
    ad.begin(nameIn(params, "media.ad.name", "media.ad.id") ?? `Ad ${ad.periods.length + 1}`, ts, at),
  adComplete: ({ ad }, { ts }) => ad.finish(ts, "completed"),
  adSkip: ({ ad }, { ts }) => ad.finish(ts, "skipped"),
  chapterStart: ({ chapter }, { ts, params }, at) =>
    chapter.begin(nameIn(params, "media.chapter.friendlyName") ?? `Chapter ${chapter.periods.length + 1}`, ts, at),
  chapterComplete: ({ chapter }, { ts }) => chapter.finish(ts, "completed"),
  chapterSkip: ({ chapter }, { ts }) => chapter.finish(ts, "skipped"),
  stateStart: ({ states }, { ts, params }, at) => beginState(states, stateNameOf(params) ?? "", ts, at),
  stateEnd: ({ states }, { ts, params }) => states.get(stateNameOf(params) ?? "")?.finish(ts, "completed"),
  // It counts for those of its states that change.
  statesUpdate: ({ states }, { ts, params }, at) => {
    for (const name of stateNamesIn(params, "statesEnd")) states.get(name)?.finish(ts, "completed");
    for (const name of stateNamesIn(params, "statesStart")) {
      const hasRoom = states.has(name) || states.size < STATES_MAX;
      if (hasRoom && !states.get(name)?.isOpen) beginState(states, name, ts, at);
    }
  },
};

function beginState(states: Tracks["states"], name: string, atMs: number, at: number): void {
  const track = states.get(name) ?? new Track();
  states.set(name, track);
  track.begin(name, atMs, at);
}

/**
 * The periods of a session.
 *
 * @param isOpen whether what is open at the last event may go on
 */
export function periodsOf(events: readonly LedgerEvent[], isOpen: boolean): Periods {
  const tracks: Tracks = { adBreak: new Track(), ad: new Track(), chapter: new Track(), states: new Map() };
  const taking = takingPart(events);
  for (const { event, at } of taking) if (hadEffect(event.rule)) STEPS[event.type]?.(tracks, event, at);
  const endMs = taking.at(-1)?.event.ts ?? 0;
  const all = [tracks.adBreak, tracks.ad, tracks.chapter, ...tracks.states.values()];
  for (const track of all) track.finish(endMs, isOpen ? "open" : "ended");
  return {
    adBreaks: tracks.adBreak.periods,
    ads: tracks.ad.periods,
    chapters: tracks.chapter.periods,
    states: new Map([...tracks.states].map(([name, { periods }]) => [name, periods])),
  };
}

/** The first of some parameters that says something. */
export function nameIn(params: Parameters, ...keys: readonly ParameterKey[]): string | undefined {
  const found = keys.map((key) => params[key]).find((value) => value !== undefined && value !== "");
  return found === undefined ? undefined : String(found);
}
