/**
 * The Worker's side: performs jobs in order, a bounded number at once, and its own work while it has none.
 */

import { assert } from "../base/assert.ts";
import { systemClock } from "../base/clock.ts";
import { AppError, faultOf } from "../base/errors.ts";
import type { Log, LogFields, LogLevel } from "../base/log.ts";
import type { Chunks } from "../base/stream.ts";
import { nextTurn } from "../base/turn.ts";
import { MINUTE_MS, SECOND_MS } from "../base/units.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** What an open Worker can do. */
export interface Desk<Job> extends AsyncDisposable {
  /** How many jobs it performs at once. */
  readonly jobsAtOnce: number;
  /** Performs a job; yields a stream chunk by chunk, on demand. Must end soon after `signal` aborts. */
  perform(job: Job, signal: AbortSignal): Promise<unknown> | Chunks;
  /** Performs a slice of its own work. @returns how many milliseconds until the next */
  rest?(): Promise<number>;
}

/** The connection to the main thread. */
interface DeskLine<Options, Job> {
  send(message: FromWorker): void;
  listen(hear: (message: ToWorker<Options, Job>) => void): void;
}

/** Opens a desk. @param notify tells the main thread of what the Worker meets */
type OpenDesk<Options, Job> = (options: Options, log: Log, notify: (notice: unknown) => void) => Promise<Desk<Job>>;

interface Run<Job> {
  readonly id: number;
  readonly job: Job;
  readonly controller: AbortController;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  /** Resolves when the main thread asks for the next chunk of the stream. */
  asked: PromiseWithResolvers<void>;
}

/** A stream ends when its reader asks for no chunk for this long: the reader is gone, or stuck. */
const UNASKED_MS_MAX = MINUTE_MS;
/** How long to wait after the desk's own work has failed. */
const AFTER_FAILURE_MS = 5 * SECOND_MS;

/**
 * Attends to messages for as long as the Worker lives.
 *
 * @param open opens the desk; if it fails, so does every job, and another Worker takes over
 */
export function attendDesk<Options, Job>(line: DeskLine<Options, Job>, open: OpenDesk<Options, Job>): void {
  const attendant = new Attendant(line, open);
  line.listen((message) => attendant.hear(message));
}

class Attendant<Options, Job> {
  readonly #line: DeskLine<Options, Job>;
  readonly #open: OpenDesk<Options, Job>;
  readonly #waiting: Run<Job>[] = [];
  readonly #running = new Map<number, Run<Job>>();
  #options: Options | undefined;
  #desk: Promise<Desk<Job>> | undefined;
  #working = false;
  /** The number of the job that came last. */
  #lastId = 0;
  #stopping = false;
  #alarm: ReturnType<typeof setTimeout> | undefined;
  /** When the desk's own work is next due, on the stopwatch. */
  #restAtMs = Number.NEGATIVE_INFINITY;

  constructor(line: DeskLine<Options, Job>, open: OpenDesk<Options, Job>) {
    this.#line = line;
    this.#open = open;
  }

  hear(message: ToWorker<Options, Job>): void {
    switch (message.type) {
      case "open":
        assert(this.#options === undefined, "a Worker is opened once");
        this.#options = message.options;
        void this.#work();
        return;
      case "run":
        assert(message.id > this.#lastId, "jobs come in the order of their numbers");
        this.#lastId = message.id;
        this.#waiting.push(this.#begin(message));
        void this.#work();
        return;
      case "pull":
        this.#find(message.id)?.asked.resolve();
        return;
      case "cancel":
        this.#find(message.id)?.controller.abort(
          new AppError("deadline-exceeded", "Cannot answer: the client no longer waits"),
        );
        return;
      case "stop":
        this.#stopping = true;
        void this.#stop();
    }
  }

  #begin({ id, job, timeoutMs }: Extract<ToWorker<Options, Job>, { type: "run" }>): Run<Job> {
    const controller = new AbortController();
    const late = () =>
      controller.abort(
        new AppError("deadline-exceeded", `Cannot finish the work: it took longer than ${timeoutMs} ms; ask for less`),
      );
    const timer = timeoutMs > 0 ? setTimeout(late, timeoutMs) : undefined;
    const run = { id, job, controller, timer, asked: Promise.withResolvers<void>() };
    controller.signal.addEventListener("abort", () => this.#refuse(run));
    return run;
  }

  /** Ends a run that has not begun: the stream before it may last as long as its reader likes. */
  #refuse(run: Run<Job>): void {
    const at = this.#waiting.indexOf(run);
    if (at === -1) return;
    this.#waiting.splice(at, 1);
    clearTimeout(run.timer);
    this.#fail(run, run.controller.signal.reason);
  }

