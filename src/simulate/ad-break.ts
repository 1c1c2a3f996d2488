/** Plays ad breaks: pods of one to three ads, some skipped, some that drive the viewer away. */

import { SECOND_MS } from "../base/units.ts";
import type { Viewing } from "./acts.ts";
import type { Ad } from "./ads.ts";
import type { Members } from "./wire.ts";
import type { Zipf } from "./zipf.ts";

interface AdBreak {
  readonly name: "pre-roll" | "mid-roll" | "post-roll";
  /** The break's number in the content, from 1. */
  readonly index: number;
  readonly ads: Zipf<Ad>;
}

/** A pod of 1, 2 or 3 ads, by weight. */
const PODS = [
  { ads: 1, weight: 55 },
  { ads: 2, weight: 33 },
  { ads: 3, weight: 12 },
];
const AD_ERROR: Members = { qoeData: { "media.qoe.errorID": "ad-not-playable", "media.qoe.errorSource": "player" } };
/** A player waits a little for a file that doesn't come, and then goes on to the next. */
const FAILS_AFTER_MS = 800;
const GIVES_UP_MS = 200;
const SKIP_RATIO = 0.45;
const LEAVE_RATIO = 0.012;
const SKIP_AFTER_MS = 5 * SECOND_MS;

/** Plays a break. @returns whether the viewer is still there after it */
export function playAdBreak(viewing: Viewing, { name, index, ads }: AdBreak): boolean {
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

function playAd({ viewer, playback, random }: Viewing, ad: Ad, position: number): boolean {
  const { lengthMs, skippable, failRatio, params } = ad;
  playback.say("adStart", {
    params: { ...params, "media.ad.podPosition": position, "media.ad.playerName": viewer.player.name },
  });
  // Only a broken ad draws, so that all other viewings stay what they were.
  if (failRatio > 0 && random.chance(failRatio)) {
    playback.playAd(FAILS_AFTER_MS);
    playback.say("error", AD_ERROR);
    playback.playAd(GIVES_UP_MS);
    playback.say("adSkip");
    return true;
  }
  if (random.chance(LEAVE_RATIO)) {
    playback.playAd(random.between(SECOND_MS, lengthMs));
    return false;
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
