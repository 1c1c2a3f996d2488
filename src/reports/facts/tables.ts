/**
 * The fact tables, made from the catalogues: one row a session, and one an ad, break, chapter, player state, error,
 * rule, flag, time of playing and part watched; a mended session has one without mending, too. A new key or metric adds
 * its column by itself, and the file is then rebuilt.
 */

import { SECOND_MS } from "../../base/units.ts";
import { DERIVED_WORDS } from "../../protocol/derived.ts";
import type { Parameters } from "../../protocol/event.ts";
import type { Parameter, ParameterKey } from "../../protocol/parameters.ts";
import type { Unit } from "../../sessions/metrics/definition.ts";
import { STATE_METRICS, type StateMetricId } from "../../sessions/metrics/states.ts";
import { METRICS, type MetricId, type Metrics } from "../../sessions/metrics.ts";
import { AD_QUARTILES, type AdBreakRow, type AdRow, type ChapterRow, quartilesIn } from "../../sessions/rows.ts";
import { bitrateBucketOf } from "../../sessions/xdm.ts";
import { type ColumnType, isWorkedOut, keysOn, LIST_SEPARATOR, typeOfKey } from "../catalogue/keys.ts";
import { type CellValue, type FactColumn, type FactSource, type FactTable, factTable } from "./column.ts";
import { FLAG_ROWS, LEDGER_COLUMNS, RULE_ROWS } from "./ledger.ts";
import { isCut, keptMetadata, type Metadata, ownMetadata } from "./metadata.ts";
import { viewsOf } from "./views.ts";

/** What a session's row says beside its keys and metrics. */
const OWN_COLUMNS: readonly FactColumn<FactSource>[] = [
  { name: "sid", type: "VARCHAR", of: ({ session }) => session.sid },
  { name: "startedAt", type: "BIGINT", of: ({ session }) => session.startedAtMs },
  { name: "viewer", type: "UUID", of: ({ viewer }) => viewer },
  { name: "open", type: "BOOLEAN", of: ({ open }) => open },
  { name: "closeReason", type: "VARCHAR", of: ({ session }) => session.close?.reason },
  { name: "downloaded", type: "BOOLEAN", of: ({ session }) => session.downloaded },
  { name: "contentSegment", type: "VARCHAR", of: ({ fold }) => fold.contentSegment },
  { name: "averageBitrateBucket", type: "VARCHAR", of: ({ fold }) => bitrateBucketOf(fold.metrics) },
  {
    name: "customMetadata",
    type: "MAP(VARCHAR, VARCHAR)",
    of: ({ session }) => keptMetadata(session.start.customMetadata),
  },
  { name: "metadataCut", type: "BOOLEAN", of: isCut },
  { name: "definitions", type: "TINYINT", of: ({ fold }) => fold.definitions },
  { name: "choices", type: "VARCHAR", of: ({ fold }) => fold.choices && JSON.stringify(fold.choices) },
  ...DERIVED_WORDS.map(
    ({ key }): FactColumn<FactSource> => ({
      name: key,
      type: "VARCHAR",
      of: ({ session }) => session.start.derived?.[key],
    }),
  ),
  ...LEDGER_COLUMNS,
];

/** Times are integers, so that sums are exact in whatever order they are made. */
const TYPE_BY_UNIT: Readonly<Record<Unit, ColumnType>> = {
  count: "BIGINT",
  flag: "TINYINT",
  s: "BIGINT",
  ratio: "DOUBLE",
  "1/min": "DOUBLE",
  "bit/s": "DOUBLE",
  fps: "DOUBLE",
};

const DOWNLOADED = "media.downloaded" satisfies ParameterKey;

const SESSIONS = factTable<FactSource>({
  name: "sessions",
  rowsOf: (source) => [source],
  columns: [
    ...OWN_COLUMNS,
    ...keyColumns(
      keysOn("sessionStart").filter(({ key }) => key !== DOWNLOADED),
      ({ session }: FactSource) => session.start.params,
    ),
    {
      name: DOWNLOADED,
      type: "BOOLEAN",
      of: ({ session }) => booleanOf(session.start.params?.[DOWNLOADED]),
    },
    ...metricColumns(({ fold }: FactSource) => fold.metrics),
  ],
});

/** What was mended stays told where numbers are shown without mending. */
const OF_MENDING: readonly string[] = ["mendings", "mendedTime"] satisfies MetricId[];
const UNMENDED_COLUMNS = metricColumns((metrics: Metrics) => metrics).filter(({ name }) => !OF_MENDING.includes(name));

/** The metrics that a session has without mending, too. */
export const UNMENDED_METRICS = UNMENDED_COLUMNS.map(({ name }) => name);

/** The table of a mended session's metrics without mending. */
export const UNMENDED = "unmended";

const UNMENDED_ROWS = factTable<Metrics>({
  name: UNMENDED,
  rowsOf: ({ fold: { unmended } }) => (unmended ? [unmended] : []),
  columns: UNMENDED_COLUMNS,
});

interface AdWithBreak {
  readonly ad: AdRow;
  readonly session: FactSource["session"];
  readonly adBreak: AdBreakRow | undefined;
  readonly own: Metadata | null;
}

