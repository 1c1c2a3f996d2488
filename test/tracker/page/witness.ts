/** What a page of a test sees of its element by itself, to be held against what the server counted. */

/** Milliseconds and counts, of the content unless it says otherwise. */
export interface Truth {
  playMs: number;
  pauseMs: number;
  pauses: number;
  /** Each wait for data after the first frame. */
  waitsMs: number[];
  adMs: number;
  startMs: number;
  /** Seconds of the content that were played, each once. */
  watchedS: number;
}

const POLL_MS = 20;
/** A step of the playhead that is no more than this beyond what the time allows was played. */
const SLACK_S = 0.2;
const MEDIA_EVENTS = ["play", "playing", "pause", "waiting", "seeking", "seeked", "ended", "timeupdate"];

export class Witness {
  readonly truth: Truth = { playMs: 0, pauseMs: 0, pauses: 0, waitsMs: [], adMs: 0, startMs: 0, watchedS: 0 };
  inAd = false;
  readonly #media: HTMLMediaElement;
  #state = "";
  #sinceMs = performance.now();
  #wishedAtMs = 0;
  #playheadS = 0;
  readonly #spans: [fromS: number, toS: number][] = [];

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
    this.#watch(passedMs / 1000);
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

  /** Joins the step since the last look to what was watched. */
  #watch(passedS: number): void {
    const from = this.#playheadS;
    const to = this.#media.currentTime;
    this.#playheadS = to;
    const isPlayed = to > from && to - from <= passedS * this.#media.playbackRate + SLACK_S;
    if (this.#state !== "play" || this.#media.seeking || !isPlayed) return;
    const last = this.#spans.at(-1);
    if (last?.[1] === from) last[1] = to;
    else this.#spans.push([from, to]);
    let end = 0;
    this.truth.watchedS = 0;
    for (const [start, stop] of this.#spans.toSorted(([a], [b]) => a - b)) {
      this.truth.watchedS += Math.max(0, stop - Math.max(start, end));
      end = Math.max(end, stop);
    }
  }

  #seen(): string {
    const media = this.#media;
    if (this.inAd) return "ad";
    if (media.ended) return "ended";
    if (media.paused) return "pause";
    return media.seeking || media.readyState < 3 ? "wait" : "play";
  }
}

export function until(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (!condition()) return;
      clearInterval(timer);
      resolve();
    }, 5);
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