  #find(id: number): Run<Job> | undefined {
    return this.#running.get(id) ?? this.#waiting.find((run) => run.id === id);
  }

  /** Starts waiting runs while there is room; without any, does the desk's own work. */
  async #work(): Promise<void> {
    if (this.#working || this.#options === undefined) return;
    this.#working = true;
    clearTimeout(this.#alarm);
    try {
      this.#desk ??= this.#open(this.#options, logOver(this.#line), (notice) =>
        this.#line.send({ type: "notice", notice }),
      );
      const desk = await this.#desk;
      while (!this.#stopping && this.#running.size < desk.jobsAtOnce) {
        const run = this.#waiting.shift();
        if (run) void this.#run(desk, run);
        else if (this.#running.size > 0 || !(await this.#rest(desk))) break;
      }
    } catch (error) {
      this.#failToOpen(error);
    } finally {
      this.#working = false;
    }
  }

  /**
   * Asks to be replaced, which fails every job: the cause may pass, but a module that failed to load stays failed in
   * this Worker.
   */
  #failToOpen(error: unknown): void {
    logOver(this.#line).error("A Worker could not open", { error: String(error) });
    // Takes no more jobs.
    this.#options = undefined;
    this.#line.send({ type: "unopened" });
  }

  /** @returns whether to continue at once */
  async #rest(desk: Desk<Job>): Promise<boolean> {
    if (!desk.rest) return false;
    // After every job, it would delay the next one.
    const earlyMs = this.#restAtMs - systemClock.elapsedMs();
    if (earlyMs > 0) {
      this.#alarm = setTimeout(() => void this.#work(), earlyMs);
      return false;
    }
    const delayMs = await desk.rest().catch((error: unknown) => {
      logOver(this.#line).error("A Worker's own work failed", { error: String(error) });
      return AFTER_FAILURE_MS;
    });
    this.#restAtMs = systemClock.elapsedMs() + delayMs;
    await nextTurn();
    if (delayMs <= 0) return true;
    this.#alarm = setTimeout(() => void this.#work(), delayMs);
    return this.#waiting.length > 0;
  }

  async #run(desk: Desk<Job>, run: Run<Job>): Promise<void> {
    this.#running.set(run.id, run);
    try {
      run.controller.signal.throwIfAborted();
      this.#line.send({ type: "begun", id: run.id });
      const work = desk.perform(run.job, run.controller.signal);
      const value = Symbol.asyncIterator in work ? await this.#stream(run, work) : await work;
      this.#line.send({ type: "done", id: run.id, value });
    } catch (error) {
      this.#fail(run, run.controller.signal.aborted ? run.controller.signal.reason : error);
    } finally {
      clearTimeout(run.timer);
      this.#running.delete(run.id);
      void this.#work();
    }
  }

  async #stream(run: Run<Job>, pieces: Chunks): Promise<void> {
    const { signal } = run.controller;
    const onAbort = () => run.asked.resolve();
    signal.addEventListener("abort", onAbort);
    try {
      while (true) {
        await this.#asked(run);
        signal.throwIfAborted();
        const { done, value: chunk } = await pieces.next();
        signal.throwIfAborted();
        run.asked = Promise.withResolvers();
        this.#line.send({ type: "chunk", id: run.id, chunk: done ? undefined : chunk });
        if (done) return;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      await pieces.return(undefined).catch(() => {});
    }
  }

  async #asked(run: Run<Job>): Promise<void> {
    const giveUp = () =>
      run.controller.abort(new AppError("deadline-exceeded", "Cannot go on: the client stopped reading the answer"));
    const timer = setTimeout(giveUp, UNASKED_MS_MAX);
    await run.asked.promise;
    clearTimeout(timer);
  }

  #fail({ id }: Run<Job>, error: unknown): void {
    const known = error instanceof AppError ? error : new AppError("internal", "The work failed");
    if (known !== error) logOver(this.#line).error("A job failed", { error: String(error) });
    this.#line.send({ type: "failed", id, fault: faultOf(known) });
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#alarm);
    for (const run of [...this.#waiting, ...this.#running.values()]) run.controller.abort(stopped());
    while (this.#running.size > 0 || this.#working) await nextTurn();
    const desk = await this.#desk?.catch(() => undefined);
    await desk?.[Symbol.asyncDispose]();
    this.#line.send({ type: "stopped" });
  }
}

function stopped(): AppError {
  return new AppError("overloaded", "Cannot do this: the server is stopping");
}

function logOver(line: Pick<DeskLine<unknown, unknown>, "send">): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      line.send({ type: "log", level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
