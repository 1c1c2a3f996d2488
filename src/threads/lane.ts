/**
 * The main thread's side of a Worker: a bounded queue of jobs, each with a deadline, that never delays ingestion.
 *
 * The first job starts the Worker, and so does the first one after it has died. Where the Worker has work of its own,
 * which may be what it died of, a new one starts only after a pause.
 */

import { systemClock } from "../base/clock.ts";
import { AppError, type ErrorCode, errorOf, WaitError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

export interface WorkerLaneOptions<Options> {
  /** The lane's name in logs and metrics. */
  readonly name: string;
  /** @throws AppError `overloaded` when no thread can start now */
  readonly spawn: () => Worker;
  /** Makes what is handed to a Worker when it opens. */
  readonly options: () => Options;
  /** How many jobs may wait or run; more are refused. */
  readonly jobsMax: number;
  /** Limits a job, waiting included. A stream has no limit: it lives while its reader reads. */
  readonly timeoutMs: number;
  /** How long after a job's deadline the Worker may take to report it, before it counts as stuck and is killed. */
  readonly stuckMs?: number;
  /** Ends the Worker after this long without a job; by default never. */
  readonly idleMs?: number;
  /** How long to wait before another Worker takes the place of one that died; without it none waits. */
  readonly pause?: PauseOptions;
  /** Called with what the Worker met while it worked. */
  readonly onNotice?: (notice: unknown) => void;
  readonly log: Log;
}

interface PauseOptions {
  /** After the first death. Each one before the next job is done doubles it. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** What a job is refused with meanwhile. */
  readonly code: ErrorCode;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Job extends Waiting {
  /** Whether the Worker has started it. */
  begun: boolean;
}

/** How many jobs wait, and how many run; how often the Worker died, and how long until the next one may start. */
interface LaneLoad {
  readonly waiting: number;
  readonly running: number;
  readonly deaths: number;
  readonly pausedMs: number;
}

const STUCK_MS = 10 * SECOND_MS;
/** Together with the wait for requests, this must fit into the time that a supervisor allows. */
const STOP_MS_MAX = 1500;

export class WorkerLane<Options, Work> {
  readonly #options: WorkerLaneOptions<Options>;
  readonly #jobs = new Map<number, Job>();
  readonly #pulls = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #deaths = 0;
  /** Those since a job was done. */
  #deathsInRow = 0;
  /** When another Worker may start, on the stopwatch. */
  #startsAtMs = Number.NEGATIVE_INFINITY;
  #stopping = false;
  /** The end of an idle Worker, while it lasts. */
  #ending: Promise<void> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WorkerLaneOptions<Options>) {
    this.#options = options;
  }

  /** How many jobs wait or run. */
  get jobs(): number {
    return this.#jobs.size;
  }

  load(): LaneLoad {
    const running = [...this.#jobs.values()].filter(({ begun }) => begun).length;
    return { waiting: this.#jobs.size - running, running, deaths: this.#deaths, pausedMs: this.#pausedMs };
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** Starts the Worker without a job, for its own work. */
  start(): void {
    if (this.#pausedMs > 0) return;
    try {
      this.#getWorker();
    } catch (error) {
      // The next to need it tries again.
      if (!(error instanceof AppError)) throw error;
    }
  }

  get #pausedMs(): number {
    return Math.max(0, this.#startsAtMs - systemClock.elapsedMs());
  }

  /**
   * Runs a job in the Worker.
   *
   * @throws AppError `overloaded` when too many jobs wait, `deadline-exceeded`, or as the job does
   */
  async run<T>(job: Work, signal?: AbortSignal, timeoutMs = this.#options.timeoutMs): Promise<T> {
    return (await this.#begin(job, timeoutMs, signal).outcome) as T;
  }

  /**
   * Begins a stream; resolves with its first chunk at hand, so that an early failure can still become an error answer.
   *
   * @throws AppError as {@link run}
   */
  async stream(job: Work, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { id, outcome } = this.#begin(job, 0, signal);
    // The next pull of a broken stream throws its error.
    outcome.catch(() => {});
    // A stream that is over answers no pull: it may have broken between two of them.
    const piece = () => (this.#jobs.has(id) ? this.#pull(id) : outcome.then(() => undefined));
    let next = await piece();
    return new ReadableStream({
      pull: async (controller) => {
        const chunk = next ?? (await piece());
        next = undefined;
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
      cancel: () => this.#cancel(id),
    });
  }

  /** Ends the Worker in order, and refuses jobs that wait or come later. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#idle);
    const worker = this.#worker;
    await Promise.all([this.#ending, worker && endInOrder(worker)]);
    if (worker) this.#lose(worker, "Cannot do this: the server is stopping");
  }

  #begin(job: Work, timeoutMs: number, signal?: AbortSignal): { id: number; outcome: Promise<unknown> } {
    if (this.#stopping) throw new AppError("overloaded", "Cannot do this: the server is stopping");
    if (this.#jobs.size >= this.#options.jobsMax) {
      throw new AppError(
        "overloaded",
        `Cannot take the request: too many ${this.#options.name} are under way; repeat it later`,
      );
    }
    if (signal?.aborted) throw new AppError("deadline-exceeded", "Cannot answer: the client no longer waits");
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise: outcome, resolve, reject } = Promise.withResolvers<unknown>();
    // First, so that a job that can't be sent takes no place in the queue.
    this.#post({ type: "run", id, job, timeoutMs });
    clearTimeout(this.#idle);
    this.#jobs.set(id, { resolve, reject, begun: false });
    const onAbort = () => this.#cancel(id);
    signal?.addEventListener("abort", onAbort, { once: true });
    const { stuckMs = STUCK_MS } = this.#options;
    const stuck = timeoutMs > 0 ? setTimeout(() => this.#giveUp(id), timeoutMs + stuckMs) : undefined;
    const settled = outcome.finally(() => {
      clearTimeout(stuck);
      signal?.removeEventListener("abort", onAbort);
    });
    return { id, outcome: settled };
  }

  #pull(id: number): Promise<Uint8Array | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#pulls.set(id, { resolve, reject });
    this.#post({ type: "pull", id });
    return promise as Promise<Uint8Array | undefined>;
  }

  #cancel(id: number): void {
    if (this.#jobs.has(id)) this.#post({ type: "cancel", id });
  }

  /**
   * Turns away from a Worker that has not ended a job in time: it is stuck, and the next jobs get another. It isn't
   * killed, which would abort the whole process while the column store runs in it; it ends once it hears again.
   */
  #giveUp(id: number): void {
    this.#settle(id, (waiting) =>
      waiting.reject(
        new AppError("deadline-exceeded", "Cannot finish the work: it took longer than its limit; ask for less"),
      ),
    );
    const worker = this.#worker;
    if (!worker) return;
    this.#options.log.error("A Worker is stuck; another takes its place", { lane: this.#options.name });
    this.#lose(worker, "It was stuck");
    void endInOrder(worker);
  }

  #post(message: ToWorker<Options, Work>): void {
    this.#getWorker().postMessage(message);
  }

  #getWorker(): Worker {
    if (this.#worker) return this.#worker;
    const { pause, name } = this.#options;
    if (pause && this.#pausedMs > 0) {
      const seconds = Math.ceil(this.#pausedMs / SECOND_MS);
      const message = `Cannot do this now: the ${name} thread died; repeat it in ${seconds} s, when another starts`;
      throw new WaitError(pause.code, message, this.#pausedMs);
    }
    const worker = this.#options.spawn();
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#hear(data, worker));
    worker.addEventListener("error", ({ message }) => this.#lose(worker, message));
    worker.addEventListener("close", () => this.#lose(worker, "It ended"));
    // The Worker must not keep a stopping server alive.
    worker.unref();
    this.#post({ type: "open", options: this.#options.options() });
    return worker;
  }

  #hear(reply: FromWorker, worker: Worker): void {
    switch (reply.type) {
      case "begun": {
        const job = this.#jobs.get(reply.id);
        if (job) job.begun = true;
        return;
      }
      case "done":
        this.#deathsInRow = 0;
        this.#settle(reply.id, ({ resolve }) => resolve(reply.value));
        return;
      case "failed":
        this.#settle(reply.id, ({ reject }) => reject(errorOf(reply.fault)));
        return;
      case "chunk": {
        const pull = this.#pulls.get(reply.id);
        this.#pulls.delete(reply.id);
        pull?.resolve(reply.chunk);
        return;
      }
      case "notice":
        this.#options.onNotice?.(reply.notice);
        return;
      case "log":
        this.#options.log[reply.level](reply.message, reply.fields);
        return;
      case "unopened":
        this.#replace(worker);
        return;
      case "stopped":
      // endInOrder listens for it.
    }
  }

  /** Settles both promises of a job: its outcome, and its next chunk. */
  #settle(id: number, end: (waiting: Waiting) => void): void {
    for (const waiting of [this.#jobs.get(id), this.#pulls.get(id)]) if (waiting) end(waiting);
    this.#jobs.delete(id);
    this.#pulls.delete(id);
    const { idleMs } = this.#options;
    if (idleMs === undefined || this.#jobs.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#endIdle(), idleMs);
    this.#idle.unref();
  }

  /** Forgets the Worker before it has ended, so that a job that comes meanwhile starts a new one. */
  #endIdle(): void {
    const worker = this.#worker;
    if (!worker || this.#stopping) return;
    this.#worker = undefined;
    this.#ending = endInOrder(worker);
  }

  /** Forgets a Worker that could not open, so that the next job starts another. */
  #replace(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#failJobs(
      new AppError("store-failed", "Cannot do this now: the worker could not open its files; see the log"),
    );
    this.#ending = endInOrder(worker);
  }

  /** Forgets a Worker that is gone, and fails its jobs. */
  #lose(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const { name: lane, log, pause } = this.#options;
    if (!this.#stopping) this.#deaths += 1;
    if (pause && !this.#stopping) {
      const pauseMs = Math.min(pause.mostMs, pause.firstMs * 2 ** this.#deathsInRow);
      this.#deathsInRow += 1;
      this.#startsAtMs = systemClock.elapsedMs() + pauseMs;
      log.error("A Worker was lost", { lane, why, pauseMs });
    } else if (this.#jobs.size > 0) {
      log.error("A Worker was lost", { lane, why });
    }
    this.#failJobs(new AppError("overloaded", "Cannot finish the work: its thread was lost; repeat the request"));
  }

  #failJobs(error: AppError): void {
    for (const id of [...this.#jobs.keys()]) this.#settle(id, ({ reject }) => reject(error));
  }
}

/**
 * Asks a Worker to let go of what it holds, and ends it when it has. Returns without it when that takes too long: ended
 * while it opens the column store, it would abort the whole process. The Worker is unreferenced and holds up no exit.
 */
async function endInOrder(worker: Worker): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === "stopped") resolve();
  });
  worker.addEventListener("close", () => resolve());
  worker.postMessage({ type: "stop" } satisfies ToWorker<never, never>);
  const ended = stopped.then(() => worker.terminate());
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, STOP_MS_MAX);
  await Promise.race([ended, timer.promise]);
  clearTimeout(timeout);
}
