/**
 * The size of a session with its events on their way.
 *
 * A head counts stored events. Events on their way count too, until they fail to be stored, so that a session ends with
 * the same event whether or not the server has restarted in between.
 */

import type { SignsOfLife } from "../../sessions/deadline.ts";
import type { WrittenEvent } from "../../store/written.ts";
import type { LiveHead } from "./live-head.ts";

/** The size of a session once all events on their way are stored. */
export interface TakenSize extends Pick<SignsOfLife, "arrivedAtMs" | "tsMaxMs"> {
  events: number;
  bytes: number;
  /** Events on their way. */
  waiting: number;
}

/** Counts an event on its way to the store; {@link leave} follows. */
export function enter(head: LiveHead, event: WrittenEvent, arrivedAtMs: number): void {
  const { arrivedAtMs: latestMs, tsMaxMs, events, bytes } = head;
  head.taken ??= { arrivedAtMs: latestMs, tsMaxMs, events, bytes, waiting: 0 };
  const { taken } = head;
  taken.waiting += 1;
  taken.events += 1;
  taken.bytes += event.text.bytes;
  taken.arrivedAtMs = arrivedAtMs;
  if (event.tsMs > taken.tsMaxMs) taken.tsMaxMs = event.tsMs;
}

/** Says that an event is stored, or that it could not be. */
export function leave(head: LiveHead, event: WrittenEvent, isStored: boolean): void {
  const { taken } = head;
  if (!taken) return;
  taken.waiting -= 1;
  if (taken.waiting === 0) {
    head.taken = undefined;
  } else if (!isStored) {
    taken.events -= 1;
    taken.bytes -= event.text.bytes;
  }
}
