/** Gives memory back once players have become quiet: after a load, the engine keeps its garbage until more has come. */

import { fullGC } from "bun:jsc";
import { SECOND_MS } from "../base/units.ts";

/** Less garbage than these leave isn't worth a pause: they make some 100 MB of it. */
const EVENTS_MIN = 10_000;
/** So few in a second that hardly one of them waits for the collection. */
const QUIET_EVENTS_MAX = 20;

/** Looks each second. @param eventsSoFar how many events the server has stored since its start */
export function collectWhenQuiet(eventsSoFar: () => number): Disposable {
  const isDue = createQuietTest(eventsSoFar());
  const timer = setInterval(() => {
    if (isDue(eventsSoFar())) fullGC();
  }, SECOND_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Makes a test, to be asked each second, of whether players have become quiet after a load. */
export function createQuietTest(eventsBefore: number): (eventsSoFar: number) => boolean {
  let last = eventsBefore;
  let collectedAt = eventsBefore;
  return (eventsSoFar) => {
    const isQuiet = eventsSoFar - last <= QUIET_EVENTS_MAX;
    last = eventsSoFar;
    if (!isQuiet || eventsSoFar - collectedAt < EVENTS_MIN) return false;
    collectedAt = eventsSoFar;
    return true;
  };
}
