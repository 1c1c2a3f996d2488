/**
 * A second program for a session's numbers, written from the definitions' text alone: it reads no line of
 * `src/sessions`, takes each rule in the plainest way, and looks at the whole session whenever it likes.
 */

import { placeByClock } from "./clock.ts";
import { Course, type Kind, type Part } from "./course.ts";
import { furtherNumbers } from "./further.ts";
import { unlikeMs, withGaps } from "./gap.ts";
import { averageBitrate, droppedFrames, type Stall, stallsOf, timeToStart } from "./quality.ts";
import { chapterMs, type Rows, rowsOf } from "./rows.ts";
import { seekNumbers } from "./seeks.ts";
import { statesOf } from "./states.ts";
import { isStill } from "./stride.ts";
import { orderTicks } from "./ticks.ts";
import {
  inMilliseconds,
  type Options,
  type Placed,
  RULES,
  type Rule,
  type Title,
  type Told,
  titleOf,
  withoutDuplicates,
} from "./told.ts";
import { lengthOf, type Stretch, seenIn, segmentsOf, stretchesOf, watchedOf } from "./watched.ts";

export interface Recomputed {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly rules: readonly Rule[];
  readonly rows: Rows;
}

interface Reading {
  readonly events: readonly Placed[];
  readonly course: Course;
  readonly parts: readonly Part[];
  readonly rules: readonly Rule[];
  readonly title: Title;
}

/** The numbers of a closed session, from its events in order of arrival. */
export function recompute(told: readonly Told[], options: Options): Recomputed {
  const reading = read(told, options);
  // What §2 alone would have given, at the same mended instants.
  const off = new Set(RULES.filter((rule) => options.off.has(rule) || !rule.startsWith("clock-")));
  const plain = reading.rules.length > 0 ? read(told, { ...options, off }) : reading;
  const mended = {
    mendings: reading.rules.length,
    mendedTime: unlikeMs(reading.parts, plain.parts) / 1000,
  };
  const stretches = stretchesOf(reading.parts, reading.events);
  const stalls = stallsOf(stretches, reading.title);
  return {
    metrics: { ...numbersOf(reading, stretches, stalls), ...mended },
    rules: [...new Set(reading.rules)].toSorted(),
    rows: rowsOf(reading, stalls),
  };
}

function read(told: readonly Told[], options: Options): Reading {
  const title = titleOf(told[0] as Told);
  const rules: Rule[] = [];
  const mend = (rule: Rule) => void rules.push(rule);
  const clock: { rule: Rule; event: Told }[] = [];
  const placed = placeByClock(withoutDuplicates(inMilliseconds(told)), options, (rule, event) =>
    clock.push({ rule, event }),
  );
  const ordered = orderTicks(placed, title.isLive, options.off.has("same-tick") ? undefined : mend);
  const end = ordered.findIndex(({ type }) => type === "sessionEnd");
  const endAt = ordered[end]?.at ?? Number.POSITIVE_INFINITY;
  const events = ordered.filter(({ at }, index) => index === 0 || at <= endAt);
  // Reading: what isn't counted mends nothing.
  const counted = new Set(events.map((each) => each.told));
  rules.push(...clock.filter(({ event }) => counted.has(event)).map(({ rule }) => rule));
  const course = Course.of(events, { ...title, off: options.off });
  rules.push(...course.mendings.map(({ rule }) => rule));
  if (options.off.has("gap-unobserved")) return { events, course, parts: course.parts, rules, title };
  const parts = withGaps(course.parts, events, title, options, isStill(events));
  for (const { kind } of parts) if (kind === "gap") mend("gap-unobserved");
  return { events, course, parts, rules, title };
}

function numbersOf(
  reading: Reading,
  stretches: readonly Stretch[],
  stalls: readonly Stall[],
): Record<string, number | null> {
  const { events, course, parts, title } = reading;
  const stalledMs = stalls.reduce((sum, { ms }) => sum + ms, 0);
  const contentMs = msOf(parts, "content") - stalledMs;
  const adMs = msOf(parts, "ad");
  const seen = seenIn({ stretches, course, title, events });
  const watched = watchedOf(seen);
  return {
    // First, so that no custom state takes the place of another number.
    ...statesOf(events),
    ...sessionNumbers(reading, contentMs, adMs),
    uniqueTimePlayed: lengthOf(watched) / 1000,
    contentSegmentViews: segmentsOf(watched),
    ...stateNumbers(reading, contentMs),
    ...adNumbers(course),
    chapterTimeSpent: chapterMs(reading, stalls) / 1000,
    stallEvents: stalls.length,
    stallImpactedStreams: Math.sign(stalls.length),
    totalStallingDuration: stalledMs / 1000,
    ...qualityNumbers(reading),
    ...furtherNumbers(reading, lengthOf(watched)),
    ...seekNumbers(reading, seen, contentMs),
  };
}

