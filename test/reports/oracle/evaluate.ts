/** Answers a report by going through all sessions one by one. */

import { type Cell, groupIn, itemsOf, LIST, periodsOf, type Question, scopeAmong, timeOf, wordsIn } from "./items.ts";
import { aggregate, firstsOf, type Item, type OfPeriod, type Playing } from "./metrics.ts";
import { isOfPlaying, NO_PLAYING, type PlayingIn, playingIn } from "./playing.ts";
import type { Part, SessionView } from "./sessions.ts";

export interface OracleRow {
  /** The number of the period from the first one on, and the dimensions' values. */
  readonly keys: readonly Cell[];
  readonly values: readonly (number | null)[];
}

export interface OracleAnswer {
  readonly rows: readonly OracleRow[];
  readonly totals: readonly (number | null)[];
  readonly sessions: { readonly total: number; readonly open: number };
  /** The numbers of a row of which nothing is known. */
  readonly none: (keys: readonly Cell[]) => readonly (number | null)[];
}

const NOTHING: PlayingIn = { total: NO_PLAYING, groups: new Map(), of: () => NO_PLAYING };

export function evaluate(views: readonly SessionView[], question: Question): OracleAnswer {
  const { metrics, dimensions, filters } = question;
  const scope = scopeAmong([...dimensions, ...filters.map(({ name }) => name)]);
  const { fromMs, toMs } = question;
  const whole = { fromMs, toMs, firsts: firstsOf(views) };
  const items = itemsOf(views, question, scope).map((item) => ({ ...item, period: whole }));
  const periods = question.granularity ? periodsOf(question, question.granularity) : [];
  const groups = Map.groupBy(
    items.flatMap((item) => splitByValues(item, question, periods)),
    ({ keys }) => JSON.stringify(keys),
  );
  const asked = metrics.flatMap((column) => column.split("/"));
  const playing: PlayingIn = asked.some(isOfPlaying) ? playingIn(views, question, scope) : NOTHING;
  const numbersOf = (each: readonly Item[], played: Playing) =>
    metrics.map((column) => aggregate(each, column, scope, played));
  const labels = new Set([...(asked.every(isOfPlaying) ? [] : groups.keys()), ...playing.groups.keys()]);
  return {
    rows: [...labels].map((label) => {
      const keys: Cell[] = JSON.parse(label);
      return { keys, values: numbersOf(groups.get(label) ?? [], playing.of(keys)) };
    }),
    totals: numbersOf(items, playing.total),
    sessions: { total: items.length, open: items.filter(({ view }) => view.session.status === "open").length },
    none: (keys) => numbersOf([], playing.of(keys)),
  };
}

/** A session counts once for each value that it has. */
function splitByValues(
  { view, parts, period: whole }: Item,
  { dimensions, filters, zone }: Question,
  periods: readonly number[],
): (Item & { readonly keys: readonly Cell[] })[] {
  const at = periods.findLastIndex((ms) => ms <= view.session.startedAt);
  const period = whole && periods.length > 0 ? periodAt(whole, periods, at) : whole;
  const own = period && { period };
  const words = dimensions.includes(LIST) ? wordsIn(view, filters) : [null];
  const valueIn = (name: string, part: Part | undefined, word: Cell) =>
    name === LIST ? word : (timeOf(name, view.session.startedAt, zone) ?? groupIn(view, part, name));
  return words.flatMap((word) => {
    const keysOf = (part?: Part) => [
      ...(periods.length > 0 ? [at] : []),
      ...dimensions.map((name) => valueIn(name, part, word)),
    ];
    if (!parts) return [{ view, ...own, keys: keysOf() }];
    const groups = Map.groupBy(parts, (part) => JSON.stringify(keysOf(part)));
    return [...groups.values()].map((each) => ({ view, ...own, parts: each, keys: keysOf(each[0]) }));
  });
}

/** A period as far as it is in the range. */
function periodAt(whole: OfPeriod, periods: readonly number[], at: number): OfPeriod {
  return {
    ...whole,
    fromMs: Math.max(whole.fromMs, periods[at] ?? 0),
    toMs: Math.min(whole.toMs, periods[at + 1] ?? whole.toMs),
  };
}
