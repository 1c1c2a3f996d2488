/**
 * Logs failures and refusals: each answer of 5xx, or one now and then of those that come by the thousand. The others
 * are logged at debug, for an integrator of a player.
 */

import type { Clock } from "../../base/clock.ts";
import { AppError, type ErrorCode } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { MINUTE_MS } from "../../base/units.ts";
import { BodyError, statusOf } from "./errors.ts";

interface Told {
  atMs: number;
  /** How many were not logged since. */
  more: number;
}

/** Answers that say "later": an overloaded server must not spend its time on logging each. */
const LATER = 503;

export class FailureLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #told = new Map<ErrorCode, Told>();

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * Logs the error of an answer.
   *
   * @param route its pattern, since a path may name a visitor
   */
  note(error: unknown, method: string, route: string): void {
    if (!(error instanceof AppError)) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log.error("A request failed", {
        method,
        route,
        code: "internal",
        error: String(error),
        at: stack.split("\n")[1] ?? "",
      });
      return;
    }
    const { code, message } = error;
    const status = statusOf(code);
    // A thread that met a bug, or the store that met damage, has logged it already.
    if (code === "internal" || code === "session-damaged") return;
    const more = status === LATER ? this.#countOf(code) : 0;
    if (status < 500 || more === undefined) {
      // Neither values nor the path, which may hold an id.
      const pointers = error instanceof BodyError ? error.problems.map(({ pointer }) => pointer).join(" ") : "";
      this.#log.debug("Refused", { route, method, status, code, ...(pointers && { pointers }) });
      return;
    }
    this.#log.warn("A request failed", {
      method,
      route,
      status,
      code,
      error: message,
      ...(more > 0 && { moreBefore: more }),
    });
  }

  /** How many of a code were left out of the log before this one; undefined if this one is left out too. */
  #countOf(code: ErrorCode): number | undefined {
    const nowMs = this.#clock.elapsedMs();
    const told = this.#told.get(code);
    if (told && nowMs - told.atMs < MINUTE_MS) {
      told.more += 1;
      return undefined;
    }
    this.#told.set(code, { atMs: nowMs, more: 0 });
    return told?.more ?? 0;
  }
}
