/** Sessions as the admin API shows them: the wire's names and units, instants in milliseconds, times in seconds. */

import { secondsOf } from "../base/units.ts";
import { xdmOf } from "../protocol/edge/usual-xdm.ts";
import type { ParameterKey } from "../protocol/parameters.ts";
import type { Numbers } from "../sessions/fold.ts";
import type { MetricId } from "../sessions/metrics.ts";
import {
  type AdBreakRow,
  type AdRow,
  type ChapterRow,
  type ErrorRow,
  quartilesIn,
  type StateRow,
} from "../sessions/rows.ts";
import type { TimelineEntry } from "../sessions/timeline.ts";
import { toXdm, type XdmSession } from "../sessions/xdm.ts";
import type { FoldedNumbers } from "../store/fold-stored.ts";
import type { EventsPart } from "../store/session-events.ts";
import type { ArrivedEvent, StoredSession } from "../store/store.ts";
import { cursorAt } from "./cursor.ts";

/** The views of one session. */
export const SESSION_FORMATS = ["json", "xdm"] as const;
export type SessionFormat = (typeof SESSION_FORMATS)[number];

/** A session without its events. @param viewer the hash of who watches */
export function sessionView(session: StoredSession, viewer?: string) {
  const { sid, startedAtMs, downloaded, start, close, trimmed, foldFailure } = session;
  return {
    sid,
    ...(viewer !== undefined && { viewer }),
    status: close ? "closed" : "open",
    startedAt: startedAtMs,
    closedAt: close?.closedAtMs ?? null,
    closeReason: close?.reason ?? null,
    endTs: close?.endTsMs ?? null,
    downloaded,
    ...(trimmed && { eventsTrimmed: true }),
    ...(foldFailure && { foldFailure }),
    params: start.params ?? {},
    customMetadata: start.customMetadata ?? {},
    ...(start.derived && { derived: start.derived }),
  };
}

/**
 * Whether an open session has played its content to the end, and has not played since.
 *
 * Players often leave such a session open: it takes events until it is closed, but plays nothing.
 */
function isCompleted({ close }: StoredSession, last: FoldedNumbers["last"]): boolean {
  return !close && last?.stateAfter === "ended" && last.breakStateAfter === null;
}

/** A session of a list, with its numbers. */
export function summaryView(
  session: StoredSession,
  { metrics, last }: Pick<FoldedNumbers, "metrics" | "last">,
  viewer?: string,
) {
  return { ...sessionView(session, viewer), completed: isCompleted(session, last), metrics };
}

/** A session with all of its numbers, and with its first events. */
export function foldedView(session: StoredSession, folded: FoldedNumbers, part: EventsPart, viewer?: string) {
  const { definitions, contentSegment } = folded;
  return {
    session: {
      ...sessionView(session, viewer),
      completed: isCompleted(session, folded.last),
      definitions,
      ...(folded.choices && { definitionChoices: folded.choices }),
      contentSegment,
    },
    metrics: folded.metrics,
    ...(folded.unmended && { unmended: folded.unmended }),
    ads: folded.ads.map(adView),
    adBreaks: folded.adBreaks.map(adBreakView),
    chapters: folded.chapters.map(chapterView),
    states: folded.states.map(stateView),
    errors: folded.errors.map(errorView),
    rowsTotal: rowsTotalOf(folded),
    watched: folded.watched.map(([fromMs, toMs]) => [secondsOf(fromMs), secondsOf(toMs)]),
    ...eventsView(session, part),
  };
}

/** How many rows of each kind there were: a session keeps a thousand of each, or a megabyte of all. */
function rowsTotalOf({ metrics, ads, adBreaks, chapters, errors }: FoldedNumbers) {
  const total = (id: MetricId, rows: readonly unknown[]) => Math.max(metrics[id] ?? 0, rows.length);
  return {
    ads: total("adStarts", ads),
    adBreaks: total("adBreaks", adBreaks),
    chapters: total("chapterStarts", chapters),
    errors: total("errorEvents", errors),
  };
}

/** A part of a session's events. */
export function eventsView({ sid }: Pick<StoredSession, "sid">, { entries, total, isLast }: EventsPart) {
  const last = entries.at(-1);
  return {
    events: entries.map((entry) => entryView(entry, sid)),
    eventsTotal: total,
    nextCursor: isLast || !last ? null : cursorAt(last.event.seq),
  };
}

