/** Counts of the last hour by the minute, and of the last minute by the second, in ring buffers. */

import { MINUTE_MS, SECOND_MS } from "../base/units.ts";

const COUNTS = ["starts", "events", "errors", "rejected"] as const;
export type Count = (typeof COUNTS)[number];

export interface Minute extends Record<Count, number> {
  /** The minute's first instant, milliseconds since the epoch. */
  readonly time: number;
  /** Most sessions that played at one of its seconds. */
  playingMax: number;
  /** Seconds × sessions that played, and that waited for data. */
  playingSeconds: number;
  bufferingSeconds: number;
}

interface Second extends Record<Count, number> {
  readonly second: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const MINUTES = 60;
const SECONDS = 60;

export class Window {
  readonly #minutes: Minute[] = Array.from({ length: MINUTES }, () => newMinute(NEVER));
  readonly #seconds: Second[] = Array.from({ length: SECONDS }, () => newSecond(NEVER));
  /** The bucket of the last event, since the next one is nearly always in the same second. */
  #second: Second = newSecond(NEVER);
  #minute: Minute = newMinute(NEVER);

  /** Counts something that has just happened. */
  add(count: Count, nowMs: number): void {
    if (Math.floor(nowMs / SECOND_MS) !== this.#second.second) {
      this.#second = this.#secondOf(nowMs);
      this.#minute = this.#minuteOf(nowMs);
    }
    this.#minute[count] += 1;
    this.#second[count] += 1;
  }

  /** Samples how many sessions play, once a second. */
  sample(nowMs: number, playing: number, buffering: number): void {
    const minute = this.#minuteOf(nowMs);
    minute.playingMax = Math.max(minute.playingMax, playing);
    minute.playingSeconds += playing;
    minute.bufferingSeconds += buffering;
  }

  /** How often something happened in the last sixty seconds. */
  lastMinute(count: Count, nowMs: number): number {
    const since = Math.floor(nowMs / SECOND_MS) - SECONDS;
    return this.#seconds.reduce((sum, each) => (each.second > since ? sum + each[count] : sum), 0);
  }

  /** The last hour, the oldest minute first, empty minutes included. */
  hour(nowMs: number): Minute[] {
    const last = minuteAt(nowMs);
    const byTime = new Map(this.#minutes.map((minute) => [minute.time, minute]));
    return Array.from({ length: MINUTES }, (_, at) => {
      const time = last - (MINUTES - 1 - at) * MINUTE_MS;
      return byTime.get(time) ?? newMinute(time);
    });
  }

  #minuteOf(nowMs: number): Minute {
    const time = minuteAt(nowMs);
    const at = (time / MINUTE_MS) % MINUTES;
    const kept = this.#minutes[at];
    if (kept?.time === time) return kept;
    const minute = newMinute(time);
    this.#minutes[at] = minute;
    return minute;
  }

  #secondOf(nowMs: number): Second {
    const second = Math.floor(nowMs / SECOND_MS);
    const at = second % SECONDS;
    const kept = this.#seconds[at];
    if (kept?.second === second) return kept;
    const fresh = newSecond(second);
    this.#seconds[at] = fresh;
    return fresh;
  }
}

function minuteAt(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}

function newSecond(second: number): Second {
  return { second, starts: 0, events: 0, errors: 0, rejected: 0 };
}

function newMinute(time: number): Minute {
  return { time, starts: 0, events: 0, errors: 0, rejected: 0, playingMax: 0, playingSeconds: 0, bufferingSeconds: 0 };
}
