/**
 * Erases sessions: a visitor's or a single one on request, old ones by retention. One such job runs at a time, in
 * slices too short for players to notice.
 *
 * The intake makes sessions invisible in order with its writes: an event on its way is answered as if its session had
 * never existed.
 */

import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { nextTurn } from "../base/turn.ts";
import { DamageError } from "../store/damage.ts";
import type { ErasedReason, Store, Sweepable } from "../store/store.ts";
import type { Intake } from "./intake.ts";
import type { FindSessionsOf } from "./visitors.ts";

export interface EraserOptions {
  readonly store: Store;
  /** Where the store keeps its rows. */
  readonly medium: Sweepable;
  readonly intake: Pick<Intake, "eraseNow">;
  readonly findSessionsOf: FindSessionsOf;
  /** Removes erased sessions from derived data. */
  readonly forgetFacts: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

interface TidyOptions {
  readonly erasuresBeforeMs: number;
  readonly erasedBeforeMs: number;
}

/** Sessions that become invisible in one transaction. */
const SESSIONS_PER_SLICE = 10;
const TRIMMED_PER_SLICE = 200;
const PRUNED_PER_SLICE = 500;
/** Removes rows for this long, then syncs: some 6 ms until the event loop gets its turn. */
const SLICE_MS = 3;
/** Bounds a slice even if the clock stands still. */
const STEPS_PER_SLICE_MAX = 100;
/** The pause before a sweep is retried: a reader of the log blocks it, but reads are short. */
const SWEEP_TRIES_MAX = 20;
const SWEEP_WAIT_MS = 100;
/** Requests that may wait for their turn. */
const WAITING_MAX = 20;

interface Erasing {
  readonly reason: ErasedReason;
  readonly told: string;
  readonly by: string | undefined;
  readonly find: () => Promise<number[]>;
}

export class Eraser {
  readonly #options: EraserOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #stopped = false;
  /** Whether a requested erasure could not be swept. */
  #sweepHeld = false;

  constructor(options: EraserOptions) {
    this.#options = options;
  }

  /**
   * Erases every stored session of a visitor.
   *
   * @param by the name of the token that asked, for the log
   * @returns how many there were, once they are in no file
   * @throws AppError `overloaded` when too many requests wait, or the server stops: sessions erased by then stay so
   * @throws DamageError when a damaged page keeps some rows of one of them
   * @throws AppError as `Intake.eraseNow`
   */
  eraseVisitor(visitorId: string, by?: string): Promise<number> {
    const { findSessionsOf } = this.#options;
    const find = () => findSessionsOf(visitorId, () => this.#goOn());
    return this.#eraseFound({ reason: "visitor", told: "Erased a visitor's sessions", by, find });
  }

  /** Erases one session, even a damaged one. @returns 0 when no session has this id @throws as {@link eraseVisitor} */
  eraseSession(sid: string, by?: string): Promise<number> {
    const find = async () => {
      const number = await this.#options.store.findNumber(sid);
      return number === undefined ? [] : [number];
    };
    return this.#eraseFound({ reason: "session", told: "Erased a session", by, find });
  }

  #eraseFound({ reason, told, by, find }: Erasing): Promise<number> {
    return this.#alone(async () => {
      const ids = await find();
      const erased = await this.#erase(ids, reason);
      const damaged = await this.#removeRemains();
      await this.#options.forgetFacts();
      this.#sweepHeld = !(await this.#sweepPatiently());
      const { log } = this.#options;
      log.info(told, { sessions: erased, ...(by !== undefined && { token: by }) });
      if (this.#sweepHeld) log.warn("A long read holds the log with copies of erased sessions; retrying later");
      const kept = damaged.find(({ session }) => session !== undefined && ids.includes(session));
      if (kept) throw kept;
      return erased;
    });
  }

