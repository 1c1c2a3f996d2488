/** The order in which a session's events count. Arrival decides nothing but which of two duplicates is the first. */

import type { PlayerEvent } from "../protocol/event.ts";

/**
 * Sorts a session's events by `ts`, the `sessionStart` first whatever its `ts`.
 *
 * @param events in order of arrival
 * @returns a new array
 * @see docs/metrics.md, "Order"
 */
export function orderEvents<E extends PlayerEvent>(events: readonly E[]): E[] {
  return events.toSorted((a, b) => rankOf(a) - rankOf(b) || a.tsMs - b.tsMs);
}

function rankOf({ type }: PlayerEvent): number {
  return type === "sessionStart" ? 0 : 1;
}
