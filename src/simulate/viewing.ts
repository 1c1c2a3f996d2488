/** One session, from the wish to watch to its end. */

import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { Parameters } from "../protocol/event.ts";
import { type Act, planActs, type SimulatedViewing } from "./acts.ts";
import { playAdBreak } from "./ad-break.ts";
import type { SimulatedAd } from "./ads.ts";
import type { Viewer } from "./audience.ts";
import { SimulatedPlayback } from "./playback.ts";
import { Quality } from "./quality.ts";
import type { Random } from "./random.ts";
import type { SimulatedChapter, Title } from "./titles.ts";
import type { Pings, WireEvent } from "./wire.ts";
import type { Zipf } from "./zipf.ts";

interface Wish {
  readonly viewer: Viewer;
  readonly title: Title;
  readonly random: Random;
  readonly ads: Zipf<SimulatedAd>;
  readonly startMs: number;
  readonly pings: Pings;
  /** Whether the fault of a release shows. */
  readonly isFaulty: boolean;
}

/** From where to where a viewer means to watch, and what ends it. */
interface Intent {
  readonly fromMs: number;
  readonly leaveAtMs: number;
  readonly end: "completes" | "leaves" | "fails";
  readonly resumes: boolean;
}

const RESUME_LENGTH_MS_MIN = 20 * MINUTE_MS;
const RESUME_RATIO = 0.12;
const WATCH_MS_MAX = 4 * HOUR_MS;
const MS_PER_FATAL_ERROR = 25 * HOUR_MS;
const START_ERRORS = ["manifest-404", "drm-license", "decoder-init"];
const AD_REQUEST_MS = 150;
const POST_ROLL_RATIO = 0.15;
const SILENT_AFTER_END_RATIO = 0.08;

/** Plays a whole session. @returns what the player sends */
export function viewingOf(wish: Wish): WireEvent[] {
  const { viewer, title, random, startMs, pings } = wish;
  const intent = intentOf(wish);
  const quality = new Quality(viewer, title.kind.streamType, random);
  const playback = new SimulatedPlayback({ startMs, playheadMs: intent.fromMs, pings, quality });
  const viewing: SimulatedViewing = { viewer, title, random, playback };
  playback.say("sessionStart", {
    params: {
      ...viewer.params,
      ...title.params,
      ...(intent.resumes && ({ "media.resume": true } satisfies Parameters)),
    },
    customMetadata: viewer.customMetadata,
  });
  const showsAds = !viewer.subscribed && random.chance(title.kind.preRollRatio);
  const silent = random.chance(viewer.player.silentRatio);
  const stays = begin(viewing, wish, showsAds) && watch(viewing, intent, showsAds ? wish.ads : undefined);
  const completes = stays && intent.end === "completes";
  if (stays) conclude(viewing, intent, showsAds ? wish.ads : undefined);
  if (completes ? !random.chance(SILENT_AFTER_END_RATIO) : !silent) playback.say("sessionEnd");
  return playback.bodies;
}

function intentOf({ viewer, title, random, startMs }: Wish): Intent {
  const { kind, lengthMs } = title;
  if (kind.form === "station") {
    const fromMs = startMs % DAY_MS;
    return leaving(random, { fromMs, leaveAtMs: fromMs + watchMsOf(random, 6 * MINUTE_MS), resumes: false });
  }
  const resumes = !kind.broadcast && lengthMs > RESUME_LENGTH_MS_MIN && random.chance(RESUME_RATIO);
  const joinsLate = kind.broadcast || resumes;
  const fromMs = joinsLate ? Math.round(lengthMs * 0.8 * random.ratio()) : 0;
  if (random.chance(title.completionRatio + (viewer.stays ? 0.04 : 0))) {
    return failing(random, { fromMs, leaveAtMs: lengthMs, end: "completes", resumes });
  }
  const watchMs = kind.broadcast
    ? watchMsOf(random, 12 * MINUTE_MS)
    : (lengthMs - fromMs) * random.ratio() ** title.bounceExponent;
  const leaveAtMs = Math.min(fromMs + Math.max(SECOND_MS, Math.round(watchMs)), lengthMs - SECOND_MS);
  return leaving(random, { fromMs, leaveAtMs, resumes });
}

function watchMsOf(random: Random, medianMs: number): number {
  return Math.round(Math.min(random.logNormal(medianMs, 1.1), WATCH_MS_MAX));
}

function leaving(random: Random, intent: Omit<Intent, "end">): Intent {
  return failing(random, { ...intent, end: "leaves" });
}

/** Draws whether the player gives up before its viewer does. */
function failing(random: Random, intent: Intent): Intent {
  const failsAtMs = intent.fromMs + Math.round(-Math.log(1 - random.ratio()) * MS_PER_FATAL_ERROR);
  return failsAtMs < intent.leaveAtMs ? { ...intent, leaveAtMs: failsAtMs, end: "fails" } : intent;
}

