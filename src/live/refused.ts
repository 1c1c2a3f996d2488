/** The latest refused requests, which a developer looks for after a refusal. */

import type { Clock } from "../base/clock.ts";
import { MINUTE_MS } from "../base/units.ts";
import type { Problem } from "../protocol/problem.ts";

/** A refused request, and why. */
export interface Rejection {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly errors: readonly Problem[];
  readonly sid?: string;
  /** The beginning of the body, if it is text. */
  readonly bodyText?: string;
}

export interface RefusedRequest {
  readonly kind: "rejected";
  readonly at: number;
  readonly rejection: Rejection;
}

const KEPT_MAX = 20;
/** Bodies may name people, so they are forgotten soon. */
const KEPT_MS = 10 * MINUTE_MS;

export class RecentRefused {
  readonly #clock: Clock;
  #kept: RefusedRequest[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(rejection: Rejection): RefusedRequest {
    const refused: RefusedRequest = { kind: "rejected", at: this.#clock.nowMs(), rejection };
    this.#kept.push(refused);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    return refused;
  }

  /** Lists those of the last ten minutes, the oldest first, and lets go of others. */
  list(): readonly RefusedRequest[] {
    const sinceMs = this.#clock.nowMs() - KEPT_MS;
    if (this.#kept.some(({ at }) => at < sinceMs)) this.#kept = this.#kept.filter(({ at }) => at >= sinceMs);
    return this.#kept;
  }

  /** Forgets all: they may be of an erased visitor. */
  forget(): void {
    this.#kept = [];
  }
}
