/** The checkpoint of open sessions' heads, so that a restart reads little of the log. */

import { nextTurn } from "../../base/turn.ts";
import type { JournalStore, LogPosition } from "../../store/journal.ts";
import type { Heads } from "./heads.ts";
import type { LiveHead } from "./live-head.ts";

interface CheckpointOptions {
  readonly store: JournalStore;
  readonly heads: Heads;
  /** The checkpoint that the heads were restored from. */
  readonly restoredFrom: LogPosition;
}

/** Heads per transaction, each with a sync, during which events wait some 5 ms. */
const HEADS_SLICE = 500;
/** A restart replays at least this many events a second, so it never replays for longer than a second. */
const CHECKPOINT_EVENTS = 250_000;

export class Checkpoint {
  readonly #options: CheckpointOptions;
  #position: LogPosition;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#position = options.restoredFrom;
  }

  /** Saves the heads once the log is far enough ahead of the last checkpoint. */
  async saveIfFar(): Promise<void> {
    const { store, heads } = this.#options;
    const behind = store.position().seq - this.#position.seq;
    // With many open sessions a checkpoint is expensive, so it may fall behind in proportion to their number.
    if (behind >= Math.max(CHECKPOINT_EVENTS, 2 * heads.open)) await this.save();
  }

  /** Saves the heads changed since the last checkpoint, in slices; a restart replays later changes. */
  async save(): Promise<void> {
    const { store, heads } = this.#options;
    const position = store.position();
    let slice: LiveHead[] = [];
    for (const head of heads.changedSince(this.#position)) {
      // A close that is stored meanwhile must keep it out of the checkpoint.
      heads.keep(head);
      slice.push(head);
      if (slice.length < HEADS_SLICE) continue;
      await this.#saveSlice(slice);
      slice = [];
      await nextTurn();
    }
    await this.#saveSlice(slice);
    await store.finishCheckpoint(position);
    this.#position = position;
  }

  async #saveSlice(slice: readonly LiveHead[]): Promise<void> {
    const { store, heads } = this.#options;
    try {
      await store.saveHeads(slice);
    } finally {
      for (const head of slice) heads.release(head);
    }
  }
}
