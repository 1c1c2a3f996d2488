/** §9: failures, starts, what players report of rates, and ads, in the plainest way. */

import type { Course, Part } from "./course.ts";
import { bitratesOf, droppedFrames, qoeOf } from "./quality.ts";
import { adMs } from "./rows.ts";
import type { Placed, Title } from "./told.ts";

interface Read {
  readonly events: readonly Placed[];
  readonly course: Course;
  readonly parts: readonly Part[];
  readonly title: Title;
}

type Numbers = Readonly<Record<string, number | null>>;

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
const lengthOf = ({ from, to }: Part) => to - from;

/** @param uniqueMs how much of the content was watched */
export function furtherNumbers(read: Read, uniqueMs: number): Numbers {
  const { events, course, title } = read;
  const hasStarted = course.startedAt !== undefined;
  const lengthMs = hasStarted && !title.isLive ? (title.lengthMs ?? null) : null;
  return {
    newStreams: events[0]?.told.params?.["media.resume"] === true ? 0 : 1,
    contentLength: lengthMs === null ? null : lengthMs / 1000,
    averagePercentWatched: lengthMs === null ? null : uniqueMs / lengthMs,
    ...startNumbers(read),
    ...failureNumbers(read),
    ...bitrateNumbers(events),
    ...frameNumbers(read),
    ...adNumbers(read),
  };
}

function startNumbers({ events, course, parts }: Read): Numbers {
  const { startedAt, ads } = course;
  const first = Math.min(...events.slice(0, 2).map(({ at }) => at));
  const before = parts.filter(({ after }) => after < (startedAt ?? Number.POSITIVE_INFINITY));
  return {
    computedTimeToStart:
      startedAt === undefined ? null : sum(before.filter(({ isInBreak }) => !isInBreak).map(lengthOf)) / 1000,
    timeToFirstAd: ads[0] ? (ads[0].by.at - first) / 1000 : null,
    initialBufferDuration: sum(before.filter(({ kind }) => kind === "buffer").map(lengthOf)) / 1000,
  };
}

function failureNumbers({ events, course, parts, title }: Read): Numbers {
  const { startedAt, pods, completions } = course;
  const isError = ({ type }: Placed) => type === "error";
  const hasError = events.some(isError);
  const last = events.findLastIndex((event, index) => isError(event) && index > (startedAt ?? index));
  const playedMs = parts
    .filter(({ after }) => after >= last)
    .map((part) => {
      const before = events[part.after];
      const behind = events[part.after + 1];
      const stepMs = Math.abs((behind?.playheadMs ?? 0) - (before?.playheadMs ?? 0));
      if (part.kind === "ad") return lengthOf(part);
      if (part.kind !== "content") return 0;
      return title.isLive ? lengthOf(part) : Math.min(lengthOf(part), stepMs);
    });
  const hasFailed = last >= 0 && completions === 0 && sum(playedMs) < 1000;
  const score = hasFailed ? 0.5 : 1;
  return {
    exitsWithoutError: Number(startedAt === undefined && !hasError),
    exitsDuringPreRoll: Number(startedAt === undefined && pods.length > 0),
    midstreamFailures: Number(hasFailed),
    playbackSuccessScore: startedAt === undefined ? (hasError ? 0 : null) : score,
  };
}

function bitrateNumbers(events: readonly Placed[]): Numbers {
  const known = bitratesOf(events).filter((bitrate) => bitrate > 0);
  const turns = known.map((bitrate, index) => Math.sign(bitrate - (known[index - 1] ?? bitrate)));
  return {
    startBitrate: known[0] ?? null,
    peakBitrate: known.length > 0 ? Math.max(...known) : null,
    bitrateUpshifts: turns.filter((turn) => turn > 0).length,
    bitrateDownshifts: turns.filter((turn) => turn < 0).length,
  };
}

function frameNumbers({ events, parts }: Read): Numbers {
  let latest = 0;
  const fps = events.map((event) => {
    latest = qoeOf(event, "framesPerSecond") || latest;
    return latest;
  });
  const played = parts.filter(({ kind, after }) => (kind === "content" || kind === "ad") && (fps[after] ?? 0) > 0);
  const playedMs = sum(played.map(lengthOf));
  const thousandths = sum(played.map((part) => (fps[part.after] ?? 0) * lengthOf(part)));
  const dropped = droppedFrames(events);
  const shown = Math.round(thousandths / 1000);
  return {
    averageFps: playedMs > 0 ? thousandths / playedMs : null,
    expectedFrames: playedMs > 0 ? shown : null,
    droppedFrameRatio: playedMs > 0 && shown > 0 && dropped !== null ? dropped / shown : null,
  };
}

function adNumbers({ events, course, parts }: Read): Numbers {
  const { ads, pods, adBefore, adAfter } = course;
  const reached = (share: number) => ads.filter((ad) => ad.lengthMs && adMs(parts, ad) >= share * ad.lengthMs).length;
  return {
    adErrors: events.filter(({ type }, index) => type === "error" && adBefore[index]).length,
    adAbandons: Number(adAfter[events.length - 1] !== undefined),
    emptyAdBreaks: pods.filter((pod) => pod.ads === 0).length,
    adQuartile25: reached(0.25),
    adQuartile50: reached(0.5),
    adQuartile75: reached(0.75),
  };
}