const ADS = factTable<AdWithBreak>({
  name: "ads",
  rowsOf: ({ session, fold }) =>
    fold.ads.map((ad) => ({
      session,
      ad,
      adBreak: fold.adBreaks[ad.breakIndex - 1],
      own: keptMetadata(ownMetadata(session, ad)),
    })),
  columns: [
    { name: "adBreak", type: "BIGINT", of: ({ ad }) => ad.breakIndex },
    // One client repeats the break's name on the ad; the break's own word counts first.
    ...keyColumns(keysOn("adStart", "adBreakStart"), ({ ad, adBreak }: AdWithBreak) => ({
      ...ad.params,
      ...adBreak?.params,
    })),
    { name: "adPod", type: "VARCHAR", of: ({ session, adBreak }) => adBreak && podOf(session, adBreak) },
    { name: "completed", type: "TINYINT", of: ({ ad }) => Number(ad.completed) },
    { name: "skipped", type: "TINYINT", of: ({ ad }) => Number(ad.skipped) },
    { name: "timeSpent", type: "BIGINT", of: ({ ad }) => ad.timeSpentMs },
    { name: "errors", type: "BIGINT", of: ({ ad }) => ad.errors },
    { name: "abandoned", type: "TINYINT", of: ({ ad }) => Number(ad.abandoned) },
    ...AD_QUARTILES.map((percent, at): FactColumn<AdWithBreak> => {
      return { name: `quartile${percent}`, type: "TINYINT", of: ({ ad }) => Number(quartilesIn(ad) > at) };
    }),
    { name: "ownMetadata", type: "MAP(VARCHAR, VARCHAR)", of: ({ own }) => own },
  ],
});

interface AdBreakWithAds {
  readonly session: FactSource["session"];
  readonly adBreak: AdBreakRow;
  readonly ads: readonly AdRow[];
}

const AD_BREAKS = factTable<AdBreakWithAds>({
  name: "adBreaks",
  rowsOf: ({ session, fold }) => {
    const ads = Map.groupBy(fold.ads, ({ breakIndex }) => breakIndex);
    return fold.adBreaks.map((adBreak) => ({ session, adBreak, ads: ads.get(adBreak.index) ?? [] }));
  },
  columns: [
    ...keyColumns(keysOn("adBreakStart"), ({ adBreak }: AdBreakWithAds) => adBreak.params),
    { name: "adPod", type: "VARCHAR", of: ({ session, adBreak }) => podOf(session, adBreak) },
    { name: "adCount", type: "BIGINT", of: ({ adBreak }) => adBreak.adCount },
    { name: "completed", type: "BIGINT", of: ({ ads }) => ads.filter((ad) => ad.completed).length },
    { name: "skipped", type: "BIGINT", of: ({ ads }) => ads.filter((ad) => ad.skipped).length },
    { name: "timeSpent", type: "BIGINT", of: ({ adBreak }) => adBreak.timeSpentMs },
    { name: "empty", type: "TINYINT", of: ({ adBreak }) => Number(adBreak.adCount === 0) },
    { name: "errors", type: "BIGINT", of: ({ ads }) => ads.reduce((sum, { errors }) => sum + errors, 0) },
    { name: "abandoned", type: "BIGINT", of: ({ ads }) => ads.filter(({ abandoned }) => abandoned).length },
    ...AD_QUARTILES.map((percent, at): FactColumn<AdBreakWithAds> => {
      const of = ({ ads }: AdBreakWithAds) => ads.filter((ad) => quartilesIn(ad) > at).length;
      return { name: `quartile${percent}`, type: "BIGINT", of };
    }),
  ],
});

interface ChapterOfSession {
  readonly session: FactSource["session"];
  readonly chapter: ChapterRow;
  readonly own: Metadata | null;
}

const CHAPTERS = factTable<ChapterOfSession>({
  name: "chapters",
  rowsOf: ({ session, fold }) =>
    fold.chapters.map((chapter) => ({ session, chapter, own: keptMetadata(ownMetadata(session, chapter)) })),
  columns: [
    ...keyColumns(keysOn("chapterStart"), ({ chapter }: ChapterOfSession) => chapter.params),
    {
      name: "chapter",
      type: "VARCHAR",
      of: ({ session, chapter }) => partId(session, chapter.params, ["media.chapter.index", "media.chapter.offset"]),
    },
    { name: "completed", type: "TINYINT", of: ({ chapter }) => Number(chapter.completed) },
    { name: "skipped", type: "TINYINT", of: ({ chapter }) => Number(chapter.skipped) },
    { name: "timeSpent", type: "BIGINT", of: ({ chapter }) => chapter.timeSpentMs },
    { name: "ownMetadata", type: "MAP(VARCHAR, VARCHAR)", of: ({ own }) => own },
  ],
});

const STATES = factTable<FactSource["fold"]["states"][number]>({
  name: "states",
  rowsOf: ({ fold }) => fold.states,
  columns: [
    { name: "media.state.name" satisfies ParameterKey, type: "VARCHAR", of: ({ name }) => name },
    { name: "count", type: "BIGINT", of: ({ count }) => count },
    { name: "duration", type: "BIGINT", of: ({ durationMs }) => durationMs },
  ],
});

