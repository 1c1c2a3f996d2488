/** What a player reports about quality: the latest value is the one that counts, whatever event reported it. */

import { BITS_PER_KILOBIT, SECOND_MS } from "../base/units.ts";
import type { BitrateUnit } from "../protocol/bitrate-unit.ts";
import type { PlayerEvent } from "../protocol/event.ts";
import { flag } from "../protocol/flags.ts";
import { addFlag, addFlagOnce } from "./mend.ts";
import { reportedNumber } from "./reported.ts";
import type { Tally } from "./tally.ts";
import type { TimelineEntry } from "./timeline.ts";

/** A bitrate below this many bits is one in kilobits. */
const KILOBITS_MAX = 10_000;
const PLAUSIBLE_MAX = 1e9;

/** What was reported so far. Weighted sums are over the play time for which the value was known. */
export interface QualityReports {
  bitrate: number | undefined;
  startBitrate: number | undefined;
  peakBitrate: number | undefined;
  upshifts: number;
  downshifts: number;
  bitrateMs: number;
  bitrateTimesMs: number;
  fps: number | undefined;
  fpsMs: number;
  fpsTimesMs: number;
  droppedFrames: number | undefined;
  timeToStartMs: number | undefined;
}

export function newReports(): QualityReports {
  return {
    bitrate: undefined,
    startBitrate: undefined,
    peakBitrate: undefined,
    upshifts: 0,
    downshifts: 0,
    bitrateMs: 0,
    bitrateTimesMs: 0,
    fps: undefined,
    fpsMs: 0,
    fpsTimesMs: 0,
    droppedFrames: undefined,
    timeToStartMs: undefined,
  };
}

/** Weighs what was reported last with the time for which it plays. */
export function weighReports({ reports }: Tally, ms: number): void {
  const { bitrate, fps } = reports;
  if (bitrate !== undefined) {
    reports.bitrateMs += ms;
    reports.bitrateTimesMs += bitrate * ms;
  }
  if (fps !== undefined) {
    reports.fpsMs += ms;
    reports.fpsTimesMs += fps * ms;
  }
}

/** Notes what an event reports. Each key is written out, which the engine reads several times as fast. */
export function noteQuality(tally: Tally, entry: TimelineEntry, unit: BitrateUnit, wasStarted = false): void {
  const { qoeData, params } = entry.event;
  if (!qoeData && !params) return;
  const { reports } = tally;
  const bitrate = firstOf(qoeData?.["media.qoe.bitrate"], params?.["media.qoe.bitrate"]);
  if (bitrate) noteBitrate(reports, bitsOf(tally, entry, unit, bitrate));
  // As with bitrates, a player says 0 where it doesn't know.
  const fps = firstOf(qoeData?.["media.qoe.framesPerSecond"], params?.["media.qoe.framesPerSecond"]);
  if (fps) reports.fps = fps;
  const droppedFrames = firstOf(qoeData?.["media.qoe.droppedFrames"], params?.["media.qoe.droppedFrames"]);
  if (droppedFrames !== undefined) reports.droppedFrames = droppedFrames;
  const timeToStartMs = firstOf(qoeData?.["media.qoe.timeToStart"], params?.["media.qoe.timeToStart"]);
  if (timeToStartMs !== undefined && !(wasStarted && reports.timeToStartMs !== undefined)) {
    reports.timeToStartMs = timeToStartMs;
  }
}

function noteBitrate(reports: QualityReports, bitrate: number): void {
  const before = reports.bitrate ?? bitrate;
  if (bitrate > before) reports.upshifts += 1;
  if (bitrate < before) reports.downshifts += 1;
  reports.bitrate = bitrate;
  reports.startBitrate ??= bitrate;
  reports.peakBitrate = Math.max(bitrate, reports.peakBitrate ?? 0);
}

function firstOf(inQoeData: unknown, inParams: unknown): number | undefined {
  return reportedNumber(inQoeData) ?? reportedNumber(inParams);
}

function bitsOf(tally: Tally, entry: TimelineEntry, unit: BitrateUnit, bitrate: number): number {
  const isKilobits = isInKilobits(bitrate, unit);
  if (isKilobits) addFlag(entry, flag("bitrate-in-kilobits"));
  const bits = isKilobits ? bitrate * BITS_PER_KILOBIT : bitrate;
  if (bits > PLAUSIBLE_MAX) addFlagOnce(tally, entry, "bitrate-implausible");
  return bits;
}

function isInKilobits(bitrate: number, unit: BitrateUnit): boolean {
  return unit === "kbps" || (unit === "auto" && bitrate < KILOBITS_MAX);
}

/** The flags that an event's bitrate deserves. */
export function bitrateFlagsOf(
  { qoeData, params }: Pick<PlayerEvent, "qoeData" | "params">,
  unit: BitrateUnit,
): ("bitrate-in-kilobits" | "bitrate-implausible")[] {
  const bitrate = firstOf(qoeData?.["media.qoe.bitrate"], params?.["media.qoe.bitrate"]) ?? 0;
  const isKilobits = bitrate !== 0 && isInKilobits(bitrate, unit);
  const isImplausible = bitrate * (isKilobits ? BITS_PER_KILOBIT : 1) > PLAUSIBLE_MAX;
  return [
    ...(isKilobits ? (["bitrate-in-kilobits"] as const) : []),
    ...(isImplausible ? (["bitrate-implausible"] as const) : []),
  ];
}

/** How often as fast as time a playhead goes that is said in milliseconds. */
const MILLISECOND_SPEED = { min: 200, max: 5000 } as const;
export const MILLISECOND_STEPS = 3;

/** Notes a jump of the playhead that may be one of milliseconds. */
export function noteMilliseconds(tally: Tally, stepMs: number, ms: number): void {
  if (!isMillisecondStep(stepMs, ms)) return;
  tally.millisecondSteps += 1;
  if (tally.millisecondSteps === MILLISECOND_STEPS) addFlagOnce(tally, tally.last, "playhead-in-milliseconds");
}

/** Whether a playhead went on as one in milliseconds does. */
export function isMillisecondStep(stepMs: number, ms: number): boolean {
  return ms >= SECOND_MS && stepMs >= MILLISECOND_SPEED.min * ms && stepMs <= MILLISECOND_SPEED.max * ms;
}
