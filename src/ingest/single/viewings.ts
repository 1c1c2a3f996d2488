/**
 * What the live hub remembers of resting sessions, by their slots: three references and a byte each, so that the
 * collector has three lists to walk in place of an object for each session.
 */

import type { Viewing } from "../../live/hub.ts";
import { LIVE_STATES, type LiveState } from "../../live/playback.ts";

/** The number of a state, in four bits: from 1, as 0 stands for none. */
const NUMBERS = Object.fromEntries(LIVE_STATES.map((state, at) => [state, at + 1])) as Record<LiveState, number>;
const BREAK = 16;
const SLOTS_MIN = 1024;

export class Viewings {
  readonly #places: (Viewing["place"] | undefined)[] = [];
  readonly #contents: (Viewing["content"] | undefined)[] = [];
  readonly #playerNames: (string | undefined)[] = [];
  /** The states of main content and of the break. */
  #states = new Uint8Array(SLOTS_MIN);
  /** Those that have more to say, while the tail is watched. */
  readonly #whole = new Map<number, Viewing>();

  get(slot: number): Viewing | undefined {
    const place = this.#places[slot];
    const content = this.#contents[slot];
    if (!place || !content) return undefined;
    if (this.#whole.size > 0) {
      const whole = this.#whole.get(slot);
      if (whole) return whole;
    }
    const states = this.#states[slot] as number;
    return {
      main: LIVE_STATES[(states % BREAK) - 1] as LiveState,
      inBreak: LIVE_STATES[Math.floor(states / BREAK) - 1],
      place,
      content,
      playerName: this.#playerNames[slot],
    };
  }

  set(slot: number, viewing: Viewing | undefined): void {
    if (slot >= this.#states.length) this.#grow();
    if (viewing?.pace) this.#whole.set(slot, viewing);
    else if (this.#whole.size > 0) this.#whole.delete(slot);
    this.#places[slot] = viewing?.place;
    this.#contents[slot] = viewing?.content;
    this.#playerNames[slot] = viewing?.playerName;
    if (viewing) this.#states[slot] = NUMBERS[viewing.main] + (viewing.inBreak ? BREAK * NUMBERS[viewing.inBreak] : 0);
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#states.length);
    grown.set(this.#states);
    this.#states = grown;
  }
}
