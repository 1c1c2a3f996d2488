/**
 * The Worker's side: takes jobs in order, does a bounded number of them at once, and its own work while there are none.
 */

import { assert } from "../base/assert.ts";
import { systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Log, LogFields, LogLevel } from "../base/log.ts";
import { nextTurn } from "../base/turn.ts";
import type { Order, Report } from "./messages.ts";

/** What a Worker can do, once it is open. */
export interface Desk<Job> extends AsyncDisposable {
  /** Jobs at once. */
  readonly jobsAtOnce: number;
  /** Does a job; pieces of a stream come one by one, as they are asked for. Must end soon once `signal` is aborted. */
  perform(job: Job, signal: AbortSignal): Promise<unknown> | AsyncGenerator<Uint8Array, void, void>;
  /** Does a little of what is to be done unasked. @returns after how many milliseconds there is more */
  rest?(): Promise<number>;
}

/** A way to say something to the main thread, and to hear it. */
export interface Line<Options, Job> {
  send(report: Report): void;
  listen(hear: (order: Order<Options, Job>) => void): void;
}

interface Run<Job> {
  readonly id: number;
  readonly job: Job;
  readonly controller: AbortController;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
  /** Whoever waits for the next piece of a stream to be asked for. */
  asked: PromiseWithResolvers<void>;
}

/** A stream of which nobody has asked for a piece for this long is given up: its reader is gone, or stands still. */
const UNASKED_MS_MAX = 60_000;
/** After a failure of what is done unasked. */
const AFTER_FAILURE_MS = 5000;

/**
 * Takes orders for as long as the Worker lives.
 *
 * @param open opens the desk; a failure fails every job
 */
export function attendDesk<Options, Job>(
  line: Line<Options, Job>,
  open: (options: Options, log: Log) => Promise<Desk<Job>>,
): void {
  const attendant = new Attendant(line, open);
  line.listen((order) => attendant.hear(order));
}

class Attendant<Options, Job> {
  readonly #line: Line<Options, Job>;
  readonly #open: (options: Options, log: Log) => Promise<Desk<Job>>;
  readonly #waiting: Run<Job>[] = [];
  readonly #running = new Map<number, Run<Job>>();
  #options: Options | undefined;
  #desk: Promise<Desk<Job>> | undefined;
  #working = false;
  /** The number of the job that came last. */
  #lastId = 0;
  #stopping = false;
  #alarm: ReturnType<typeof setTimeout> | undefined;
  /** When the desk's own work is due, on the stopwatch. */
  #restAtMs = Number.NEGATIVE_INFINITY;

  constructor(line: Line<Options, Job>, open: (options: Options, log: Log) => Promise<Desk<Job>>) {
    this.#line = line;
    this.#open = open;
  }

  hear(order: Order<Options, Job>): void {
    switch (order.type) {
      case "open":
        assert(this.#options === undefined, "a Worker is opened once");
        this.#options = order.options;
        void this.#work();
        return;
      case "run":
        assert(order.id > this.#lastId, "jobs come in the order of their numbers");
        this.#lastId = order.id;
        this.#waiting.push(this.#begin(order));
        void this.#work();
        return;
      case "pull":
        this.#find(order.id)?.asked.resolve();
        return;
      case "cancel":
        this.#find(order.id)?.controller.abort(new AppError("deadline-exceeded", "Nobody waits for the answer"));
        return;
      case "stop":
        this.#stopping = true;
        void this.#stop();
    }
  }

  #begin({ id, job, timeoutMs }: Extract<Order<Options, Job>, { type: "run" }>): Run<Job> {
    const controller = new AbortController();
    const late = () => controller.abort(new AppError("deadline-exceeded", `It took longer than ${timeoutMs} ms`));
    const timer = timeoutMs > 0 ? setTimeout(late, timeoutMs) : undefined;
    const run = { id, job, controller, timer, asked: Promise.withResolvers<void>() };
    controller.signal.addEventListener("abort", () => this.#refuse(run));
    return run;
  }

  /** Ends a run that has not begun: what it waits for may take as long as somebody reads a stream. */
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

  /** Starts what waits, as far as there is room; when nothing does, the desk goes about its own work. */
  async #work(): Promise<void> {
    if (this.#working || this.#options === undefined) return;
    this.#working = true;
    clearTimeout(this.#alarm);
    try {
      this.#desk ??= this.#open(this.#options, logOver(this.#line));
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

  /** What kept the desk from opening may be gone by the next job, or by itself. */
  #failToOpen(error: unknown): void {
    this.#desk = undefined;
    this.#alarm = setTimeout(() => void this.#work(), AFTER_FAILURE_MS);
    logOver(this.#line).error("A Worker could not open", { error: String(error) });
    const told = new AppError("store-failed", "What this needs can't be opened now; the log says why");
    for (const run of this.#waiting.splice(0)) {
      clearTimeout(run.timer);
      this.#fail(run, told);
    }
  }

  /** @returns whether there is more to do at once */
  async #rest(desk: Desk<Job>): Promise<boolean> {
    if (!desk.rest) return false;
    // Behind each job it would stand in the way of the next.
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

  async #stream(run: Run<Job>, pieces: AsyncGenerator<Uint8Array, void, void>): Promise<void> {
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
    const giveUp = () => run.controller.abort(new AppError("deadline-exceeded", "Nobody reads the answer"));
    const timer = setTimeout(giveUp, UNASKED_MS_MAX);
    await run.asked.promise;
    clearTimeout(timer);
  }

  #fail({ id }: Run<Job>, error: unknown): void {
    const known = error instanceof AppError ? error : new AppError("internal", "The work failed");
    if (known !== error) logOver(this.#line).error("A job failed", { error: String(error) });
    this.#line.send({ type: "failed", id, code: known.code, message: known.message });
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
  return new AppError("overloaded", "The server is stopping");
}

function logOver(line: Pick<Line<unknown, unknown>, "send">): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) =>
      line.send({ type: "log", level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
