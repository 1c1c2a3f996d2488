/** Folds short sessions here, and longer ones in a Worker, which reads the same file. */

import { systemClock } from "../base/clock.ts";
import { KIB } from "../base/units.ts";
import { foldRecording, type RecordingOptions } from "../http/read/recording.ts";
import type { Parsed } from "../protocol/collection/parse.ts";
import { type FoldedNumbers, type FoldSession, foldInPages, foldShort, SILENCE_MS } from "../store/fold-stored.ts";
import { isShort, PartReader, type ReadPart } from "../store/session-events.ts";
import type { StoreReader } from "../store/store.ts";
import type { WorkerLane } from "../threads/lane.ts";
import type { recordingOptionsOf } from "./part-settings.ts";
import type { FoldsJob, WorkerOptions } from "./worker.ts";

export interface Folds {
  /** A session's current numbers. */
  readonly fold: FoldSession;
  /** The same for display: those of a long session may be some time old. */
  readonly look: FoldSession;
  readonly part: ReadPart;
  readonly recording: FoldRecording;
}

/** Folds a recorded session that isn't stored. @returns the answer's JSON, or what is wrong with the recording */
type FoldRecording = (
  bytes: Uint8Array,
  format: RecordingOptions["format"],
  signal?: AbortSignal,
) => Promise<Parsed<string>>;

/** A long session's numbers are shown for this many times the duration of their fold. */
const LOOK_FACTOR = 20;
/** Long sessions whose numbers are kept for display, each some megabytes at most. */
const LOOKS_MAX = 8;

/** A longer session would block the main thread for more than some milliseconds. */
const RECORDING_BYTES_MAX = 64 * KIB;

/** Folds a recording, and makes the text of its answer. */
export function foldToText(bytes: Uint8Array, options: RecordingOptions): Parsed<string> {
  const folded = foldRecording(bytes, options);
  return "problems" in folded ? folded : { value: JSON.stringify(folded.value) };
}

/** @param lane absent if no Worker can read the store: all folds then run here, in turns with other work */
export function createFolds(
  store: StoreReader,
  lane: WorkerLane<WorkerOptions, FoldsJob> | undefined,
  recordingOptions: ReturnType<typeof recordingOptionsOf>,
): Folds {
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
    recording: async (bytes, format, signal) => {
      const options = { ...recordingOptions, format, nowMs: systemClock.nowMs() };
      if (!lane || bytes.byteLength <= RECORDING_BYTES_MAX) return foldToText(bytes, options);
      return lane.run({ kind: "recording", bytes, options }, signal);
    },
  };
}

interface KeptFold {
  readonly folded: Promise<FoldedNumbers>;
  readonly seq: number;
  readonly isClosed: boolean;
  /** When it was asked for, on the stopwatch: silence may change the numbers of an open session. */
  readonly sinceMs: number;
  /** Until when, on the stopwatch, it is shown even if events have arrived since. */
  untilMs: number;
}

/** Folds for later requests too, even if the first one is cancelled. */
function lookingBy(fold: FoldSession): FoldSession {
  const looks = new Map<number, KeptFold>();
  return (session, seq) => {
    const { id } = session;
    const sinceMs = systemClock.elapsedMs();
    const isClosed = session.close !== undefined;
    const known = looks.get(id);
    if (known?.isClosed === isClosed) {
      const isSame = known.seq === seq && (isClosed || sinceMs < known.sinceMs + SILENCE_MS);
      if (isSame || sinceMs < known.untilMs) return known.folded;
    }
    const look: KeptFold = { folded: fold(session, seq), seq, isClosed, sinceMs, untilMs: Number.POSITIVE_INFINITY };
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
