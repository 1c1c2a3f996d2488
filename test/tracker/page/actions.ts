/** What tests do with a player in their page: they call `scene.…`, and compare its witness with what the server counted. */

import type { Content, TrackedEvent, Tracker, TrackSettings } from "../../../src/tracker/api.ts";
import { sleep, type Truth, until, Witness } from "./witness.ts";

export interface Player {
  /** Where the pictures are. */
  readonly media: HTMLMediaElement;
  /** What is tracked, played and paused, if that is another element around it. */
  readonly tracked?: HTMLMediaElement;
  readonly playerName?: string;
  /** Lets it load its content, or its player. @returns what is handed over to the tracker */
  readonly load?: () => Promise<object | undefined>;
  /** What it does once it is tracked. */
  readonly begin?: () => void;
}

export const gate = new URLSearchParams(location.search).get("gate") ?? "";

export function openScene({ media, tracked = media, playerName, load, begin }: Player): void {
  const witness = new Witness(media);

  /**
   * Plays on, without waiting until it does: on a slow machine it may have come to what the site holds back by now, which
   * is let go of only afterwards.
   */
  function resume(): void {
    void tracked.play();
  }

  const told: (TrackedEvent & { status: number; sid: string })[] = [];
  const scene = {
    media,
    witness,
    told,
    tracker: undefined as unknown as Tracker,
    async track(content: Partial<Content> = {}, settings: TrackSettings = {}): Promise<void> {
      const player = await load?.();
      const observe: TrackSettings["observe"] = (event, status, sid) => told.push({ ...event, status, sid });
      const all = { id: gate || "clip", name: "Clip", channel: "test", ...(playerName && { playerName }), ...content };
      const track = window.Playhead?.track;
      if (track) scene.tracker = track(tracked, all, { ...(player && { player }), observe, ...settings });
      begin?.();
      await until(() => media.readyState >= 2);
    },
    /** Plays on to the end, and until the tracker has reported it. */
    async finish(): Promise<void> {
      await until(() => told.some(({ eventType }) => eventType === "sessionComplete"));
    },
    async play(untilS: number): Promise<void> {
      // On a busy machine it may have come to its end by now, and would begin again.
      if (!media.ended) await tracked.play();
      await until(() => media.currentTime >= untilS || media.ended);
    },
    /** Pauses for a while, and plays on. */
    async pause(ms: number): Promise<void> {
      tracked.pause();
      await sleep(ms);
      resume();
    },
    async seek(toS: number): Promise<void> {
      tracked.currentTime = toS;
      await until(() => !media.seeking);
    },
    /** Plays into what the site holds back, waits there for a while, and lets it go. */
    async buffer(ms: number): Promise<void> {
      await until(() => media.readyState < 3);
      await sleep(ms);
      await fetch(`release?gate=${gate}`);
      await until(() => media.readyState >= 3);
    },
    async mute(ms: number): Promise<void> {
      media.muted = true;
      await sleep(ms);
      media.muted = false;
    },
    async fullScreen(ms: number): Promise<void> {
      await document.documentElement.requestFullscreen();
      await sleep(ms);
      await document.exitFullscreen();
    },
    /** An ad in an element of its own, as client-side ads have it. */
    async ad(ms: number): Promise<void> {
      const { tracker } = scene;
      tracked.pause();
      tracker.adBreakStart({ podFriendlyName: "mid-roll" });
      tracker.adStart({ id: "ad-1", name: "An ad", length: ms / 1000 });
      witness.inAd = true;
      witness.look();
      await sleep(ms);
      tracker.adComplete();
      witness.look();
      witness.inAd = false;
      tracker.adBreakComplete();
      resume();
    },
    truth(): Truth {
      witness.look();
      return witness.truth;
    },
    until,
    sleep,
  };
  addEventListener("pagehide", () => navigator.sendBeacon(`truth?gate=${gate}`, JSON.stringify(scene.truth())));
  Object.assign(window, { scene });
}
