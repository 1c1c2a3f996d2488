/** What a player knows about its stream: bitrate, frames, and how long the start took. */

import { MINUTE_MS } from "../base/units.ts";
import type { QoeData } from "../protocol/event.ts";
import type { Viewer } from "./audience.ts";
import type { Random } from "./random.ts";

const VIDEO_LADDER = [400_000, 900_000, 1_800_000, 3_500_000, 6_000_000, 9_000_000];
const AUDIO_LADDER = [64_000, 128_000, 256_000];
const FRAMES_PER_SECOND = 25;
const START_SIGMA = 0.55;

export class Quality {
  readonly #ladder: readonly number[];
  readonly #isVideo: boolean;
  readonly #droppedFramesPerMs: number;
  /** The highest rung that the connection carries today. */
  readonly #best: number;
  #rung: number;
  /** From the wish to play to the first frame. */
  readonly timeToStartMs: number;

  constructor({ player, connection }: Viewer, streamType: "video" | "audio", random: Random) {
    this.#isVideo = streamType === "video";
    this.#ladder = this.#isVideo ? VIDEO_LADDER : AUDIO_LADDER;
    this.#droppedFramesPerMs = this.#isVideo ? (player.droppedFramesPerMinute * random.ratio() ** 3) / MINUTE_MS : 0;
    const bitrateMax = random.logNormal(connection.bitrateMax, 0.4);
    this.#best = Math.max(
      0,
      this.#ladder.findLastIndex((bitrate) => bitrate <= bitrateMax),
    );
    // An adaptive player begins low and climbs.
    this.#rung = Math.max(0, this.#best - random.integer(0, 2));
    this.timeToStartMs = Math.round(random.logNormal(player.startMs * connection.slowness, START_SIGMA));
  }

  get isBest(): boolean {
    return this.#rung >= this.#best;
  }

  get isWorst(): boolean {
    return this.#rung === 0;
  }

  climb(): void {
    if (!this.isBest) this.#rung += 1;
  }

  fall(): void {
    if (!this.isWorst) this.#rung -= 1;
  }

  /** The `qoeData` of an event. @param playedMs content played by then */
  report(playedMs: number): QoeData {
    const common: QoeData = {
      "media.qoe.bitrate": this.#ladder[this.#rung] ?? 0,
      "media.qoe.timeToStart": this.timeToStartMs,
    };
    if (!this.#isVideo) return common;
    const droppedFrames = Math.floor(this.#droppedFramesPerMs * playedMs);
    return { ...common, "media.qoe.framesPerSecond": FRAMES_PER_SECOND, "media.qoe.droppedFrames": droppedFrames };
  }
}
