/**
 * Retention: deletes what is older than the operator wants to keep, a little every few minutes.
 *
 * Each pass deletes what the log named five minutes before, so that a wrong setting can be mended in time.
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { DAY_MS, MINUTE_MS } from "../base/units.ts";
import type { StoreReader } from "../store/store.ts";
import type { Eraser } from "./eraser.ts";
import type { Intake } from "./intake.ts";
import type { Leases } from "./leases.ts";

export interface RetentionSettings {
  /** Days after its start for which a session is kept; 0 for ever. */
  readonly sessionsRetentionDays: number;
  /** Days after the close for which a session's events are kept; 0 for ever. */
  readonly eventsRetentionDays: number;
  readonly lateGraceMs: number;
  /** Days for which to keep the hash of a sid that a person had erased. */
  readonly erasedKeptDays: number;
}

interface RetentionOptions extends RetentionSettings {
  readonly eraser: Eraser;
  readonly intake: Pick<Intake, "steadyMs">;
  readonly store: Pick<StoreReader, "countDue">;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a pass deletes; an absent instant deletes nothing. */
export interface Horizons {
  /** Closed sessions that started before this instant go, with their events. */
  readonly startedBeforeMs: number | undefined;
  /** Sessions that closed before this instant lose their events. */
  readonly closedBeforeMs: number | undefined;
}

const PASS_EVERY_MS = 5 * MINUTE_MS;
const LOOK_EVERY_MS = MINUTE_MS;
/** A sweep reads the whole file. */
const SWEEP_EVERY_MS = DAY_MS;
/** A follower of changes that has been away for longer starts over. */
const ERASURES_KEPT_MS = 30 * DAY_MS;
/** Counting more would hold up requests. */
const COUNTED_MAX = 50_000;

/** What a pass at an instant deletes. */
export function horizonsOf(settings: Omit<RetentionSettings, "erasedKeptDays">, atMs: number): Horizons {
  const { sessionsRetentionDays, eventsRetentionDays, lateGraceMs } = settings;
  // A session may still change while late events are accepted.
  const eventsKeptMs = Math.max(eventsRetentionDays * DAY_MS, lateGraceMs + MINUTE_MS);
  return {
    startedBeforeMs: sessionsRetentionDays > 0 ? atMs - sessionsRetentionDays * DAY_MS : undefined,
    closedBeforeMs: eventsRetentionDays > 0 ? atMs - eventsKeptMs : undefined,
  };
}

interface Announcement {
  readonly horizons: Horizons;
  /** On the stopwatch. */
  readonly dueMs: number;
}

export class Retention {
  readonly #options: RetentionOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;
  #announced: Announcement | undefined;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Announces the first pass, and checks every minute what is due. */
  start(): void {
    void this.work();
    this.#timer = setInterval(() => void this.work(), LOOK_EVERY_MS);
  }

  /** Runs due passes, one at a time. A failed pass is logged, and the next one does the rest. */
  work(): Promise<void> {
    const nowMs = this.#options.clock.elapsedMs();
    if (this.#stopped || (!this.#working && nowMs < (this.#announced?.dueMs ?? 0))) return Promise.resolve();
    this.#working ??= this.#options.leases
      .run("retention", () => this.#passAndAnnounce(nowMs))
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

  async #passAndAnnounce(elapsedMs: number): Promise<void> {
    const { eraser, intake } = this.#options;
    const horizons = this.#announced?.horizons;
    // Set first, so that a failed pass is not repeated at once.
    this.#announced = {
      horizons: horizonsOf(this.#options, intake.steadyMs() + PASS_EVERY_MS),
      dueMs: elapsedMs + PASS_EVERY_MS,
    };
    try {
      const nowMs = intake.steadyMs();
      await eraser.tidy({
        erasuresBeforeMs: nowMs - ERASURES_KEPT_MS,
        erasedBeforeMs: nowMs - this.#options.erasedKeptDays * DAY_MS,
      });
      if (horizons) await this.#pass(elapsedMs, horizons);
    } finally {
      if (!this.#stopped) await this.#announce(this.#announced.horizons);
    }
  }

  async #pass(elapsedMs: number, { startedBeforeMs, closedBeforeMs }: Horizons): Promise<void> {
    const { eraser, log } = this.#options;
    if (startedBeforeMs !== undefined) {
      const sessions = await eraser.eraseStartedBefore(startedBeforeMs);
      if (sessions > 0) log.info("Erased old sessions", { sessions });
    }
    if (closedBeforeMs !== undefined) {
      const sessions = await eraser.trimClosedBefore(closedBeforeMs);
      if (sessions > 0) log.info("Removed the events of old sessions", { sessions });
    }
    if (elapsedMs - this.#sweptMs >= SWEEP_EVERY_MS && (await eraser.sweep())) this.#sweptMs = elapsedMs;
  }

  /** Logs what the next pass deletes. */
  async #announce(horizons: Horizons): Promise<void> {
    const { store, log } = this.#options;
    const { startedBeforeMs, closedBeforeMs } = horizons;
    const due = await store.countDue({ ...horizons, max: COUNTED_MAX });
    if (startedBeforeMs !== undefined && due.sessions > 0) {
      const startedBefore = new Date(startedBeforeMs).toISOString();
      log.info("Old sessions will be erased in 5 minutes", { ...atLeast(due.sessions), startedBefore });
    }
    if (closedBeforeMs !== undefined && due.trimmable > 0) {
      const closedBefore = new Date(closedBeforeMs).toISOString();
      log.info("The events of old sessions will be removed in 5 minutes", { ...atLeast(due.trimmable), closedBefore });
    }
  }
}

function atLeast(sessions: number) {
  return { sessions, ...(sessions === COUNTED_MAX && { orMore: true }) };
}
