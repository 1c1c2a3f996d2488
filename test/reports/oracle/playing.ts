/** Time of playing, stretch by stretch, as the views of sessions have it. */

import { playsOf } from "./curves.ts";
import {
  type Cell,
  compares,
  type Granularity,
  groupIn,
  itemsOf,
  LIST,
  periodsOf,
  type Question,
  timeOf,
  wordsIn,
} from "./items.ts";
import { PLAYING, type Playing } from "./metrics.ts";
import type { OracleScope, Part, SessionView } from "./sessions.ts";

export const NO_PLAYING: Playing = { ms: 0, adMs: 0, passedMs: 0 };
const LONGEST = { hourOfDay: "hour", dayOfWeek: "day" } as const;

export function isOfPlaying(column: string): boolean {
  return (column.split(":")[0] ?? "") in PLAYING;
}

export interface PlayingIn {
  readonly total: Playing;
  /** By the keys of rows, as JSON. */
  readonly groups: ReadonlyMap<string, Playing>;
  readonly of: (keys: readonly Cell[]) => Playing;
}

/** What played in a question's range: in all, and by the keys of rows. */
export function playingIn(views: readonly SessionView[], question: Question, scope: OracleScope): PlayingIn {
  const { fromMs, toMs, filters, dimensions } = question;
  const partsOf = parterOf(question);
  const keysAt = keyerOf(question);
  const passed = new Map<string, number>();
  for (const { atMs, ms } of partsOf(fromMs, toMs)) {
    const key = JSON.stringify(keysAt(atMs, NO_VALUES));
    passed.set(key, (passed.get(key) ?? 0) + ms);
  }
  const groups = new Map<string, Playing>();
  const total = { ...NO_PLAYING, passedMs: [...passed.values()].reduce((sum, ms) => sum + ms, 0) };
  const others = filters.filter(({ name }) => !(name in LONGEST));
  for (const { view, parts = [undefined] } of itemsOf(views, { ...question, fromMs: 0, filters: others }, scope)) {
    const tuples = tuplesOf(view, parts, question);
    for (const { atMs, ms, isAd } of playsOf(view).flatMap(([from, to, ad]) => partsOf(from, to, ad))) {
      raise(total, ms, isAd);
      for (const tuple of tuples) {
        const label = JSON.stringify(keysAt(atMs, JSON.parse(tuple)));
        const group = groups.get(label) ?? { ...NO_PLAYING };
        groups.set(label, group);
        raise(group, ms, isAd);
      }
    }
  }
  const timesIn = (keys: readonly Cell[]) =>
    keys.map((key, at) => (at < keys.length - dimensions.length || isTimeAt(question, at) ? key : null));
  return {
    total,
    groups,
    of: (keys) => {
      const passedMs = passed.get(JSON.stringify(timesIn(keys))) ?? 0;
      return { ...(groups.get(JSON.stringify(keys)) ?? NO_PLAYING), passedMs };
    },
  };
}

/** The values of the dimensions, each pair of them once; those of time are told later. */
function tuplesOf(
  view: SessionView,
  parts: readonly (Part | undefined)[],
  { dimensions, filters }: Question,
): string[] {
  const words = dimensions.includes(LIST) ? wordsIn(view, filters) : [null];
  const valueIn = (name: string, part: Part | undefined, word: Cell) => {
    if (name in LONGEST) return null;
    return name === LIST ? word : groupIn(view, part, name);
  };
  const tuples = words.flatMap((word) =>
    parts.map((part) => JSON.stringify(dimensions.map((name) => valueIn(name, part, word)))),
  );
  return [...new Set(tuples)];
}

const NO_VALUES: readonly Cell[] = [null, null];

/** Whether the key of a row at this place is an hour of the day, or a day of the week. */
function isTimeAt({ granularity, dimensions }: Question, at: number): boolean {
  return (dimensions[at - (granularity ? 1 : 0)] ?? "") in LONGEST;
}

interface Stretch {
  readonly atMs: number;
  readonly ms: number;
  readonly isAd: boolean;
}

/** Parts what lies in the range where a row's time changes, and keeps what passes the filters of time. */
function parterOf(question: Question): (fromMs: number, toMs: number, isAd?: boolean) => Stretch[] {
  const { filters, zone } = question;
  const cuts = cutsOf(question);
  const ofTime = filters.filter(({ name }) => name in LONGEST);
  return (from, to, isAd = false) => {
    const fromMs = Math.max(from, question.fromMs);
    const toMs = Math.min(to, question.toMs);
    if (fromMs >= toMs) return [];
    const bounds = [fromMs, ...cuts.filter((cut) => cut > fromMs && cut < toMs), toMs];
    const parts = bounds
      .slice(1)
      .map((ms, at) => ({ atMs: bounds[at] as number, ms: ms - (bounds[at] as number), isAd }));
    return parts.filter(({ atMs }) => ofTime.every((each) => compares(timeOf(each.name, atMs, zone) ?? null, each)));
  };
}

/** The keys of a row at an instant. */
function keyerOf(question: Question): (ms: number, values: readonly Cell[]) => Cell[] {
  const { granularity, dimensions, zone } = question;
  const periods = granularity ? periodsOf(question, granularity) : [];
  return (ms, values) => [
    ...(granularity ? [periods.findLastIndex((start) => start <= ms)] : []),
    ...dimensions.map((name, at) => timeOf(name, ms, zone) ?? (values[at] as Cell)),
  ];
}

/** Where a row's time may change, or what a filter says of it. */
function cutsOf(question: Question): number[] {
  const { granularity, dimensions, filters } = question;
  const named = [...dimensions, ...filters.map(({ name }) => name)];
  const told = new Set<Granularity>([
    ...(granularity ? [granularity] : []),
    ...named.flatMap((name) => LONGEST[name as keyof typeof LONGEST] ?? []),
  ]);
  const cuts = [...told].flatMap((each) => periodsOf(question, each));
  return [...new Set(cuts)].toSorted((a, b) => a - b);
}

function raise(playing: { ms: number; adMs: number }, ms: number, isAd: boolean): void {
  playing.ms += ms;
  if (isAd) playing.adMs += ms;
}