  /** Erases closed sessions that started before an instant. @returns how many */
  eraseStartedBefore(beforeMs: number): Promise<number> {
    return this.#alone(async () => {
      let erased = 0;
      // Damaged sessions that can't be erased stay the oldest.
      let left = 0;
      while (true) {
        const query = { beforeMs, offset: left, limit: SESSIONS_PER_SLICE };
        const ids = await this.#options.store.listExpired(query);
        const done = await this.#erase(ids);
        erased += done;
        left += ids.length - done;
        await this.#removeRemains();
        if (ids.length < SESSIONS_PER_SLICE) return erased;
      }
    });
  }

  /** Removes the events of sessions that closed before an instant. @returns how many sessions */
  trimClosedBefore(beforeMs: number): Promise<number> {
    return this.#alone(async () => {
      let trimmed = 0;
      while (true) {
        const count = await this.#options.store.trim({ beforeMs, limit: TRIMMED_PER_SLICE });
        trimmed += count;
        await this.#removeRemains();
        if (count < TRIMMED_PER_SLICE) return trimmed;
      }
    });
  }

  /** Finishes interrupted or delayed work, and forgets erasures, and the erased sids, from before an instant each. */
  tidy({ erasuresBeforeMs, erasedBeforeMs }: TidyOptions): Promise<void> {
    return this.#alone(async () => {
      await this.#removeRemains();
      if (this.#sweepHeld) this.#sweepHeld = !(await this.#sweepOnce());
      const { store } = this.#options;
      const limit = PRUNED_PER_SLICE;
      while ((await store.pruneErasures({ beforeMs: erasuresBeforeMs, limit })) > 0) await this.#goOn();
      while ((await store.pruneErased({ beforeMs: erasedBeforeMs, limit })) > 0) await this.#goOn();
    });
  }

  /** Tries once to remove what the medium has kept of removed rows. @returns whether nothing is left */
  sweep(): Promise<boolean> {
    return this.#alone(() => this.#sweepOnce());
  }

  /** Ends the work at its next slice; a later process finishes it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#turn;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      return Promise.reject(new AppError("overloaded", "Cannot erase now: too many erasures wait; try again later"));
    }
    this.#waiting += 1;
    const done = this.#turn
      .then(() => this.#goOn())
      .then(work)
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Gives the loop its turn. @throws AppError `overloaded` when the server is stopping */
  async #goOn(): Promise<void> {
    await nextTurn();
    if (this.#stopped) throw new AppError("overloaded", "Cannot finish the erasure: it was stopped; erase again");
  }

  async #erase(ids: readonly number[], reason?: ErasedReason): Promise<number> {
    let erased = 0;
    for (let at = 0; at < ids.length; at += SESSIONS_PER_SLICE) {
      const slice = ids.slice(at, at + SESSIONS_PER_SLICE);
      erased += await this.#eraseReadable(slice, reason);
      await this.#goOn();
    }
    return erased;
  }

  /** Erases sessions at once, or one by one where a damaged page is in the way of some. */
  async #eraseReadable(ids: readonly number[], reason: ErasedReason | undefined): Promise<number> {
    try {
      return await this.#options.intake.eraseNow(ids, reason);
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      if (ids.length === 1) return 0;
      let erased = 0;
      for (const id of ids) erased += await this.#eraseReadable([id], reason);
      return erased;
    }
  }

  /** @returns an error for each session newly found to have rows on damaged pages, where they stay */
  async #removeRemains(): Promise<DamageError[]> {
    const { store, clock } = this.#options;
    const damaged: DamageError[] = [];
    for (let more = true; more; await this.#goOn()) {
      const untilMs = clock.elapsedMs() + SLICE_MS;
      let steps = 0;
      const enough = () => {
        steps += 1;
        return steps >= STEPS_PER_SLICE_MAX || clock.elapsedMs() >= untilMs;
      };
      try {
        more = await store.removeRemains(enough);
      } catch (error) {
        if (!(error instanceof DamageError) || error.session === undefined) throw error;
        damaged.push(error);
      }
    }
    return damaged;
  }

  #sweepOnce(): Promise<boolean> {
    return this.#options.medium.sweep(() => this.#stopped);
  }

  async #sweepPatiently(): Promise<boolean> {
    for (let tries = 0; tries < SWEEP_TRIES_MAX; tries += 1) {
      if (await this.#sweepOnce()) return true;
      await Bun.sleep(SWEEP_WAIT_MS);
      await this.#goOn();
    }
    return false;
  }
}
