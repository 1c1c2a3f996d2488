/** Answers to questions from an export of events alone: nothing of the product is read, and every number is counted. */

import { type Line, linesBySession, toldIn } from "../../sessions/oracle/exported.ts";
import { type Playing, recompute } from "../../sessions/oracle/recompute.ts";

/** A session as its exported events tell it. */
export interface ToldSession {
  readonly startedAtMs: number;
  /** What a row can be of. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly viewer: string | undefined;
  readonly metrics: Readonly<Record<string, number | null>>;
  /** On the clock that dates the session. */
  readonly playing: readonly Playing[];
}

/** The keys that name a viewer, the first one that a session has. */
const VIEWER_KEYS = ["analytics.visitorId", "visitor.marketingCloudUserId", "analytics.aid", "appInstallationId"];

/** Reads an export of events. */
export async function sessionsOf(path: string): Promise<ToldSession[]> {
  const sessions: ToldSession[] = [];
  for (const lines of (await linesBySession(path)).values()) {
    sessions.push(sessionOf(lines.map((line): Line => JSON.parse(line))));
  }
  return sessions;
}

function sessionOf(events: readonly Line[]): ToldSession {
  const [start = {}] = events;
  const told = events.map(toldIn);
  const session = start["session"] as Line;
  const params = (start["params"] ?? {}) as Line;
  const custom = Object.entries((start["customMetadata"] ?? {}) as Line);
  const { metrics, playing } = recompute(told, { isArray: session["downloaded"] === true, off: new Set() });
  const startedAtMs = Number(session["startedAt"]);
  const offsetMs = startedAtMs - (told[0]?.tsMs ?? 0);
  return {
    startedAtMs,
    values: {
      ...params,
      ...(start["derived"] as Line | null),
      ...Object.fromEntries(custom.map(([key, value]) => [`customMetadata.${key}`, value])),
      closeReason: session["closeReason"],
    },
    viewer: VIEWER_KEYS.map((key) => params[key]).find((id): id is string => typeof id === "string" && id !== ""),
    metrics,
    playing: playing.map(({ fromMs, toMs, isAd }) => ({ fromMs: fromMs + offsetMs, toMs: toMs + offsetMs, isAd })),
  };
}

export interface AskedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Sessions that started in a range, by a value of theirs; as JSON, so that none is a value too. */
export function groupsBy(
  sessions: readonly ToldSession[],
  { fromMs, toMs }: AskedRange,
  valueIn: (session: ToldSession) => unknown,
): Map<string, ToldSession[]> {
  const started = sessions.filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs < toMs);
  return Map.groupBy(started, (session) => JSON.stringify(valueIn(session) ?? null));
}

export function viewersIn(sessions: readonly ToldSession[]): number {
  return new Set(sessions.flatMap(({ viewer }) => viewer ?? [])).size;
}

/** A sum in thousandths, of which every number of a session has whole ones. */
export function sumOf(sessions: readonly ToldSession[], id: string): number {
  return sessions.reduce((sum, { metrics }) => sum + Math.round((metrics[id] ?? 0) * 1000), 0) / 1000;
}

/** Seconds of playing in each hour of a range, by the hour's beginning as the clocks of a place tell it. */
export function playingByHour(
  sessions: readonly ToldSession[],
  { fromMs, toMs }: AskedRange,
  zone: string,
): Map<string, { ms: number; adMs: number }> {
  const hours = new Map<string, { ms: number; adMs: number }>();
  const starts: number[] = [];
  for (
    let at = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(zone);
    at.epochMilliseconds < toMs;
  ) {
    starts.push(at.epochMilliseconds);
    hours.set(at.toString({ timeZoneName: "never", fractionalSecondDigits: 0 }), { ms: 0, adMs: 0 });
    at = at.add({ hours: 1 });
  }
  const counted = [...hours.values()];
  for (const stretch of sessions.flatMap(({ playing }) => playing)) {
    const first = Math.max(
      0,
      starts.findLastIndex((startMs) => startMs <= stretch.fromMs),
    );
    for (let at = first; at < starts.length && (starts[at] as number) < stretch.toMs; at += 1) {
      const endMs = Math.min(starts[at + 1] ?? toMs, stretch.toMs);
      const ms = Math.max(0, endMs - Math.max(starts[at] as number, stretch.fromMs));
      const hour = counted[at] as { ms: number; adMs: number };
      hour.ms += ms;
      if (stretch.isAd) hour.adMs += ms;
    }
  }
  return hours;
}
