/** Works beside requests: has the intake close due sessions, and gives closed ones their numbers. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import { SECOND_MS } from "../base/units.ts";
import type { Verdict } from "../sessions/ledger.ts";
import { DamageError } from "../store/damage.ts";
import type { FailedFold } from "../store/fold-failure.ts";
import type { FoldSession } from "../store/fold-stored.ts";
import type { Store, StoredSession } from "../store/store.ts";
import { FailedFolds } from "./failed-folds.ts";
import type { Intake } from "./intake.ts";
import { LongFolds } from "./long-folds.ts";
import { type FoldedSession, type SettleOptions, settlePending } from "./settle.ts";

interface CloserOptions {
  readonly intake: Pick<Intake, "closeDue" | "steadyMs">;
  readonly store: Store;
  /** Folds a session that is longer than a page. */
  readonly foldLong: FoldSession;
  readonly clock: Clock;
  readonly log: Log;
}

const INTERVAL_MS = 250;
/** The pause after a failure: a full disk stays full for a while, and each attempt is a line in the log. */
const AFTER_FAILURE_MS = 5 * SECOND_MS;
/** Damaged sessions to remember; others are read again and again. */
const DAMAGED_MAX = 10_000;
/** How many sessions a question settles by itself, and how long it waits for others' work. */
const CAUGHT_UP_MAX = 500;
const CATCH_UP_WAIT_MS = 500;

export class Closer {
  readonly #options: CloserOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #passes = new Mutex();
  readonly #longFolds: LongFolds;
  readonly #failedFolds: FailedFolds;
  #stopped = false;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  /** Damaged sessions, which may stay pending if not even their failure can be stored. */
  readonly #damaged = new Set<number>();
  /** Counts the events of the sessions folded here, by verdict. */
  readonly verdicts = new Map<Verdict, number>();
  /** Counts the folds here, by outcome. */
  readonly folds = { first: 0, again: 0, failed: 0 };

  constructor(options: CloserOptions) {
    const { intake, store, foldLong, clock, log } = options;
    this.#options = options;
    this.#failedFolds = new FailedFolds(store, () => clock.elapsedMs());
    this.#longFolds = new LongFolds({
      store,
      fold: foldLong,
      elapsedMs: () => clock.elapsedMs(),
      steadyMs: () => intake.steadyMs(),
      onFolded: (folded, session) => this.#count(folded, session),
      onFailure: (session, error) => this.#fail(session, error),
      log,
    });
  }

  /** How many sessions could not be folded so far, by any process; undefined until first counted. */
  get failedFolds(): number | undefined {
    return this.#failedFolds.count;
  }

  /** Starts passes, four times a second. */
  start(): void {
    const { clock } = this.#options;
    this.#timer = setInterval(() => {
      if (this.#passes.isIdle && clock.elapsedMs() >= this.#restUntilMs) void this.#closeAndSettle();
    }, INTERVAL_MS);
  }

  /** Runs one pass at a time. A failed pass is logged, and the next one does the rest. */
  async work(): Promise<void> {
    await this.#closeAndSettle();
    await this.#longFolds.idle();
  }

  /**
   * Settles sessions that have just closed, for a question that must count them.
   *
   * Waits for a pass under way and for long sessions, but not for ever.
   *
   * @returns how many closed sessions still lack their latest numbers, hardly ever any
   */
  async catchUp(): Promise<number> {
    const { store, clock } = this.#options;
    const pending = await store.countPending();
    if (pending === 0 || clock.elapsedMs() < this.#restUntilMs) return pending;
    const begun = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      late.resolve();
    }, CATCH_UP_WAIT_MS);
    const pass = this.#pass(async () => {
      begun.resolve();
      if (!isLate) await this.#settleSome();
    });
    await Promise.race([begun.promise, late.promise]);
    if (!isLate) await pass;
    await Promise.race([this.#longFolds.idle(), late.promise]);
    clearTimeout(timer);
    return store.countPending();
  }

  #closeAndSettle(): Promise<void> {
    return this.#pass(async () => {
      await this.#options.intake.closeDue();
      await settlePending(this.#settling());
      await this.#failedFolds.look(() => this.#stopped);
    });
  }

  async #settleSome(): Promise<void> {
    const settled = await settlePending(this.#settling(), CAUGHT_UP_MAX);
    // The previous pass may have ended half-way, and this one may have begun after some pending sessions.
    await settlePending(this.#settling(), CAUGHT_UP_MAX - settled);
  }

  /** Runs one pass; long sessions go on after it. */
  #pass(work: () => Promise<void>): Promise<void> {
    return this.#passes.run(() =>
      work().catch((error: unknown) => {
        this.#options.log.error("Closing sessions failed", { error: String(error) });
        this.#restUntilMs = this.#options.clock.elapsedMs() + AFTER_FAILURE_MS;
      }),
    );
  }

  /** Starts no further pass, and waits for the one under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped = true;
    await this.#passes.run(async () => {});
    await this.#longFolds.stop();
  }

  #settling(): SettleOptions {
    const { store, intake, clock } = this.#options;
    return {
      store,
      elapsedMs: () => clock.elapsedMs(),
      steadyMs: () => intake.steadyMs(),
      onFolded: (folded, session) => this.#count(folded, session),
      onFailure: (session, error) => this.#fail(session, error),
      isLeft: (id) => this.#damaged.has(id) || this.#longFolds.holds(id),
      onLong: (id) => this.#longFolds.add(id),
    };
  }

  #count({ verdicts }: FoldedSession["folded"], { result }: StoredSession): void {
    this.folds[result ? "again" : "first"] += 1;
    for (const [verdict, events] of Object.entries(verdicts ?? {}) as [Verdict, number][]) {
      this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + events);
    }
  }

  #fail({ id, sid }: FailedFold, error: unknown): void {
    this.folds.failed += 1;
    this.#failedFolds.forget();
    if (error instanceof DamageError && this.#damaged.size < DAMAGED_MAX) this.#damaged.add(id);
    this.#options.log.error("A session could not be folded", { session: id, sid, error: String(error) });
  }
}
