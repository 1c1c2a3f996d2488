/** Metrics over sessions, as docs/metrics.md and the catalogue's summaries define them, in plain arithmetic. */

import { METRICS } from "../../../src/sessions/metrics.ts";
import { STANDARD_STATES } from "../../../src/sessions/reported.ts";
import type { OracleScope, Part, SessionView } from "./sessions.ts";

/** A session, or the parts of one that have the same values. */
export interface Item {
  readonly view: SessionView;
  /** Absent where whole sessions are counted. */
  readonly parts?: readonly Part[];
  readonly period?: OfPeriod;
}

/** The ratios: what is divided by what. */
const RATIOS: Readonly<Record<string, readonly [of: readonly string[], by: readonly string[]]>> = {
  rebufferFrequency: [["rebufferEvents"], ["contentTimeSpent"]],
  droppedFrameRatio: [["droppedFrames"], ["expectedFrames"]],
  averagePercentWatched: [["uniqueTimePlayed"], ["contentLength"]],
  averagePlaybackSpeed: [["watchedLength"], ["watchingTime"]],
  playbackSuccessScore: [
    ["contentStarts", "midstreamFailures"],
    ["contentStarts", "playbackFailures"],
  ],
  rebufferingRatio: [["rebufferingDuration"], ["rebufferingDuration", "contentTimeSpent"]],
  completionRate: [["contentCompletes"], ["contentStarts"]],
  adCompletionRate: [["adCompletes"], ["adStarts"]],
  exitsBeforeStart: [["dropsBeforeStart"], ["mediaStarts"]],
};
/** What a part counts by in a ratio, where that isn't once. */
const TIMES: Readonly<Record<string, number>> = { rebufferEvents: 60, midstreamFailures: -0.5 };
/** Ratios of the sessions that have both numbers. */
const OF_KNOWN: ReadonlySet<string> = new Set(["droppedFrameRatio", "averagePercentWatched"]);
const SUM_OF_RATIOS = "averageMinuteAudience";
const MEANS: ReadonlySet<string> = new Set(["timeToStart", "computedTimeToStart", "timeToFirstAd", "longestBuffer"]);
const STATE_METRIC = /^(.+?)(Count|StreamsImpacted|TotalDuration)$/;

/** In thousandths, of which times have whole numbers: added as they are they would differ by their last bits. */
const sumOf = (parts: readonly Part[], of: (part: Part) => number | undefined) =>
  parts.reduce((sum, part) => sum + Math.round((of(part) ?? 0) * 1000), 0) / 1000;
const shareOf = (parts: readonly Part[], of: (part: Part) => boolean | undefined) => parts.filter(of).length;

type OfParts = (parts: readonly Part[], view: SessionView) => number;

const adsIn = (adBreaks: readonly Part[], { ads }: SessionView) =>
  ads.filter(({ breakIndex }) => adBreaks.some(({ index }) => index === breakIndex));

/** What ads say, found by the parts that are asked about. */
function ofAds(
  adsOf: (parts: readonly Part[], view: SessionView) => readonly Part[],
): Readonly<Record<string, OfParts>> {
  const reaching = (quartile: number) => (parts: readonly Part[], view: SessionView) =>
    shareOf(adsOf(parts, view), ({ quartiles = 0 }) => quartiles >= quartile);
  return {
    adErrors: (parts, view) => sumOf(adsOf(parts, view), ({ errors }) => errors),
    adAbandons: (parts, view) => shareOf(adsOf(parts, view), ({ abandoned }) => abandoned),
    adQuartile25: reaching(1),
    adQuartile50: reaching(2),
    adQuartile75: reaching(3),
  };
}

