/** What goes on beside requests: due sessions are closed, closed ones get their numbers, heads are checkpointed. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { Mutex } from "../base/mutex.ts";
import { nextTurn } from "../base/turn.ts";
import type { Verdict } from "../sessions/ledger.ts";
import type { LogPosition, Store } from "../store/store.ts";
import type { LiveHead } from "./heads.ts";
import type { Ingest } from "./ingest.ts";
import { settlePending } from "./settle.ts";

export interface CloserOptions {
  readonly ingest: Ingest;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const INTERVAL_MS = 250;
/** After a failure: a disk that is full stays so for a while, and each try is a line in the log. */
const AFTER_FAILURE_MS = 5000;
/** Sessions looked at before the loop gets its turn. */
const SLICE = 100;
/** Heads in one transaction: events wait some 5 ms behind it, and each has its sync. */
const HEADS_SLICE = 500;
/** A restart reads this many events a second or more, so it never replays for longer than that. */
const CHECKPOINT_EVENTS = 250_000;

export class Closer {
  readonly #options: CloserOptions;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #passes = new Mutex();
  #checkpoint: LogPosition;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  /** Events of the sessions that were folded here, by what became of them. */
  readonly verdicts = new Map<Verdict, number>();

  constructor(options: CloserOptions) {
    this.#options = options;
    this.#checkpoint = options.ingest.restoredFrom;
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

  /** Ends the work and saves every head, so that the next start replays nothing. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    // Without it the next start reads more of the log; a failing or full disk must not keep the server from ending.
    await this.#passes
      .run(() => this.#saveHeads())
      .catch((error: unknown) =>
        this.#options.log.warn("The last checkpoint could not be written", { error: String(error) }),
      );
  }

  async #pass(): Promise<void> {
    const { store, ingest, clock, log } = this.#options;
    // A server that nobody writes to must notice too, before another starts in its place.
    await store.checkFiles();
    await this.#closeDue();
    await settlePending({
      store,
      elapsedMs: () => clock.elapsedMs(),
      onFolded: ({ verdicts }) => {
        for (const [verdict, events] of Object.entries(verdicts) as [Verdict, number][]) {
          this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + events);
        }
      },
      onFailure: (sid, error) => log.error("A session could not be folded", { sid, error: String(error) }),
    });
    const behind = store.position().seq - this.#checkpoint.seq;
    // With many open sessions a checkpoint is dear: it may then be as far behind as they are many.
    if (behind >= Math.max(CHECKPOINT_EVENTS, 2 * ingest.heads.open)) await this.#saveHeads();
  }

  async #closeDue(): Promise<void> {
    const { ingest } = this.#options;
    while (true) {
      const due = ingest.heads.takeDue(ingest.steadyMs(), SLICE);
      const outcomes = await Promise.allSettled(due.map((head) => ingest.attend(head)));
      const failed = outcomes.find((outcome) => outcome.status === "rejected");
      if (failed) throw failed.reason;
      if (due.length < SLICE) return;
      await nextTurn();
    }
  }

  /** Saves the heads that changed since the last checkpoint, in slices; what changes meanwhile is replayed. */
  async #saveHeads(): Promise<void> {
    const { ingest, store } = this.#options;
    const position = store.position();
    let slice: LiveHead[] = [];
    for (const head of ingest.heads.all()) {
      const changed = head.seq > this.#checkpoint.seq || head.id > this.#checkpoint.session;
      if (!changed || head.close) continue;
      slice.push(head);
      if (slice.length < HEADS_SLICE) continue;
      await store.saveHeads(slice);
      slice = [];
      await nextTurn();
    }
    await store.saveHeads(slice);
    await store.finishCheckpoint(position);
    this.#checkpoint = position;
  }
}
