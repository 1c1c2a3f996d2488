/** Where trouble is in a session: its errors and stalls, to go from one to the next. */

import type { MetricId } from "../../../sessions/metrics.ts";
import type { Evidence } from "./course.ts";

/** What may be gone to, by its key. */
export const JUMPS = {
  e: { word: "error", metric: "errorEvents" },
  s: { word: "stall", metric: "stallEvents" },
} as const satisfies Record<string, { readonly word: string; readonly metric: MetricId }>;

export type JumpKey = keyof typeof JUMPS;

/** The events to go to, by the key. */
export type Jumps = Readonly<Record<JumpKey, readonly number[]>>;

/** @param find what a number was made of */
export function jumpsOf(find: (metric: string) => Evidence): Jumps {
  const placesOf = (key: JumpKey) => {
    const { events, intervals } = find(JUMPS[key].metric);
    return [...new Set([...events, ...intervals.map(({ at }) => at)])].toSorted((a, b) => a - b);
  };
  return { e: placesOf("e"), s: placesOf("s") };
}

/** The next one behind the chosen event, or the first again. */
export function nextOf(places: readonly number[], chosenAt: number | undefined): number | undefined {
  return places.find((at) => at > (chosenAt ?? -1)) ?? places[0];
}

/** What a press of a key goes to; with another key held the browser may mean something by it. */
export function jumpKeyIn({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): JumpKey | undefined {
  return Object.hasOwn(JUMPS, key) && !ctrlKey && !metaKey && !altKey ? (key as JumpKey) : undefined;
}