/** What some of a session's parts say of a metric; other metrics are the session's. */
const OF_PARTS: Readonly<Record<OracleScope, Readonly<Record<string, OfParts>>>> = {
  session: {},
  ad: {
    adBreaks: (parts) => new Set(parts.map(({ breakIndex }) => breakIndex)).size,
    adStarts: (parts) => parts.length,
    adCount: (parts) => parts.length,
    adCompletes: (parts) => shareOf(parts, ({ completed }) => completed),
    adSkips: (parts) => shareOf(parts, ({ skipped }) => skipped),
    adTimeSpent: (parts) => sumOf(parts, ({ timeSpent }) => timeSpent),
    ...ofAds((parts) => parts),
  },
  adBreak: {
    adBreaks: (parts) => parts.length,
    adStarts: (parts) => sumOf(parts, ({ adCount }) => adCount),
    adCount: (parts) => sumOf(parts, ({ adCount }) => adCount),
    adCompletes: (parts, view) => shareOf(adsIn(parts, view), ({ completed }) => completed),
    adSkips: (parts, view) => shareOf(adsIn(parts, view), ({ skipped }) => skipped),
    adTimeSpent: (parts) => sumOf(parts, ({ timeSpent }) => timeSpent),
    emptyAdBreaks: (parts) => shareOf(parts, ({ adCount }) => adCount === 0),
    ...ofAds(adsIn),
  },
  chapter: {
    chapterStarts: (parts) => parts.length,
    chapterCount: (parts) => parts.length,
    chapterCompletes: (parts) => shareOf(parts, ({ completed }) => completed),
    chapterSkips: (parts) => shareOf(parts, ({ skipped }) => skipped),
    chapterTimeSpent: (parts) => sumOf(parts, ({ timeSpent }) => timeSpent),
  },
  state: {
    stateCount: (parts) => sumOf(parts, ({ count }) => count),
    stateStreamsImpacted: () => 1,
    stateTotalDuration: (parts) => sumOf(parts, ({ totalDuration }) => totalDuration),
  },
  error: { errorEvents: (parts) => parts.length, errorImpactedStreams: () => 1 },
  rule: {
    events: (parts) => sumOf(parts, ({ count }) => count),
    ignoredEvents: (parts) => sumOf(parts, ({ ignored }) => ignored),
  },
  flag: {
    events: (parts) => sumOf(parts, ({ count }) => count),
    flaggedEvents: (parts) => sumOf(parts, ({ count }) => count),
  },
};

/** Numbers that a session's metrics don't have. */
const OF_EVENTS: Readonly<Record<string, (view: SessionView) => number>> = {
  events: ({ events }) => events.length,
  ignoredEvents: ({ events }) => events.filter(({ verdict }) => verdict === "ignored").length,
  flaggedEvents: ({ events }) => events.filter(({ flags }) => flags.length > 0).length,
};

/** A session's number, or that of some of its parts; null for none. */
export function numberOf({ view, parts = [] }: Item, id: string, scope: OracleScope): number | null {
  const ratio = RATIOS[id];
  if (ratio) {
    const [of, by] = ratio.map((ids) => ids.map((each) => timesOf(each, numberOf({ view, parts }, each, scope))));
    return quotient(of ?? [], by ?? []);
  }
  const ofParts = OF_PARTS[scope][id];
  if (ofParts) return ofParts(parts, view);
  if (id === "media.length") return (view.session.params[id] as number | undefined) ?? null;
  if (id.startsWith("state") && id in OF_PARTS.state) return allStates(view, id);
  const known = OF_EVENTS[id]?.(view) ?? view.metrics[id];
  return known ?? (STATE_METRIC.test(id) && !METRICS.some((row) => row.id === id) ? 0 : null);
}

function timesOf(id: string, value: number | null): number | null {
  return value === null ? null : (TIMES[id] ?? 1) * value;
}

function allStates(view: SessionView, id: string): number {
  if (id === "stateStreamsImpacted") return Number(view.states.length > 0);
  return OF_PARTS.state[id]?.(view.states, view) ?? 0;
}

function quotient(of: readonly (number | null)[], by: readonly (number | null)[]): number | null {
  if ([...of, ...by].includes(null)) return null;
  const [part, whole] = [of, by].map((each) => each.reduce<number>((sum, value) => sum + (value ?? 0), 0));
  return (whole as number) > 0 ? (part as number) / (whole as number) : null;
}

/** Who watches, by the ids themselves. */
export function viewerOf({ session: { params } }: SessionView): string | undefined {
  const ids = ["analytics.visitorId", "visitor.marketingCloudUserId"].map((key) => params[key]);
  return ids.find((id): id is string => typeof id === "string" && id !== "");
}

function viewersIn(items: readonly Item[]): Set<string> {
  return new Set(items.flatMap(({ view }) => viewerOf(view) ?? []));
}

/** The period that an item is counted in, and what every viewer watched first, whenever it was. */
export interface OfPeriod {
  readonly fromMs: number;
  readonly toMs: number;
  readonly firsts: ReadonlyMap<string, number>;
}

