/** Where sessions are folded: short ones here, longer ones in a Worker, which reads the same file. */

import { systemClock } from "../base/clock.ts";
import { type FoldedNumbers, type FoldSession, foldInPages, foldShort } from "../store/fold-stored.ts";
import { isShort, PartReader, type ReadPart } from "../store/session-events.ts";
import type { StoreReader } from "../store/store.ts";
import type { Lane } from "../threads/lane.ts";
import type { FoldsJob, WorkerOptions } from "./worker.ts";

export interface Folds {
  /** A session's numbers as they are now. */
  readonly fold: FoldSession;
  /** The same for showing them: those of a long session may be some time old. */
  readonly look: FoldSession;
  readonly part: ReadPart;
}

/** The numbers of a long session are shown for this many times as long as its fold took. */
const LOOK_FACTOR = 20;
/** Long sessions whose numbers are kept for showing, each some megabytes at most. */
const LOOKS_MAX = 8;

/** @param lane absent where no Worker can read what the store has: all is done here, in turns with other work */
export function createFolds(store: StoreReader, lane: Lane<WorkerOptions, FoldsJob> | undefined): Folds {
  const foldLong: FoldSession = (session, seq, signal) =>
    lane ? lane.run({ kind: "fold", id: session.id, seq }, signal) : foldInPages(store, session, seq, { signal });
  const lookLong = lookingBy(foldLong);
  return {
    fold: async (...asked) => (await foldShort(store, asked[0], asked[1])) ?? foldLong(...asked),
    look: async (...asked) => (await foldShort(store, asked[0], asked[1])) ?? lookLong(...asked),
    part: async (session, seq, query, signal) => {
      const isHere = !lane || (await isShort(store, session, seq));
      if (isHere) return new PartReader(store).read(session, seq, query, signal);
      return lane.run({ kind: "part", id: session.id, seq, query }, signal);
    },
  };
}

interface Look {
  readonly folded: Promise<FoldedNumbers>;
  readonly seq: number;
  readonly isClosed: boolean;
  /** Until when it is shown although events came since, on the stopwatch. */
  untilMs: number;
}

/** Folds for those who ask next, too, whatever becomes of the request that asked first. */
function lookingBy(fold: FoldSession): FoldSession {
  const looks = new Map<number, Look>();
  return (session, seq) => {
    const { id } = session;
    const sinceMs = systemClock.elapsedMs();
    const isClosed = session.close !== undefined;
    const known = looks.get(id);
    if (known?.isClosed === isClosed && (known.seq === seq || sinceMs < known.untilMs)) return known.folded;
    const look: Look = { folded: fold(session, seq), seq, isClosed, untilMs: Number.POSITIVE_INFINITY };
    looks.delete(id);
    looks.set(id, look);
    for (const oldest of looks.keys()) if (looks.size > LOOKS_MAX) looks.delete(oldest);
    look.folded.then(
      () => {
        const nowMs = systemClock.elapsedMs();
        look.untilMs = nowMs + LOOK_FACTOR * (nowMs - sinceMs);
      },
      () => looks.get(id) === look && looks.delete(id),
    );
    return look.folded;
  };
}
