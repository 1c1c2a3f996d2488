/** What the second program reads and says: events as they were stored, in order of arrival, and events in their order. */

/** A stored event. Its members are those of an export's lines, so that the program needs nothing of the product. */
export interface Told {
  readonly type: string;
  readonly tsMs: number;
  readonly playheadMs: number;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly qoeData?: Readonly<Record<string, unknown>>;
  readonly customMetadata?: Readonly<Record<string, unknown>>;
  readonly unknownMembers?: Readonly<Record<string, unknown>>;
  readonly receivedAtMs: number;
}

/** An event at its mended instant. */
export interface Placed {
  readonly told: Told;
  readonly type: string;
  readonly playheadMs: number;
  /** Its number by arrival. */
  readonly nth: number;
  at: number;
}

/** The rules of mending, in the order of §8's table. */
export const RULES = [
  "clock-forward",
  "clock-back",
  "same-tick",
  "complete-in-break",
  "break-over-by-play",
  "ad-overdue",
  "ad-overtaken",
  "break-never-completed",
  "break-over-by-playhead",
  "play-implied",
  "gap-unobserved",
] as const;
export type Rule = (typeof RULES)[number];

export interface Options {
  /** Whether it came as one array, whose arrivals tell nothing. */
  readonly isArray: boolean;
  /** Rules that only flag. */
  readonly off: ReadonlySet<Rule>;
}

/** The session as a whole, as its start tells it. */
export interface Title {
  readonly isLive: boolean;
  /** None where unknown or 0. */
  readonly lengthMs: number | undefined;
}

const LIVE_TYPES = ["live", "linear", "radio"];
const ENDLESS_S = 86_400;

export function titleOf({ params = {} }: Told): Title {
  const length = params["media.length"];
  const isKnown = typeof length === "number" && length > 0;
  const isLive = LIVE_TYPES.includes(String(params["media.contentType"]).toLowerCase());
  return {
    isLive: isLive || !isKnown || length >= ENDLESS_S,
    lengthMs: isKnown ? length * 1000 : undefined,
  };
}

/** JSON with sorted keys, so that equal bodies are equal texts. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  const members = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join()}}`;
}

export function bodyOf({ params, qoeData, customMetadata, unknownMembers }: Told): string {
  return canonical({ params, qoeData, customMetadata, unknownMembers });
}

/** §1.2: of exact duplicates the first to arrive stays. */
export function withoutDuplicates(told: readonly Told[]): Told[] {
  const kept = new Map<string, Told[]>();
  return told.filter((each) => {
    const key = `${each.type} ${each.tsMs} ${each.playheadMs}`;
    const alike = kept.get(key) ?? [];
    if (alike.some((other) => bodyOf(other) === bodyOf(each))) return false;
    kept.set(key, [...alike, each]);
    return true;
  });
}

const TEN_YEARS_MS = 3652.5 * 24 * 3_600_000;
/** What a `ts` is multiplied by, and where it must lie for that. */
const UNITS = [
  { factor: 1, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY },
  { factor: 1000, from: 1e9, to: 1e10 - 1 },
  { factor: 1 / 1000, from: 1e15, to: 2 ** 53 },
];

/** §8, units: the start's `ts` is read in the unit in which it lies within ten years of its arrival. */
export function inMilliseconds(told: readonly Told[]): readonly Told[] {
  const { tsMs = 0, receivedAtMs = 0 } = told[0] ?? {};
  const unit = UNITS.find(({ factor, from, to }) => {
    return tsMs >= from && tsMs <= to && Math.abs(tsMs * factor - receivedAtMs) <= TEN_YEARS_MS;
  });
  const factor = unit?.factor ?? 1;
  return factor === 1 ? told : told.map((each) => ({ ...each, tsMs: Math.round(each.tsMs * factor) }));
}
