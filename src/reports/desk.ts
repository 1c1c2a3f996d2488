/** What the report worker does: keeps the facts level with the store, and answers questions, one at a time. */

import { existsSync, renameSync } from "node:fs";
import { assert } from "../base/assert.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { DAY_MS, SECOND_MS } from "../base/units.ts";
import type { StoreReader, Watermark } from "../store/store.ts";
import type { Desk } from "../threads/desk.ts";
import {
  damageOf,
  type FactsDatabase,
  type FactsDatabaseOptions,
  nextPathOf,
  removeFacts,
  rewriteFacts,
  spillPathOf,
} from "./facts/database.ts";
import { followStep } from "./facts/follow.ts";
import { type OpenedFacts, openFacts } from "./facts/open-facts.ts";
import { OpenSessions } from "./facts/open-sessions.ts";
import type { ConcurrencyQuery, KeysQuery, ReportQuery, ReportScope } from "./query/query.ts";
import { runConcurrency } from "./run/concurrency.ts";
import { runFunnel, runRetention } from "./run/curves.ts";
import { findSessions, type SessionsQuery } from "./run/find-sessions.ts";
import { runFindings } from "./run/findings.ts";
import { runKeys } from "./run/keys.ts";
import { isOutOfMemory, runReport, tooLarge } from "./run/report.ts";

/** What is answered. */
type ReportQuestion =
  | { readonly kind: "report"; readonly query: ReportQuery }
  | { readonly kind: "retention"; readonly query: ReportScope }
  | { readonly kind: "funnel"; readonly query: ReportScope }
  | { readonly kind: "findings"; readonly query: ReportScope }
  | { readonly kind: "concurrency"; readonly query: ConcurrencyQuery }
  | { readonly kind: "sessions"; readonly query: SessionsQuery }
  | { readonly kind: "keys"; readonly query: KeysQuery };

/** Takes what was erased out of the file, down to its last byte. */
interface ForgetJob {
  readonly kind: "forget";
}

/** What can be asked of the Worker. */
export type ReportJob = ReportQuestion | ForgetJob;

/** A job as the main thread sends it. */
export type SentReportJob =
  | (ReportQuestion & {
      /** Whether so many events arrive that some would come while the engine works. */
      readonly isBesideEvents: boolean;
    })
  | ForgetJob;

interface ReportDeskOptions extends FactsDatabaseOptions {
  readonly store: StoreReader;
  readonly clock: Clock;
  readonly log: Log;
}

const FOLLOW_MS = SECOND_MS;
/** This far behind, some seconds' work, an answer would be wrong or take too long. */
const BEHIND_MAX = 10_000;
const OPEN_AGE_MS_MAX = 10 * SECOND_MS;
/** Open sessions are kept fresh while reports are asked for. */
const OPEN_AGE_MS_USUAL = 5 * SECOND_MS;
const ATTENTION_MS = 60 * SECOND_MS;
const INTERRUPT_MS = 20;
/** The binding's statements and answers are freed by the collector alone, which under-counts their size. */
const COLLECT_MS = 30 * SECOND_MS;
const PERCENT = 100;

export class ReportDesk implements Desk<SentReportJob> {
  /** The engine uses every thread that it may for each job. */
  readonly jobsAtOnce = 1;
  readonly #options: ReportDeskOptions;
  /** Absent while the file can't be opened: the next job tries again. */
  #facts: OpenedFacts | undefined;
  #open: OpenSessions;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #collectedAtMs = Number.NEGATIVE_INFINITY;
  /** When this process last rewrote the file, on the stopwatch. */
  #rewrittenAtMs = Number.NEGATIVE_INFINITY;

  private constructor(options: ReportDeskOptions, facts: OpenedFacts) {
    this.#options = options;
    this.#facts = facts;
    this.#open = new OpenSessions(options.store, options.viewerKeys);
  }

  /** Opens the facts of a store; those of another, or of another version, are rebuilt. */
  static async open(options: ReportDeskOptions): Promise<ReportDesk> {
    takeOver(options.path);
    return new ReportDesk(options, await openFacts(options));
  }

