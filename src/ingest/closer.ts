/** Works beside requests: has the intake close due sessions, and gives closed ones their numbers. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import type { Verdict } from "../sessions/ledger.ts";
import type { Store } from "../store/store.ts";
import type { Intake } from "./intake.ts";
import { settlePending } from "./settle.ts";

export interface CloserOptions {
  readonly intake: Pick<Intake, "closeDue">;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const INTERVAL_MS = 250;
/** After a failure: a disk that is full stays so for a while, and each try is a line in the log. */
const AFTER_FAILURE_MS = 5000;

export class Closer {
  readonly #options: CloserOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #passes = new Mutex();
  #restUntilMs = Number.NEGATIVE_INFINITY;
  /** Counts the events of the sessions that were folded here, by verdict. */
  readonly verdicts = new Map<Verdict, number>();

  constructor(options: CloserOptions) {
    this.#options = options;
  }

  /** Begins to look after sessions, four times a second. */
  start(): void {
    const { clock } = this.#options;
    this.#timer = setInterval(() => {
      if (this.#passes.isIdle && clock.elapsedMs() >= this.#restUntilMs) void this.work();
    }, INTERVAL_MS);
  }

  /** Does what is due by now; one pass at a time. A pass that fails is logged, and what it left is due at the next. */
  work(): Promise<void> {
    return this.#passes.run(() =>
      this.#pass().catch((error: unknown) => {
        this.#options.log.error("Closing sessions failed", { error: String(error) });
        this.#restUntilMs = this.#options.clock.elapsedMs() + AFTER_FAILURE_MS;
      }),
    );
  }

  /** Begins no further pass, and ends with the one under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#passes.run(async () => {});
  }

  async #pass(): Promise<void> {
    const { intake, store, clock, log } = this.#options;
    await intake.closeDue();
    await settlePending({
      store,
      elapsedMs: () => clock.elapsedMs(),
      onFolded: ({ verdicts = {} }) => {
        for (const [verdict, events] of Object.entries(verdicts) as [Verdict, number][]) {
          this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + events);
        }
      },
      onFailure: ({ id, sid }, error) => {
        log.error("A session could not be folded", { session: id, sid, error: String(error) });
      },
    });
  }
}
