/** `tracker/ima.mjs`: the events of Google IMA's ads manager, as ads and ad breaks. */

import type { AdBreak, AdsManager, Tracker } from "./api.ts";

/** IMA's `google.ima.Ad`, as far as it is used. */
interface ImaAd {
  getAdId(): string;
  getTitle(): string;
  getDuration(): number;
  getAdvertiserName(): string;
  getCreativeId(): string;
  getAdPodInfo(): {
    getPodIndex(): number;
    getTimeOffset(): number;
    getAdPosition(): number;
  };
}

interface ImaEvent {
  getAd?(): ImaAd | null;
  getError?(): { getErrorCode(): number };
}

/** By IMA's own names, which `google.ima.AdEvent.Type` has under others. */
export function attach(tracker: Tracker, _media: HTMLMediaElement, adsManager: AdsManager): void {
  let isOpen = false;
  let adIsOpen = false;

  function openBreak(ad?: ImaAd | null): void {
    if (isOpen) return;
    isOpen = true;
    tracker.adBreakStart(ad ? breakOf(ad) : {});
  }

  function closeBreak(): void {
    closeAd("adComplete");
    if (isOpen) tracker.adBreakComplete();
    isOpen = false;
  }

  function closeAd(how: "adComplete" | "adSkip"): void {
    if (adIsOpen) tracker[how]();
    adIsOpen = false;
  }

  const on = (type: string, listener: (event: ImaEvent) => void) => adsManager.addEventListener(type, listener);
  on("contentPauseRequested", (event) => openBreak(event.getAd?.()));
  on("start", (event) => {
    const ad = event.getAd?.();
    if (!ad) return;
    openBreak(ad);
    closeAd("adComplete");
    adIsOpen = true;
    tracker.adStart({
      id: ad.getAdId() || "unknown",
      name: ad.getTitle() || ad.getAdId() || "unknown",
      length: Math.max(ad.getDuration(), 0),
      podPosition: ad.getAdPodInfo().getAdPosition(),
      playerName: "Google IMA",
      ...(ad.getAdvertiserName() && { advertiser: ad.getAdvertiserName() }),
      ...(ad.getCreativeId() && { creativeId: ad.getCreativeId() }),
    });
  });
  on("complete", () => closeAd("adComplete"));
  for (const type of ["skip", "userClose"]) on(type, () => closeAd("adSkip"));
  for (const type of ["contentResumeRequested", "allAdsCompleted"]) on(type, closeBreak);
  on("adError", (event) => {
    tracker.error(`IMA_${event.getError?.().getErrorCode() ?? "unknown"}`, "external");
    closeAd("adSkip");
    closeBreak();
  });
}

function breakOf(ad: ImaAd): AdBreak {
  const info = ad.getAdPodInfo();
  // A post-roll's offset is -1: it is where the content ends, which is the playhead.
  const second = info.getTimeOffset();
  return { podIndex: info.getPodIndex(), ...(second >= 0 && { podSecond: second }) };
}