const ERRORS = factTable<FactSource["fold"]["errors"][number]>({
  name: "errors",
  rowsOf: ({ fold }) => fold.errors,
  columns: [
    { name: "media.qoe.errorID" satisfies ParameterKey, type: "VARCHAR", of: ({ id }) => id },
    { name: "media.qoe.errorSource" satisfies ParameterKey, type: "VARCHAR", of: ({ source }) => source },
  ],
});

interface Playing {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ad: boolean;
}

/** When content or an ad played, on the clock that dates the session. */
const PLAYS = factTable<Playing>({
  name: "plays",
  rowsOf: ({ session, fold }) => {
    const offsetMs = session.startedAtMs - session.start.tsMs;
    return fold.playing.map(([fromMs, toMs, ad]) => {
      return { fromMs: fromMs + offsetMs, toMs: toMs + offsetMs, ad: ad === 1 };
    });
  },
  columns: [
    { name: "fromMs", type: "BIGINT", of: ({ fromMs }) => fromMs },
    { name: "toMs", type: "BIGINT", of: ({ toMs }) => toMs },
    { name: "ad", type: "BOOLEAN", of: ({ ad }) => ad },
  ],
});

/** Hundredths of the content that were watched: `from` up to, not with, `to`, each `views` times. */
const VIEWS = factTable<ReturnType<typeof viewsOf>[number]>({
  name: "views",
  rowsOf: ({ session, fold }) => {
    const length = session.start.params?.["media.length"];
    return typeof length === "number" ? viewsOf(fold.spans, Math.round(length * SECOND_MS)) : [];
  },
  columns: [
    { name: "from", type: "TINYINT", of: ({ from }) => from },
    { name: "to", type: "TINYINT", of: ({ to }) => to },
    { name: "views", type: "BIGINT", of: ({ views }) => views },
  ],
});

export const FACT_TABLES: readonly FactTable[] = [
  SESSIONS,
  UNMENDED_ROWS,
  ADS,
  AD_BREAKS,
  CHAPTERS,
  STATES,
  ERRORS,
  RULE_ROWS,
  FLAG_ROWS,
  PLAYS,
  VIEWS,
];

function podOf(session: FactSource["session"], { params }: AdBreakRow): string | null {
  return partId(session, params, ["media.ad.podIndex", "media.ad.podSecond"]);
}

/** A part of the content by its place there, the same in every session; none where a player leaves something out. */
function partId(
  { start }: FactSource["session"],
  params: Parameters | undefined,
  keys: readonly ParameterKey[],
): string | null {
  const parts = [start.params?.["media.id"], ...keys.map((key) => params?.[key])];
  return parts.every((part) => part !== undefined) ? parts.join(":") : null;
}

function keyColumns<Row>(
  keys: readonly Parameter[],
  paramsOf: (row: Row) => Parameters | undefined,
): FactColumn<Row>[] {
  return keys.map((parameter) => {
    const { key, caseless, list } = parameter;
    const type = typeOfKey(parameter);
    const of = (row: Row) => cellOf(paramsOf(row)?.[key], type);
    if (list) return { name: key, type, of: (row) => listed(of(row)) };
    return { name: key, type, of: caseless ? (row) => lowered(of(row)) : of };
  });
}

/** Standard validation keeps a value of another type than the documented one: text takes any, others only theirs. */
function cellOf(value: Parameters[ParameterKey], type: ColumnType): CellValue {
  if (value === undefined) return null;
  if (type === "DOUBLE") return typeof value === "number" ? value : null;
  if (type === "BOOLEAN") return booleanOf(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function lowered(cell: CellValue): CellValue {
  return typeof cell === "string" ? cell.toLowerCase() : cell;
}

/** The distinct words of a list. */
function listed(cell: CellValue): CellValue {
  if (typeof cell !== "string") return cell;
  const words = cell.split(LIST_SEPARATOR).map((word) => word.trim());
  return [...new Set(words.filter((word) => word !== ""))].join(LIST_SEPARATOR) || null;
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** Every metric that has a column. */
function metricColumns<Row>(metricsOf: (row: Row) => Metrics): FactColumn<Row>[] {
  const column = (id: MetricId | StateMetricId, type: ColumnType, unit: Unit): FactColumn<Row> => {
    return { name: id, type, of: (row) => inUnits(metricsOf(row)[id], unit) };
  };
  return [
    ...METRICS.filter((row) => !isWorkedOut(row)).map(({ id, unit, madeOf }) => {
      // Where the player counts, fractions may come.
      return column(id, unit === "count" && madeOf?.latest !== undefined ? "DOUBLE" : TYPE_BY_UNIT[unit], unit);
    }),
    ...STATE_METRICS.map(({ id, unit }) => column(id, TYPE_BY_UNIT[unit], unit)),
  ];
}

function inUnits(value: number | null | undefined, unit: Unit): number | null {
  if (value === null || value === undefined) return null;
  return unit === "s" ? Math.round(value * SECOND_MS) : value;
}
