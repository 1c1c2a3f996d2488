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

/** How long a slice should take, its commit included: events that arrive meanwhile wait for it. */
const SLICE_MS = 8;
const LOG_EVERY_MS = 10 * SECOND_MS;

/** A step has some ten rows. */
const STEPS_MAX = 50;

/** Starts to move rows of former versions, if any are left. */
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
    let steps = 1;
    while (!stopped) {
      const sinceMs = clock.elapsedMs();
      let taken = 0;
      await store.moveOld(() => {
        taken += 1;
        return taken >= steps;
      });
      const tookMs = clock.elapsedMs() - sinceMs;
      // Twice as many at most: one quick slice says little of the next.
      steps = Math.max(1, Math.min(STEPS_MAX, 2 * steps, Math.floor((steps * SLICE_MS) / tookMs)));
      if ((await look()) === undefined) {
        log.info("Moved the session starts of an earlier version", { rows: all });
        return;
      }
      if (clock.elapsedMs() - loggedMs >= LOG_EVERY_MS) {
        log.info("Moving the session starts of an earlier version", { left });
        loggedMs = clock.elapsedMs();
      }
      // Requests have at least half of the time.
      await Bun.sleep(Math.max(SLICE_MS, tookMs));
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
