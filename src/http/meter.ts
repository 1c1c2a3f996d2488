/** Counts requests and refusals for /metrics, by labels known beforehand and never by what a client sends. */

import { AppError, type ErrorCode } from "../base/errors.ts";
import { Histogram } from "../base/histogram.ts";
import { SECOND_MS } from "../base/units.ts";

/** From half a millisecond to the seconds after which clients give up. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Methods with a label of their own; all others share one, since clients may invent any. */
const METHODS = ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] as const;
const OTHER = "other";

/** The requests of one route. */
export class RouteMeter {
  readonly pattern: string;
  readonly #elapsedMs: () => number;
  readonly #byMethod: ReadonlyMap<string, Map<number, number>>;
  /** From the request's head to the answer's. */
  readonly seconds = new Histogram(SECONDS);

  constructor(pattern: string, elapsedMs: () => number) {
    this.pattern = pattern;
    this.#elapsedMs = elapsedMs;
    this.#byMethod = new Map([...METHODS, OTHER].map((method) => [method, new Map()]));
  }

  begin(): number {
    return this.#elapsedMs();
  }

  /** @param sinceMs what {@link begin} gave */
  end(method: string, status: number, sinceMs: number): void {
    const counts = this.#byMethod.get(method) ?? this.#byMethod.get(OTHER);
    counts?.set(status, (counts.get(status) ?? 0) + 1);
    this.seconds.observe((this.#elapsedMs() - sinceMs) / SECOND_MS);
  }

  /** How many requests got which status. */
  *answers(): Generator<{ readonly method: string; readonly status: number; readonly count: number }> {
    for (const [method, counts] of this.#byMethod) {
      for (const [status, count] of counts) yield { method, status, count };
    }
  }
}

/** Refusals of what players send, by code. */
class Rejections {
  readonly #counts = new Map<ErrorCode, number>();

  count(error: unknown): void {
    const code = error instanceof AppError ? error.code : "internal";
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  counts(): ReadonlyMap<ErrorCode, number> {
    return this.#counts;
  }
}

/** Everything that the listeners count. */
export class Meter {
  readonly #elapsedMs: () => number;
  readonly #routes = new Map<string, RouteMeter>();
  readonly rejections = new Rejections();

  constructor(elapsedMs: () => number) {
    this.#elapsedMs = elapsedMs;
  }

  /** The meter of a route, by its pattern. */
  route(pattern: string): RouteMeter {
    const known = this.#routes.get(pattern);
    if (known) return known;
    const meter = new RouteMeter(pattern, this.#elapsedMs);
    this.#routes.set(pattern, meter);
    return meter;
  }

  routes(): ReadonlyMap<string, RouteMeter> {
    return this.#routes;
  }
}