export type SessionSummary = ReturnType<typeof summaryView>;
/** `GET /admin/api/sessions/{sid}` */
export type SessionDetail = ReturnType<typeof foldedView>;
/** `GET /admin/api/sessions/{sid}/events` */
export type SessionEvents = ReturnType<typeof eventsView>;

/** `GET /admin/api/sessions` */
export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  readonly nextCursor: string | null;
  /** Sessions of the page that can't be read. */
  readonly damaged?: number;
}

/** A session in the reference's reporting shape. */
export function xdmView({ sid, start }: StoredSession, folded: Numbers): XdmSession {
  return toXdm({ sid, params: start.params ?? {}, customMetadata: start.customMetadata ?? {} }, folded);
}

function entryView({ event, ...entry }: TimelineEntry<ArrivedEvent>, sid: string) {
  const xdm = xdmOf(event, sid);
  return {
    type: event.type,
    ts: event.tsMs,
    ...(entry.atMs !== event.tsMs && { mendedTs: entry.atMs }),
    playhead: secondsOf(event.playheadMs),
    receivedAt: event.receivedAtMs,
    params: event.params ?? {},
    qoeData: event.qoeData ?? {},
    customMetadata: event.customMetadata ?? {},
    ...(event.unknownMembers && { unknownMembers: event.unknownMembers }),
    ...(event.requestId !== undefined && { requestId: event.requestId }),
    ...(xdm && { xdm }),
    verdict: entry.verdict,
    rule: entry.rule,
    flags: entry.flags ? [...event.flags, ...entry.flags] : event.flags,
    stateAfter: entry.stateAfter,
    breakStateAfter: entry.breakStateAfter,
    /** What the time up to the next event was counted as. */
    interval: intervalView(entry),
  };
}

function intervalView(entry: Omit<TimelineEntry, "event">) {
  const { intervalMs, intervalKind, otherParts, mendedMs, isFast, watchedMs, seeksMs } = entry;
  return {
    seconds: secondsOf(intervalMs),
    countedAs: intervalKind,
    ...(otherParts && { others: otherParts.map(({ ms, kind }) => ({ seconds: secondsOf(ms), countedAs: kind })) }),
    ...(mendedMs > 0 && { mended: secondsOf(mendedMs) }),
    ...(isFast && { fast: true }),
    ...(watchedMs > 0 && { watched: secondsOf(watchedMs) }),
    ...(seeksMs?.length && { seeks: seeksMs.map(secondsOf) }),
  };
}

/** Parameters of periods by the short names that the answers have for them. */
type ShortNames = Readonly<Record<string, ParameterKey>>;

const AD_BREAK_NAMES: ShortNames = {
  name: "media.ad.podFriendlyName",
  position: "media.ad.podIndex",
  offset: "media.ad.podSecond",
};
const AD_NAMES: ShortNames = {
  id: "media.ad.id",
  name: "media.ad.name",
  position: "media.ad.podPosition",
  length: "media.ad.length",
};
const CHAPTER_NAMES: ShortNames = {
  name: "media.chapter.friendlyName",
  position: "media.chapter.index",
  offset: "media.chapter.offset",
  length: "media.chapter.length",
};

function adBreakView({ index, adCount, ...row }: AdBreakRow) {
  return { index, ...named(row, AD_BREAK_NAMES), ...periodView(row), adCount };
}

function adView({ breakIndex, skipped, errors, abandoned, ...row }: AdRow) {
  const quartiles = quartilesIn(row);
  return { breakIndex, ...named(row, AD_NAMES), ...periodView(row), skipped, errors, abandoned, quartiles };
}

function chapterView({ skipped, ...row }: ChapterRow) {
  return { ...named(row, CHAPTER_NAMES), ...periodView(row), skipped };
}

/** Some parameters under short names; null for one that wasn't sent. */
function named({ params }: Pick<ChapterRow, "params">, names: ShortNames) {
  return Object.fromEntries(Object.entries(names).map(([name, key]) => [name, params[key] ?? null]));
}

function periodView({ startTsMs, params, customMetadata, timeSpentMs, completed }: Omit<ChapterRow, "skipped">) {
  return { startTs: startTsMs, timeSpent: secondsOf(timeSpentMs), completed, params, customMetadata };
}

function stateView({ name, count, durationMs }: StateRow) {
  return { name, count, totalDuration: secondsOf(durationMs) };
}

function errorView({ tsMs, playheadMs, id, source }: ErrorRow) {
  return { ts: tsMs, playhead: secondsOf(playheadMs), id, source };
}
