/** How often one client may give a wrong token. */

import { WaitError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { RecentMap } from "../../base/recent-map.ts";

interface FailureLimitOptions {
  readonly failuresMax: number;
  /** The time in which failures are counted, and for which a client is then refused. */
  readonly periodMs: number;
  readonly elapsedMs: () => number;
  readonly log: Log;
}

interface Failures {
  count: number;
  untilMs: number;
}

const CLIENTS_MAX = 10_000;

export class FailureLimit {
  readonly #options: FailureLimitOptions;
  readonly #clients = new RecentMap<string, Failures>(CLIENTS_MAX);

  constructor(options: FailureLimitOptions) {
    this.#options = options;
  }

  /** Whether a client may try now. @throws WaitError `too-many-failures` before anything is compared */
  check(client: string): void {
    const failures = this.#current(client);
    if (!failures || failures.count < this.#options.failuresMax) return;
    const waitMs = failures.untilMs - this.#options.elapsedMs();
    throw new WaitError(
      "too-many-failures",
      "Cannot check the token: too many wrong ones came from this address; try again later",
      waitMs,
    );
  }

  note(client: string): void {
    const { failuresMax, periodMs, elapsedMs, log } = this.#options;
    const untilMs = elapsedMs() + periodMs;
    const failures = this.#current(client) ?? { count: 0, untilMs };
    failures.count += 1;
    this.#clients.set(client, failures);
    if (failures.count < failuresMax) return;
    failures.untilMs = untilMs;
    log.warn("Too many wrong admin tokens from one address: its tokens are refused for a while", {
      failures: failures.count,
      forMs: periodMs,
    });
  }

  #current(client: string): Failures | undefined {
    const failures = this.#clients.get(client);
    return failures && failures.untilMs > this.#options.elapsedMs() ? failures : undefined;
  }
}
