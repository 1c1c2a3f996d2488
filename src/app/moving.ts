/** Moves rows of former versions into today's form while the server runs, a slice at a time. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";
import type { JournalStore } from "../store/journal.ts";

interface MovingOptions {
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Moving {
  /** How many rows are left, at most. */
  left(): number;
  /** Begins no further slice; the next start goes on. */
  stop(): Promise<void>;
}

/** Moves rows for this long, then syncs: some 10 ms until requests have their turn. */
const SLICE_MS = 3;
/** Between two slices, so that requests have half of the time. */
const PAUSE_MS = 10;
const LOG_EVERY_MS = 10 * SECOND_MS;

/** Bounds a slice even if the clock stands still. */
const STEPS_PER_SLICE_MAX = 100;

/** Starts to move what there is, if there is anything. */
export function startMoving({ store, clock, log }: MovingOptions): Moving {
  let left = 0;
  let stopped = false;
  const done = move().catch((error: unknown) => {
    if (stopped) return;
    log.error(
      "Rows of a former version could not be moved: they are read where they are, and the next start tries again",
      {
        error: String(error),
      },
    );
  });

  async function move(): Promise<void> {
    const all = await look();
    if (all === undefined || !store.moveOld) return;
    log.info("Moving the session starts of an earlier version into the current form", { left });
    let loggedMs = clock.elapsedMs();
    while (!stopped) {
      const untilMs = clock.elapsedMs() + SLICE_MS;
      let steps = 0;
      await store.moveOld(() => {
        steps += 1;
        return steps >= STEPS_PER_SLICE_MAX || clock.elapsedMs() >= untilMs;
      });
      if ((await look()) === undefined) {
        log.info("Moved the session starts of an earlier version", { rows: all });
        return;
      }
      if (clock.elapsedMs() - loggedMs >= LOG_EVERY_MS) {
        log.info("Moving the session starts of an earlier version", { left });
        loggedMs = clock.elapsedMs();
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async function look(): Promise<number | undefined> {
    const found = await store.countOld?.();
    left = found ?? 0;
    return found;
  }

  return {
    left: () => left,
    async stop() {
      stopped = true;
      await done;
    },
  };
}