function msOf(parts: readonly Part[], kind: Kind): number {
  return parts.reduce((sum, part) => (part.kind === kind ? sum + part.to - part.from : sum), 0);
}

function sessionNumbers({ events, course, title }: Reading, contentMs: number, adMs: number) {
  const params = events[0]?.told.params ?? {};
  const starts = course.startedAt === undefined ? 0 : 1;
  const errors = events.filter(({ type }) => type === "error").length;
  const isFailed = starts === 0 && errors > 0;
  return {
    mediaStarts: 1,
    contentStarts: starts,
    contentCompletes: Math.min(starts, course.completions),
    dropsBeforeStart: 1 - starts,
    contentTimeSpent: contentMs / 1000,
    adTimeSpent: adMs / 1000,
    mediaTimeSpent: (contentMs + adMs) / 1000,
    averageMinuteAudience: title.isLive ? null : contentMs / (title.lengthMs ?? 0),
    ...progressOf({ events, course, title }),
    contentResumes: params["media.resume"] === true ? 1 : 0,
    estimatedStreams: Math.floor((contentMs + adMs) / 1_800_000) + 1,
    authorized: String(params["media.pass.auth"]).toLowerCase() === "true" ? 1 : 0,
    completionRate: starts === 0 ? null : Math.min(starts, course.completions) / starts,
    exitsBeforeStart: 1 - starts,
    playbackFailures: isFailed ? 1 : 0,
    errorEvents: errors,
    errorImpactedStreams: Math.sign(errors),
  };
}

function progressOf({ events, course, title }: Pick<Reading, "events" | "course" | "title">) {
  const { startedAt } = course;
  const furthest = Math.max(0, ...events.slice(startedAt).map(({ playheadMs }) => playheadMs));
  const marks = [10, 25, 50, 75, 95].map((percent) => {
    const isReached = startedAt !== undefined && furthest * 100 >= percent * (title.lengthMs ?? 0);
    return [`progress${percent}`, title.isLive ? null : Number(isReached)];
  });
  return Object.fromEntries(marks);
}

function stateNumbers({ events, course, parts }: Reading, contentMs: number): Record<string, number | null> {
  const { pauses, buffers, startedAt } = course;
  const bufferMs = msOf(parts, "buffer");
  const afterStart = parts.filter(({ after }) => startedAt !== undefined && after >= startedAt);
  const rebufferMs = msOf(afterStart, "buffer");
  const changes = events.filter(({ type }) => type === "bitrateChange").length;
  return {
    pauseEvents: pauses,
    pausedImpactedStreams: Math.sign(pauses),
    totalPauseDuration: msOf(parts, "pause") / 1000,
    bufferEvents: buffers.length,
    bufferImpactedStreams: Math.sign(buffers.length),
    totalBufferDuration: bufferMs / 1000,
    rebufferingDuration: rebufferMs / 1000,
    rebufferingRatio: rebufferMs + contentMs > 0 ? rebufferMs / (rebufferMs + contentMs) : null,
    bitrateChanges: changes,
    bitrateChangeImpactedStreams: Math.sign(changes),
  };
}

function adNumbers({ ads, pods, chapters }: Course): Record<string, number | null> {
  const completes = ads.filter(({ isCompleted }) => isCompleted).length;
  return {
    adBreaks: pods.length,
    adStarts: ads.length,
    adCount: ads.length,
    adCompletes: completes,
    adSkips: ads.filter(({ isSkipped }) => isSkipped).length,
    adCompletionRate: ads.length > 0 ? completes / ads.length : null,
    chapterStarts: chapters.length,
    chapterCount: chapters.length,
    chapterCompletes: chapters.filter(({ isCompleted }) => isCompleted).length,
    chapterSkips: chapters.filter(({ isSkipped }) => isSkipped).length,
  };
}

function qualityNumbers({ events, course, parts }: Reading): Record<string, number | null> {
  const frames = droppedFrames(events);
  return {
    averageBitrate: averageBitrate(events, parts),
    droppedFrames: frames,
    droppedFrameImpactedStreams: Math.sign(frames ?? 0),
    timeToStart: timeToStart(events, course.startedAt),
  };
}
