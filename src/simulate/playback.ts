/** A player at work: it keeps the time and the playhead, and reports what happens in the protocol's order. */

import { DAY_MS, secondsOf } from "../base/units.ts";
import type { EventType } from "../protocol/event.ts";
import type { Quality } from "./quality.ts";
import type { Pings, WireEvent, WireMembers } from "./wire.ts";

interface PlaybackOptions {
  readonly startMs: number;
  readonly playheadMs: number;
  readonly pings: Pings;
  readonly quality: Quality;
}

export class SimulatedPlayback {
  readonly bodies: WireEvent[] = [];
  readonly quality: Quality;
  readonly #pings: Pings;
  #nowMs: number;
  #playheadMs: number;
  #playedMs = 0;
  #pingsSaid = 0;

  constructor({ startMs, playheadMs, pings, quality }: PlaybackOptions) {
    this.#nowMs = startMs;
    this.#playheadMs = playheadMs;
    this.#pings = pings;
    this.quality = quality;
  }

  get playheadMs(): number {
    return this.#playheadMs;
  }

  /** In the wire's unit. A channel's playhead is the second of the day, and restarts at midnight. */
  get playheadSeconds(): number {
    return secondsOf(this.#playheadMs % DAY_MS);
  }

  say(eventType: EventType, members?: WireMembers): void {
    this.bodies.push({ eventType, playerTime: { playhead: this.playheadSeconds, ts: this.#nowMs }, ...members });
  }

  /** Reports an event with the current quality. */
  report(eventType: EventType): void {
    this.say(eventType, { qoeData: this.quality.report(this.#playedMs) });
  }

  /** Plays content for a while. */
  play(ms: number): void {
    this.#pass(ms, this.#pings.contentMs, (passedMs) => {
      this.#playheadMs += passedMs;
      this.#playedMs += passedMs;
    });
  }

  /** Plays an ad, while the content's playhead stands. */
  playAd(ms: number): void {
    this.#pass(ms, this.#pings.adMs);
  }

  /** Passes time without playing: a pause, or waiting for data. */
  wait(ms: number): void {
    this.#pass(ms, this.#pings.contentMs);
  }

  /** Passes time without playing or reporting. */
  hush(ms: number): void {
    this.#nowMs += Math.round(ms);
  }

  seek(playheadMs: number): void {
    this.#playheadMs = Math.round(playheadMs);
  }

  #pass(duration: number, pingMs: number, onPassed: (ms: number) => void = () => {}): void {
    let leftMs = Math.round(duration);
    for (; leftMs > pingMs; leftMs -= pingMs) {
      this.#nowMs += pingMs;
      onPassed(pingMs);
      this.#ping();
    }
    this.#nowMs += leftMs;
    onPassed(leftMs);
  }

  #ping(): void {
    this.#pingsSaid += 1;
    if (this.#pingsSaid % this.#pings.perReport === 0) this.report("ping");
    else this.say("ping");
  }
}