/** From the wish to the first frame. @returns whether that frame comes */
function begin(viewing: SimulatedViewing, { ads, isFaulty }: Wish, showsAds: boolean): boolean {
  const { viewer, playback, random } = viewing;
  const { timeToStartMs } = playback.quality;
  const { startErrorRatio, faultyStartErrorRatio = startErrorRatio } = viewer.release;
  if (random.chance(isFaulty ? faultyStartErrorRatio : startErrorRatio)) {
    playback.hush(timeToStartMs);
    playback.say("error", {
      qoeData: { "media.qoe.errorID": random.pick(START_ERRORS), "media.qoe.errorSource": "player" },
    });
    return false;
  }
  if (timeToStartMs > viewer.patienceMs) {
    playback.hush(viewer.patienceMs);
    return false;
  }
  if (showsAds) {
    playback.hush(timeToStartMs / 2);
    if (!playAdBreak(viewing, { name: "pre-roll", index: 1, ads })) return false;
  }
  playback.hush(timeToStartMs);
  playback.report("play");
  return true;
}

/** Watches content with its acts. @returns whether the viewer stayed as long as intended */
function watch(viewing: SimulatedViewing, { fromMs, leaveAtMs }: Intent, ads: Zipf<SimulatedAd> | undefined): boolean {
  const course = new ContentCourse(viewing, leaveAtMs, ads);
  const end: Act = { afterMs: Number.POSITIVE_INFINITY, perform: () => {} };
  for (const act of [...planActs(viewing, leaveAtMs - fromMs), end]) {
    if (!course.playUntil(act.afterMs)) return false;
    if (course.isOver) return true;
    act.perform(viewing);
    if (!course.arrive()) return false;
  }
  return true;
}

/** The content's own events as it plays: its chapters and its ad breaks. */
class ContentCourse {
  readonly #viewing: SimulatedViewing;
  readonly #leaveAtMs: number;
  readonly #ads: Zipf<SimulatedAd> | undefined;
  #chapter: SimulatedChapter | undefined;
  #watchedMs = 0;
  /** The last break that the viewer has passed. */
  #breakMs: number;
  #breaks = 1;

  constructor(viewing: SimulatedViewing, leaveAtMs: number, ads: Zipf<SimulatedAd> | undefined) {
    this.#viewing = viewing;
    this.#leaveAtMs = leaveAtMs;
    this.#ads = ads;
    this.#breakMs = viewing.playback.playheadMs;
    this.#turnToChapter();
  }

  get isOver(): boolean {
    return this.#viewing.playback.playheadMs >= this.#leaveAtMs;
  }

  /** Plays until so much is watched, or all that was intended. @returns whether the viewer is still there */
  playUntil(watchedMs: number): boolean {
    const { playback } = this.#viewing;
    while (this.#watchedMs < watchedMs && !this.isOver) {
      const stepMs = Math.min(watchedMs - this.#watchedMs, this.#nextMarkMs() - playback.playheadMs);
      playback.play(stepMs);
      this.#watchedMs += stepMs;
      if (!this.arrive()) return false;
    }
    return true;
  }

  /** Does what is due where the playhead is now. @returns whether the viewer is still there */
  arrive(): boolean {
    const { playback, title } = this.#viewing;
    this.#turnToChapter();
    const crossedMs = this.#ads && title.breaksMs.findLast((each) => each <= playback.playheadMs);
    if (!this.#ads || crossedMs === undefined || crossedMs <= this.#breakMs || this.isOver) return true;
    this.#breakMs = crossedMs;
    this.#breaks += 1;
    // Loading the ads takes time; a break in the same tick as the `play` of a seek would swallow it.
    playback.hush(AD_REQUEST_MS);
    return playAdBreak(this.#viewing, { name: "mid-roll", index: this.#breaks, ads: this.#ads });
  }

  #nextMarkMs(): number {
    const { playback, title } = this.#viewing;
    const breakMs = this.#ads && title.breaksMs.find((each) => each > Math.max(playback.playheadMs, this.#breakMs));
    return Math.min(
      this.#leaveAtMs,
      this.#chapter?.endMs ?? Number.POSITIVE_INFINITY,
      breakMs ?? Number.POSITIVE_INFINITY,
    );
  }

  #turnToChapter(): void {
    const { playback, title } = this.#viewing;
    const { playheadMs } = playback;
    const chapter = title.chapters.find(({ offsetMs, endMs }) => playheadMs >= offsetMs && playheadMs < endMs);
    if (chapter === this.#chapter) return;
    if (this.#chapter) playback.say(playheadMs === this.#chapter.endMs ? "chapterComplete" : "chapterSkip");
    if (chapter) playback.say("chapterStart", { params: chapter.params });
    this.#chapter = chapter;
  }
}

/** Reports the end of the content, or of the player. */
function conclude(viewing: SimulatedViewing, { end }: Intent, ads: Zipf<SimulatedAd> | undefined): void {
  const { playback, random } = viewing;
  if (end === "fails") {
    playback.say("error", { qoeData: { "media.qoe.errorID": "network-lost", "media.qoe.errorSource": "external" } });
  } else if (end === "completes") {
    playback.report("sessionComplete");
    if (ads && random.chance(POST_ROLL_RATIO)) playAdBreak(viewing, { name: "post-roll", index: -1, ads });
  }
}
