/**
 * The main thread's side of a Worker: a bounded queue of jobs, each with a deadline, none in the way of ingestion.
 *
 * The Worker is started with the first job, and again after it has died.
 */

import { AppError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Order, Report } from "./messages.ts";

export interface LaneOptions<Options> {
  /** What the lane is called in the log. */
  readonly name: string;
  readonly spawn: () => Worker;
  /** What the Worker opens with. */
  readonly options: Options;
  /** Jobs that may wait or run; more are refused. */
  readonly jobsMax: number;
  /** For a job, waiting included. A stream has none: it lives as long as somebody reads it. */
  readonly timeoutMs: number;
  /** What the Worker gets beyond a job's deadline to say so itself, before it counts as stuck and is ended. */
  readonly stuckMs?: number;
  /** After so long without a job the Worker ends; never by default. */
  readonly idleMs?: number;
  readonly log: Log;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
}

interface Job extends Waiting {
  /** Whether the Worker is at it. */
  begun: boolean;
}

/** Jobs that wait and that run. */
export interface LaneLoad {
  readonly waiting: number;
  readonly running: number;
}

const STUCK_MS = 10_000;
/** With what the server waits for requests before, it must be less than the time that a supervisor gives it. */
const STOP_MS_MAX = 1500;

export class Lane<Options, Work> {
  readonly #options: LaneOptions<Options>;
  readonly #jobs = new Map<number, Job>();
  readonly #pulls = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;
  #stopping = false;
  /** Of a Worker that has nothing to do any more. */
  #ending: Promise<void> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LaneOptions<Options>) {
    this.#options = options;
  }

  /** Jobs that wait or run. */
  get jobs(): number {
    return this.#jobs.size;
  }

  load(): LaneLoad {
    const running = [...this.#jobs.values()].filter(({ begun }) => begun).length;
    return { waiting: this.#jobs.size - running, running };
  }

  get isStarted(): boolean {
    return this.#worker !== undefined;
  }

  /** Starts the Worker, so that it does what it does unasked. */
  start(): void {
    this.#getWorker();
  }

  /**
   * Does a job in the Worker.
   *
   * @throws AppError `overloaded` when too many wait, `deadline-exceeded`, and whatever the job throws
   */
  async run<T>(job: Work, signal?: AbortSignal, timeoutMs = this.#options.timeoutMs): Promise<T> {
    return (await this.#begin(job, timeoutMs, signal).outcome) as T;
  }

  /**
   * Begins a stream; resolves with it once its first piece is there, so that what fails at once can be said in words.
   *
   * @throws AppError as {@link run}
   */
  async stream(job: Work, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { id, outcome } = this.#begin(job, 0, signal);
    // A stream that breaks is told to whoever pulls it.
    outcome.catch(() => {});
    // One that is over answers no more: it may have broken while nobody was pulling.
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

  /** Ends the Worker in order; what waits is refused, and so is whatever comes later. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#idle);
    const worker = this.#worker;
    await Promise.all([this.#ending, worker && endInOrder(worker)]);
    if (worker) this.#lose(worker, "The server is stopping");
  }

  #begin(job: Work, timeoutMs: number, signal?: AbortSignal): { id: number; outcome: Promise<unknown> } {
    if (this.#stopping) throw new AppError("overloaded", "The server is stopping");
    if (this.#jobs.size >= this.#options.jobsMax) {
      throw new AppError("overloaded", `Too many ${this.#options.name} are under way: ask again later`);
    }
    if (signal?.aborted) throw new AppError("deadline-exceeded", "Nobody waits for the answer any more");
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise: outcome, resolve, reject } = Promise.withResolvers<unknown>();
    // First, since a job that can't be sent must not keep a place in the queue.
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

  /** A Worker that doesn't end a job in time hears nothing else either: without it the next jobs have one that does. */
  #giveUp(id: number): void {
    this.#settle(id, (waiting) =>
      waiting.reject(new AppError("deadline-exceeded", "The work took longer than its limit")),
    );
    const worker = this.#worker;
    if (!worker) return;
    this.#options.log.error("A Worker was stuck, and is ended", { lane: this.#options.name });
    this.#lose(worker, "It was stuck");
    worker.terminate();
  }

  #post(order: Order<Options, Work>): void {
    this.#getWorker().postMessage(order);
  }

  #getWorker(): Worker {
    if (this.#worker) return this.#worker;
    const worker = this.#options.spawn();
    this.#worker = worker;
    worker.addEventListener("message", ({ data }: MessageEvent<Report>) => this.#hear(data));
    worker.addEventListener("error", ({ message }) => this.#lose(worker, message));
    worker.addEventListener("close", () => this.#lose(worker, "It ended"));
    // A server that stops is not held back by it.
    worker.unref();
    this.#post({ type: "open", options: this.#options.options });
    return worker;
  }

  #hear(report: Report): void {
    switch (report.type) {
      case "begun": {
        const job = this.#jobs.get(report.id);
        if (job) job.begun = true;
        return;
      }
      case "done":
        this.#settle(report.id, ({ resolve }) => resolve(report.value));
        return;
      case "failed":
        this.#settle(report.id, ({ reject }) => reject(new AppError(report.code, report.message)));
        return;
      case "chunk": {
        const pull = this.#pulls.get(report.id);
        this.#pulls.delete(report.id);
        pull?.resolve(report.chunk);
        return;
      }
      case "log":
        this.#options.log[report.level](report.message, report.fields);
        return;
      case "stopped":
      // For whoever ends it.
    }
  }

  /** Ends a job for both who wait: for its outcome, and for its next piece. */
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

  /** Lets go of the Worker before it has ended: a job that comes meanwhile gets a new one. */
  #endIdle(): void {
    const worker = this.#worker;
    if (!worker || this.#stopping) return;
    this.#worker = undefined;
    this.#ending = endInOrder(worker);
  }

  /** Forgets a Worker that is gone, with everything that it was to do. */
  #lose(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#jobs.keys()];
    if (lost.length > 0) this.#options.log.error("A Worker was lost", { lane: this.#options.name, why });
    for (const id of lost) {
      this.#settle(id, ({ reject }) => reject(new AppError("overloaded", "The work was lost: ask again")));
    }
  }
}

/**
 * Asks a Worker to let go of what it holds, and ends it when it has. Returns without it when that takes too long: ended
 * while it opens the column store, it would abort the whole process. The Worker is unreferenced and holds up no exit.
 */
async function endInOrder(worker: Worker): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
    if (data.type === "stopped") resolve();
  });
  worker.addEventListener("close", () => resolve());
  worker.postMessage({ type: "stop" } satisfies Order<never, never>);
  const ended = stopped.then(() => worker.terminate());
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, STOP_MS_MAX);
  await Promise.race([ended, timer.promise]);
  clearTimeout(timeout);
}