export function firstsOf(views: readonly SessionView[]): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const view of views) {
    const viewer = viewerOf(view);
    if (viewer === undefined) continue;
    firsts.set(viewer, Math.min(view.session.startedAt, firsts.get(viewer) ?? Number.POSITIVE_INFINITY));
  }
  return firsts;
}

/** Viewers whose first session lies in their item's period. */
function newIn(items: readonly Item[]): Set<string> {
  const ofNew = items.filter(({ view, period }) => {
    const first = period?.firsts.get(viewerOf(view) ?? "") ?? Number.NEGATIVE_INFINITY;
    return period !== undefined && first >= period.fromMs && first < period.toMs;
  });
  return viewersIn(ofNew);
}

function perViewer(items: readonly Item[], id: string): number | null {
  const ofViewers = items.filter(({ view }) => viewerOf(view) !== undefined);
  const sum = ofViewers.reduce((total, { view }) => total + (view.metrics[id] ?? 0), 0);
  return ofViewers.length === 0 ? null : sum / viewersIn(items).size;
}

const VIEWERS: Readonly<Record<string, (items: readonly Item[]) => number | null>> = {
  uniqueViewers: (items) => viewersIn(items).size,
  newViewers: (items) => newIn(items).size,
  returningViewers: (items) => viewersIn(items).size - newIn(items).size,
  sessionsPerViewer: (items) => perViewer(items, "mediaStarts"),
  contentTimePerViewer: (items) => perViewer(items, "contentTimeSpent"),
};

/** Milliseconds of playing within a row's time, and how long that is in the range. */
export interface Playing {
  readonly ms: number;
  readonly adMs: number;
  readonly passedMs: number;
}

export const PLAYING: Readonly<Record<string, (playing: Playing) => number | null>> = {
  playingTime: ({ ms }) => ms / 1000,
  adPlayingTime: ({ adMs }) => adMs / 1000,
  averageAudience: ({ ms, passedMs }) => (passedMs > 0 ? ms / passedMs : null),
};

/** What a metric without a suffix means. */
export function usualOf(id: string): string {
  if (id in VIEWERS) return id.endsWith("PerViewer") ? "rate" : "sum";
  if (id === "averageAudience") return "rate";
  if (id === SUM_OF_RATIOS) return "sum";
  if (MEANS.has(id)) return "mean";
  if (RATIOS[id]) return "rate";
  const unit = METRICS.find((row) => row.id === id)?.unit;
  return unit === "bit/s" || unit === "fps" ? "mean" : "sum";
}

/** Many sessions' number. */
export function aggregate(items: readonly Item[], column: string, scope: OracleScope, playing: Playing): number | null {
  if (column.includes("/")) {
    const [of = 0, by = 0] = column.split("/").map((side) => aggregate(items, side, scope, playing) ?? 0);
    return by > 0 ? of / by : null;
  }
  const [id = "", aggregation = usualOf(id)] = column.split(":");
  if (id in VIEWERS) return VIEWERS[id]?.(items) ?? null;
  const ofPlaying = PLAYING[id];
  if (ofPlaying) return ofPlaying(playing);
  if (aggregation === "rate") return rateOf(items, id, scope);
  const numbers = items.map((item) => numberOf(item, id, scope)).filter((value) => value !== null);
  const sum = numbers.reduce((total, value) => total + value, 0);
  if (aggregation === "sum") return sum;
  if (aggregation === "mean") return numbers.length === 0 ? null : sum / numbers.length;
  return quantile(numbers, Number(aggregation.slice(1)) / 100);
}

function rateOf(items: readonly Item[], id: string, scope: OracleScope): number | null {
  const [of = [], by = []] = RATIOS[id] ?? [];
  const isKnown = (item: Item) => [...of, ...by].every((each) => numberOf(item, each, scope) !== null);
  const among = OF_KNOWN.has(id) ? items.filter(isKnown) : items;
  const total = (ids: readonly string[]) =>
    ids.map((each) => among.reduce((sum, item) => sum + (timesOf(each, numberOf(item, each, scope)) ?? 0), 0));
  return quotient(total(of), total(by));
}

/** Between two numbers it is as far as the share lies between their places. */
export function quantile(numbers: readonly number[], share: number): number | null {
  if (numbers.length === 0) return null;
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** Ids of the numbers of player states, standard and of the viewers' own. */
export function stateMetricIds(names: readonly string[]): string[] {
  return [...new Set([...STANDARD_STATES, ...names])].flatMap((name) =>
    ["Count", "StreamsImpacted", "TotalDuration"].map((part) => name + part),
  );
}