  async perform(job: SentReportJob, signal: AbortSignal): Promise<unknown> {
    if (!this.#facts) await this.#reopen();
    try {
      if (job.kind === "forget") return await this.#forget(signal);
      await this.#getLevel(signal);
      if (job.query.includeOpen) await this.#getFresh(signal);
      await this.#database.makeRoom(job.isBesideEvents);
      return await this.#interruptible(signal, () => this.#answer(job, signal));
    } catch (error) {
      if (await this.#mend(error)) {
        throw new AppError(
          "reports-building",
          "Cannot answer yet: the report facts were damaged and are being rebuilt; ask again later",
        );
      }
      if (!isOutOfMemory(error)) throw error;
      throw new AppError(
        "overloaded",
        "Cannot answer: reports have too little memory now; raise PLAYHEAD_REPORTS_MEMORY_BYTES_MAX",
      );
    }
  }

  /** Follows the store, and keeps open sessions fresh while reports are asked for. */
  async rest(): Promise<number> {
    if (!this.#facts) await this.#reopen();
    try {
      return await this.#rest();
    } catch (error) {
      if (await this.#mend(error)) return 0;
      throw error;
    }
  }

  async #rest(): Promise<number> {
    await this.#takeOver();
    if (!(await this.#follow()).level) return 0;
    const { clock } = this.#options;
    const nowMs = clock.elapsedMs();
    if (nowMs - this.#collectedAtMs > COLLECT_MS) {
      this.#collectedAtMs = nowMs;
      Bun.gc(true);
    }
    // Retention erases all day. A requested erasure rewrites at once; otherwise once a day is enough.
    if (this.#database.position.holdsErased && nowMs - this.#rewrittenAtMs > DAY_MS) await this.#rewrite();
    if (nowMs - this.#askedAtMs > ATTENTION_MS) return FOLLOW_MS;
    if (!this.#open.isRefreshing && nowMs - this.#open.levelAtMs > OPEN_AGE_MS_USUAL) await this.#open.look(nowMs);
    if (!this.#open.isRefreshing) return FOLLOW_MS;
    return (await this.#open.step(this.#database.connection)) ? 0 : FOLLOW_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#facts?.database[Symbol.asyncDispose]();
    await this.#options.store.close();
  }

  get #database(): FactsDatabase {
    assert(this.#facts, "the facts are open where they are needed");
    return this.#facts.database;
  }

  async #answer(job: ReportQuestion, signal: AbortSignal): Promise<unknown> {
    if (job.kind === "sessions") return findSessions(this.#database.connection, await this.#needed(job.query));
    return { ...(await this.#numbers(job, signal)), ...this.#ageOf(job.query) };
  }

  async #numbers(job: Exclude<ReportQuestion, { kind: "sessions" }>, signal: AbortSignal): Promise<object> {
    const { connection } = this.#database;
    switch (job.kind) {
      case "report":
        return runReport(connection, await this.#needed(job.query));
      case "retention":
        return runRetention(connection, await this.#needed(job.query));
      case "funnel":
        return runFunnel(connection, await this.#needed(job.query));
      case "findings":
        return runFindings(connection, await this.#needed(job.query));
      case "concurrency":
        return runConcurrency(connection, await this.#needed(job.query), signal);
      case "keys":
        return runKeys(connection, await this.#needed(job.query));
    }
  }

  /** The question without open sessions, where none of them had started: putting the two together takes its time. */
  async #needed<T extends ReportScope>(query: T): Promise<T> {
    if (!query.includeOpen) return query;
    const firstMs = await this.#open.firstStartMs(this.#database.connection);
    return firstMs < query.range.toMs ? query : { ...query, includeOpen: false };
  }

  /** How old the numbers of open sessions are in an answer that has them. */
  #ageOf({ includeOpen }: ReportScope): { openAgeMs?: number } {
    if (!includeOpen) return {};
    return { openAgeMs: Math.max(0, Math.round(this.#options.clock.elapsedMs() - this.#open.levelAtMs)) };
  }

  async #follow() {
    await this.#watermark();
    const step = await followStep(this.#database, this.#options.store, this.#facts?.freshUntil);
    this.#open.forget(step.sessions);
    return step;
  }

  /**
   * Reads how far the changes reach, and begins the facts from nothing if they are of another history by now: the
   * database may have gone back in time beside this process.
   */
  async #watermark(): Promise<Watermark> {
    const watermark = await this.#options.store.watermark();
    if (watermark.lineage !== this.#database.position.lineage) await this.#reopen();
    return watermark;
  }

  /** Applies what has changed since, so that an answer holds everything that was closed before it was asked for. */
  async #getLevel(signal: AbortSignal): Promise<void> {
    const { revision } = await this.#watermark();
    const done = this.#database.position.revision;
    if (revision <= done) return;
    if (revision - done > BEHIND_MAX) {
      const percent = Math.floor((done / revision) * PERCENT);
      throw new AppError(
        "reports-building",
        `Cannot answer yet: the report facts are being made, ${percent} % are done; ask again later`,
      );
    }
    await this.#followTo(revision, signal);
  }

  /** Applies changes up to one of them, and no further: under load there is always something newer. */
  async #followTo(revision: number, signal: AbortSignal): Promise<void> {
    while (this.#database.position.revision < revision && !(await this.#follow()).level) signal.throwIfAborted();
  }

  async #getFresh(signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.elapsedMs();
    this.#askedAtMs = nowMs;
    if (nowMs - this.#open.levelAtMs <= OPEN_AGE_MS_MAX) return;
    await this.#open.look(nowMs);
    while (this.#open.isRefreshing) {
      signal.throwIfAborted();
      await this.#open.step(this.#database.connection);
    }
  }

  async #interruptible<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { connection } = this.#database;
    let interrupting: ReturnType<typeof setInterval> | undefined;
    // Repeated, since an answer takes several statements, and an interruption between two of them ends neither.
    const interrupt = () => {
      connection.interrupt();
      interrupting = setInterval(() => connection.interrupt(), INTERRUPT_MS);
    };
    signal.throwIfAborted();
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (String(error).includes("No space left")) {
        throw new AppError(
          "disk-full",
          "Cannot make the report: the disk has no room for what it spills; make room, or ask for less",
        );
      }
      if (isOutOfMemory(error)) throw tooLarge();
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
      clearInterval(interrupting);
    }
  }

  /** Takes over a file that `rebuild-reports` has made beside this one. */
  async #takeOver(): Promise<void> {
    const { path } = this.#options;
    if (!existsSync(nextPathOf(path))) return;
    await this.#reopen(async () => takeOver(path));
    this.#options.log.info("Took over rebuilt reports");
  }

  async #forget(signal: AbortSignal): Promise<void> {
    const { path } = this.#options;
    await this.#followTo((await this.#watermark()).revision, signal);
    // Spilled files may hold erased rows too; they go with the engine that spilled them.
    if (this.#database.position.holdsErased || existsSync(spillPathOf(path))) await this.#rewrite();
  }

  /** Makes a new file, since deleted rows stay in the blocks of a file until they are overwritten. */
  async #rewrite(): Promise<void> {
    await this.#reopen(() => rewriteFacts(this.#options.path));
    this.#rewrittenAtMs = this.#options.clock.elapsedMs();
  }

  /** Reopens facts that can't be used any more, and rebuilds them if the file is at fault. @returns whether it did */
  async #mend(error: unknown): Promise<boolean> {
    const damage = damageOf(error);
    if (!damage) return false;
    this.#options.log.error("Reopening the report facts, which can't be used", { error: String(error) });
    await this.#reopen(async () => {
      if (damage === "file") removeFacts(this.#options.path);
    });
    return true;
  }

  /** Lets go of the file, changes it, and opens it again, whatever becomes of the change. */
  async #reopen(change: () => Promise<void> = async () => {}): Promise<void> {
    const { database } = this.#facts ?? {};
    this.#facts = undefined;
    this.#open = new OpenSessions(this.#options.store, this.#options.viewerKeys);
    await database?.[Symbol.asyncDispose]();
    try {
      await change();
    } finally {
      this.#facts = await openFacts(this.#options);
    }
  }
}

/** Replaces the facts by rebuilt ones, if there are any. */
function takeOver(path: string): void {
  const next = nextPathOf(path);
  if (!existsSync(next)) return;
  removeFacts(path);
  renameSync(next, path);
}
