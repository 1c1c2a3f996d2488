/** The ad inventory: advertisers with their campaigns, campaigns with their creatives. */

import { SECOND_MS } from "../base/units.ts";
import type { Parameters } from "../protocol/event.ts";
import { brandName } from "./names.ts";
import { Random } from "./random.ts";
import { Zipf } from "./zipf.ts";

export interface SimulatedAd {
  readonly lengthMs: number;
  readonly skippable: boolean;
  /** An ad without its position in a break and its player. */
  readonly params: Parameters;
}

const STREAM = 4;
const ADVERTISERS = 40;
const ZIPF_EXPONENT = 0.7;
const LENGTHS_S = [6, 10, 15, 15, 20, 20, 30];
const SKIPPABLE_FROM_S = 15;

/** Makes the ads, the most booked first. */
export function adInventory(seed: number): Zipf<SimulatedAd> {
  const random = new Random(seed, STREAM, 0);
  const ads: SimulatedAd[] = [];
  for (let number = 1; number <= ADVERTISERS; number += 1) {
    const advertiser = brandName(random);
    const campaigns = random.integer(1, 3);
    for (let campaign = 1; campaign <= campaigns; campaign += 1) {
      const creatives = random.integer(1, 3);
      for (let creative = 1; creative <= creatives; creative += 1) {
        ads.push(adOf({ advertiser, id: `ad-${number}-${campaign}-${creative}`, campaign, random }));
      }
    }
  }
  return new Zipf(ads, ZIPF_EXPONENT);
}

interface AdSeed {
  readonly advertiser: string;
  readonly id: string;
  readonly campaign: number;
  readonly random: Random;
}

function adOf({ advertiser, id, campaign, random }: AdSeed): SimulatedAd {
  const seconds = random.pick(LENGTHS_S);
  return {
    lengthMs: seconds * SECOND_MS,
    skippable: seconds >= SKIPPABLE_FROM_S && random.chance(0.6),
    params: {
      "media.ad.id": id,
      "media.ad.name": `${advertiser} ${seconds}s`,
      "media.ad.length": seconds,
      "media.ad.advertiser": advertiser,
      "media.ad.campaignId": `${advertiser.split(" ")[0]}-${campaign}`,
      "media.ad.creativeId": id.slice("ad-".length),
    },
  };
}
