/** Filters that can't stand beside a dimension. */

import { describe, expect, test } from "bun:test";
import { clashOf } from "../../src/dashboard/model/clash.ts";
import { DIMENSIONS } from "../../src/reports/catalogue/dimensions.ts";

const clash = (by: string, ...filters: string[]) => clashOf(by, filters, DIMENSIONS);

describe("a filter", () => {
  test("of an ad can't stand beside chapters, nor one of an error beside ads", () => {
    expect(clash("media.chapter.index", "media.channel==web", "media.ad.id==a1")).toBe("media.ad.id==a1");
    expect(clash("media.ad.advertiser", "media.qoe.errorID=~net")).toBe("media.qoe.errorID=~net");
    expect(clash("media.channel,media.chapter.index", "media.ad.podIndex in 1,2")).toBe("media.ad.podIndex in 1,2");
  });

  test("of a break can stand beside ads, and one of a session or a metric beside anything", () => {
    expect(clash("media.ad.id", "media.ad.podIndex==1")).toBeUndefined();
    expect(clash("media.ad.podIndex", "media.ad.id==a")).toBeUndefined();
    expect(clash("media.chapter.index", "media.channel==web", "adStarts>0", "customMetadata.plan==a")).toBeUndefined();
    expect(clash("media.channel", "media.ad.id==a1")).toBeUndefined();
  });
});
