/** Plays ad breaks: pods of one to three ads, some skipped, some that fail, some that drive the viewer away. */

import { SECOND_MS } from "../base/units.ts";
import type { SimulatedViewing } from "./acts.ts";
import type { SimulatedAd } from "./ads.ts";
import type { Zipf } from "./zipf.ts";

interface SimulatedBreak {
  readonly name: "pre-roll" | "mid-roll" | "post-roll";
  /** The break's number in the content, from 1. */
  readonly index: number;
  readonly ads: Zipf<SimulatedAd>;
}

/** A pod of 1, 2 or 3 ads, by weight. */
const PODS = [
  { ads: 1, weight: 55 },
  { ads: 2, weight: 33 },
  { ads: 3, weight: 12 },
];
const SKIP_RATIO = 0.45;
const LEAVE_RATIO = 0.012;
const FAIL_RATIO = 0.015;
const FAIL_MS_MAX = 3 * SECOND_MS;
/** As VAST numbers them: no file was found in time, none can be played, and one that can't be shown. */
const AD_ERRORS = ["vast-402", "vast-403", "vast-405"];
const SKIP_AFTER_MS = 5 * SECOND_MS;

/** Plays a break. @returns whether the viewer is still there after it */
export function playAdBreak(viewing: SimulatedViewing, { name, index, ads }: SimulatedBreak): boolean {
  const { playback, random } = viewing;
  playback.say("adBreakStart", {
    params: {
      "media.ad.podFriendlyName": name === "mid-roll" ? `${name} ${index}` : name,
      "media.ad.podIndex": index,
      "media.ad.podSecond": playback.playheadSeconds,
    },
  });
  const pod = random.weighted(PODS);
  for (let position = 1; position <= pod.ads; position += 1) {
    if (!playAd(viewing, ads.pick(random), position)) return false;
  }
  playback.say("adBreakComplete");
  return true;
}

function playAd(
  { viewer, playback, random }: SimulatedViewing,
  { lengthMs, skippable, params }: SimulatedAd,
  position: number,
): boolean {
  playback.say("adStart", {
    params: { ...params, "media.ad.podPosition": position, "media.ad.playerName": viewer.player.name },
  });
  const fate = random.ratio();
  if (fate < LEAVE_RATIO) {
    playback.playAd(random.between(SECOND_MS, lengthMs));
    return false;
  }
  if (fate < LEAVE_RATIO + FAIL_RATIO) {
    playback.playAd(random.between(0, FAIL_MS_MAX));
    playback.say("error", {
      qoeData: { "media.qoe.errorID": random.pick(AD_ERRORS), "media.qoe.errorSource": "external" },
    });
    playback.say("adSkip");
    return true;
  }
  if (skippable && viewer.player.canSkipAds && random.chance(SKIP_RATIO)) {
    playback.playAd(Math.min(random.between(SKIP_AFTER_MS, 2 * SKIP_AFTER_MS), lengthMs - SECOND_MS));
    playback.say("adSkip");
    return true;
  }
  playback.playAd(lengthMs);
  playback.say("adComplete");
  return true;
}
