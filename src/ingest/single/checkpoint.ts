/** The checkpoint of open sessions' heads, so that a restart reads little of the log. */

import { nextTurn } from "../../base/turn.ts";
import type { JournalStore, LogPosition } from "../../store/journal.ts";
import type { Heads, LiveHead } from "./heads.ts";

interface CheckpointOptions {
  readonly store: JournalStore;
  readonly heads: Heads;
  /** The checkpoint that the heads were restored from. */
  readonly restoredFrom: LogPosition;
}

/** Heads in one transaction: events wait some 5 ms behind it, and each has its sync. */
const HEADS_SLICE = 500;
/** A restart reads this many events a second or more, so it never replays for longer than that. */
const CHECKPOINT_EVENTS = 250_000;

export class Checkpoint {
  readonly #options: CheckpointOptions;
  #position: LogPosition;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#position = options.restoredFrom;
  }

  /** Saves the heads once the log has gone far enough ahead of those that were saved last. */
  async saveIfFar(): Promise<void> {
    const { store, heads } = this.#options;
    const behind = store.position().seq - this.#position.seq;
    // With many open sessions a checkpoint is dear: it may then be as far behind as they are many.
    if (behind >= Math.max(CHECKPOINT_EVENTS, 2 * heads.open)) await this.save();
  }

  /** Saves the heads that changed since the last checkpoint, in slices; what changes meanwhile is replayed. */
  async save(): Promise<void> {
    const { store, heads } = this.#options;
    const position = store.position();
    let slice: LiveHead[] = [];
    for (const head of heads.all()) {
      const changed = head.seq > this.#position.seq || head.id > this.#position.session;
      if (!changed || head.close) continue;
      slice.push(head);
      if (slice.length < HEADS_SLICE) continue;
      await store.saveHeads(slice);
      slice = [];
      await nextTurn();
    }
    await store.saveHeads(slice);
    await store.finishCheckpoint(position);
    this.#position = position;
  }
}
