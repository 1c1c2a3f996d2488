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

type Key = "media.qoe.bitrate" | "media.qoe.droppedFrames" | "media.qoe.timeToStart";

/** Notes what an event reports. */
export function noteQuality(tally: Tally, entry: TimelineEntry, unit: BitrateUnit, wasStarted = false): void {
  const { event } = entry;
  if (!event.qoeData && !event.params) return;
  const bitrate = reported(event, "media.qoe.bitrate");
  if (bitrate) tally.bitrate = bitsOf(tally, entry, unit, bitrate);
  tally.droppedFrames = reported(event, "media.qoe.droppedFrames") ?? tally.droppedFrames;
  const timeToStartMs = reported(event, "media.qoe.timeToStart");
  if (timeToStartMs !== undefined && !(wasStarted && tally.timeToStartMs !== undefined)) {
    tally.timeToStartMs = timeToStartMs;
  }
}

function reported({ qoeData, params }: PlayerEvent, key: Key): number | undefined {
  return reportedNumber(qoeData?.[key]) ?? reportedNumber(params?.[key]);
}

function bitsOf(tally: Tally, entry: TimelineEntry, unit: BitrateUnit, bitrate: number): number {
  const isKilobits = unit === "kbps" || (unit === "auto" && bitrate < KILOBITS_MAX);
  if (isKilobits) addFlag(entry, flag("bitrate-in-kilobits"));
  const bits = isKilobits ? bitrate * BITS_PER_KILOBIT : bitrate;
  if (bits > PLAUSIBLE_MAX) addFlagOnce(tally, entry, "bitrate-implausible");
  return bits;
}

/** How often as fast as time a playhead goes that is said in milliseconds. */
const MILLISECOND_SPEED = { min: 200, max: 5000 } as const;
const MILLISECOND_STEPS = 3;

/** Notes a jump of the playhead that may be one of milliseconds. */
export function noteMilliseconds(tally: Tally, stepMs: number, ms: number): void {
  if (ms < SECOND_MS || stepMs < MILLISECOND_SPEED.min * ms || stepMs > MILLISECOND_SPEED.max * ms) return;
  tally.millisecondSteps += 1;
  if (tally.millisecondSteps === MILLISECOND_STEPS) addFlagOnce(tally, tally.last, "playhead-in-milliseconds");
}
