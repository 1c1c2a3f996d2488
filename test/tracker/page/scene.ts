/**
 * What runs in the page of a test: a player, the tracker on it, and a witness that measures by itself what the element does.
 *
 * Tests call `scene.…` and compare what the witness saw with what the server counted.
 */

import type { Content, TrackedEvent, Tracker, TrackSettings } from "../../../src/tracker/api.ts";

/** The libraries, as far as they are used; each is there on its own pages alone. */
interface Libraries {
  Hls?: new (
    config: object,
  ) => { loadSource(url: string): void; attachMedia(media: HTMLMediaElement): void; nextLevel: number };
  shaka?: { Player: new () => { attach(media: HTMLMediaElement): Promise<void>; load(url: string): Promise<void> } };
  videojs?: (media: HTMLMediaElement, options: object) => { src(source: object): void };
}

/** Milliseconds and counts, of the content unless it says otherwise. */
interface Truth {
  playMs: number;
  pauseMs: number;
  pauses: number;
  /** Each wait for data after the first frame. */
  waitsMs: number[];
  adMs: number;
  startMs: number;
}

const POLL_MS = 20;
const MEDIA_EVENTS = ["play", "playing", "pause", "waiting", "seeking", "seeked", "ended", "timeupdate"];

class Witness {
  readonly truth: Truth = { playMs: 0, pauseMs: 0, pauses: 0, waitsMs: [], adMs: 0, startMs: 0 };
  inAd = false;
  readonly #media: HTMLMediaElement;
  #state = "";
  #sinceMs = performance.now();
  #wishedAtMs = 0;

  constructor(media: HTMLMediaElement) {
    this.#media = media;
    for (const type of MEDIA_EVENTS) media.addEventListener(type, () => this.look());
    setInterval(() => this.look(), POLL_MS);
  }

  look(): void {
    const nowMs = performance.now();
    if (!this.#media.paused) this.#wishedAtMs ||= nowMs;
    const passedMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    const { truth } = this;
    const before = this.#state;
    if (before === "play") truth.playMs += passedMs;
    if (before === "pause") truth.pauseMs += passedMs;
    if (before === "wait") truth.waitsMs.push((truth.waitsMs.pop() ?? 0) + passedMs);
    if (before === "ad") truth.adMs += passedMs;
    const state = this.#seen();
    if (state === before) return;
    if (before === "" && state !== "play") return;
    if (before === "") truth.startMs = nowMs - this.#wishedAtMs;
    if (state === "pause") truth.pauses += 1;
    if (state === "wait") truth.waitsMs.push(0);
    this.#state = state;
  }

  #seen(): string {
    const media = this.#media;
    if (this.inAd) return "ad";
    if (media.ended) return "ended";
    if (media.paused) return "pause";
    return media.seeking || media.readyState < 3 ? "wait" : "play";
  }
}

function element(): HTMLVideoElement {
  return document.querySelector("video") as HTMLVideoElement;
}

function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!condition()) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
}

/**
 * Plays on, without waiting until it does: on a slow machine it may have come to what the site holds back by now, which
 * is let go of only afterwards.
 */
function resume(): void {
  void media.play();
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const query = new URLSearchParams(location.search);
const gate = query.get("gate") ?? "";
const media = element();
const libraries = window as unknown as Libraries;
const witness = new Witness(media);

/** Lets a player load the same eight seconds. @returns what is handed over to the tracker */
async function load(): Promise<object | undefined> {
  const { Hls, shaka, videojs } = libraries;
  const clip = `media/clip.mp4?gate=${gate}`;
  const list = new URL(`media/${gate || "all"}/master.m3u8`, location.href).href;
  if (Hls) {
    const hls = new Hls({ startLevel: 0, capLevelToPlayerSize: false, maxBufferLength: 30 });
    hls.loadSource(list);
    hls.attachMedia(media);
    return hls;
  }
  if (shaka) {
    const player = new shaka.Player();
    await player.attach(media);
    await player.load(list).catch(({ code, data }) => {
      throw new Error(`Shaka could not load: ${code} ${data}`);
    });
    return player;
  }
  if (videojs) videojs(media, { preload: "auto" }).src({ src: clip, type: "video/mp4" });
  else media.src = clip;
  return undefined;
}

const told: (TrackedEvent & { status: number; sid: string })[] = [];
const scene = {
  media,
  witness,
  told,
  tracker: undefined as unknown as Tracker,
  async track(content: Partial<Content> = {}, settings: TrackSettings = {}): Promise<void> {
    const player = await load();
    const observe: TrackSettings["observe"] = (event, status, sid) => told.push({ ...event, status, sid });
    const all = { id: gate || "clip", name: "Clip", channel: "test", ...content };
    const track = window.Playhead?.track;
    if (track) scene.tracker = track(media, all, { ...(player && { player }), observe, ...settings });
    await until(() => media.readyState >= 2);
  },
  /** Plays on to the end, which the tracker has told of then. */
  async finish(): Promise<void> {
    await until(() => told.some(({ eventType }) => eventType === "sessionComplete"));
  },
  async play(untilS: number): Promise<void> {
    // On a busy machine it may have come to its end by now, and would begin anew.
    if (!media.ended) await media.play();
    await until(() => media.currentTime >= untilS || media.ended);
  },
  /** Pauses for a while, and plays on. */
  async pause(ms: number): Promise<void> {
    media.pause();
    await sleep(ms);
    resume();
  },
  async seek(toS: number): Promise<void> {
    media.currentTime = toS;
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
    media.pause();
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
