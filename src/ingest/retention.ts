/** Retention: removes what is older than the operator wants to keep, a little every few minutes. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { DAY_MS, MINUTE_MS } from "../base/units.ts";
import type { Eraser } from "./eraser.ts";
import type { Intake } from "./intake.ts";
import type { Leases } from "./leases.ts";

export interface RetentionOptions {
  readonly eraser: Eraser;
  readonly intake: Pick<Intake, "steadyMs">;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  /** Days after its start for which a session is kept; 0 for ever. */
  readonly sessionsRetentionDays: number;
  /** Days after the close for which a session's events are kept; 0 for ever. */
  readonly eventsRetentionDays: number;
  readonly lateGraceMs: number;
}

const PASS_EVERY_MS = 5 * MINUTE_MS;
const LOOK_EVERY_MS = MINUTE_MS;
/** A sweep reads the whole file. */
const SWEEP_EVERY_MS = DAY_MS;
/** A follower of the changes that was away for longer starts over. */
const ERASURES_KEPT_MS = 30 * DAY_MS;

export class Retention {
  readonly #options: RetentionOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;
  #passedMs = Number.NEGATIVE_INFINITY;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.work(), LOOK_EVERY_MS);
  }

  /** Does what is due; one pass at a time. A pass that fails is logged, and what it left is due at the next. */
  work(): Promise<void> {
    const nowMs = this.#options.clock.elapsedMs();
    if (this.#stopped || (!this.#working && nowMs - this.#passedMs < PASS_EVERY_MS)) return Promise.resolve();
    this.#working ??= this.#options.leases
      .run("retention", () => this.#pass(nowMs))
      .catch((error: unknown) => {
        if (!this.#stopped) this.#options.log.error("Retention failed", { error: String(error) });
      })
      .finally(() => {
        this.#working = undefined;
      });
    return this.#working;
  }

  /** Begins no further pass, and ends the one under way at its next slice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#options.eraser.stop();
    await this.#working;
  }

  async #pass(elapsedMs: number): Promise<void> {
    const { eraser, intake, log, sessionsRetentionDays, eventsRetentionDays, lateGraceMs } = this.#options;
    this.#passedMs = elapsedMs;
    const nowMs = intake.steadyMs();
    await eraser.tidy(nowMs - ERASURES_KEPT_MS);
    if (sessionsRetentionDays > 0) {
      const sessions = await eraser.eraseStartedBefore(nowMs - sessionsRetentionDays * DAY_MS);
      if (sessions > 0) log.info("Erased old sessions", { sessions });
    }
    if (eventsRetentionDays > 0) {
      // While late events may come, a session is not finished.
      const keptMs = Math.max(eventsRetentionDays * DAY_MS, lateGraceMs + MINUTE_MS);
      const sessions = await eraser.trimClosedBefore(nowMs - keptMs);
      if (sessions > 0) log.info("Removed the events of old sessions", { sessions });
    }
    if (elapsedMs - this.#sweptMs >= SWEEP_EVERY_MS && (await eraser.sweep())) this.#sweptMs = elapsedMs;
  }
}
