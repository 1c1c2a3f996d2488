/** Holds what the server counted of a session against what the page's witness saw. */

import { expect } from "bun:test";
import type { Truth } from "./site.ts";
import { type Shown, waitsOf } from "./stage.ts";

/** Seconds by which the server may differ from the witness. */
const TOLERANCE_S = 0.3;

export function near(metrics: Shown["metrics"], id: string, seconds: number): void {
  const off = Math.abs((metrics[id] ?? Number.NaN) - seconds);
  expect([id, metrics[id], seconds, off <= TOLERANCE_S]).toEqual([id, metrics[id], seconds, true]);
}

/**
 * What every session must have: counts and times of the witness, and nothing that the server flagged or passed over.
 *
 * @param expected flags that the content has by its kind
 */
export function agree({ metrics, events }: Shown, truth: Truth, expected: readonly string[] = []): void {
  const waits = waitsOf(truth);
  near(metrics, "contentTimeSpent", truth.playMs / 1000 + waits.passingSeconds);
  near(metrics, "totalPauseDuration", truth.pauseMs / 1000);
  near(metrics, "timeToStart", truth.startMs / 1000);
  near(metrics, "adTimeSpent", truth.adMs / 1000);
  near(metrics, "totalBufferDuration", waits.seconds);
  expect(metrics["bufferEvents"]).toBeWithin(waits.min, waits.max + 1);
  expect(metrics["pauseEvents"]).toBe(truth.pauses);
  expect(metrics["errorEvents"]).toBe(0);
  expect(metrics["stallEvents"]).toBe(0);
  // An event whose answer was lost with the page is sent again, and counted once.
  const isOdd = (flag: string) => !expected.includes(flag);
  expect(events.filter(({ verdict, flags }) => verdict === "ignored" || flags.some(isOdd))).toEqual([]);
  const ts = events.filter(({ verdict }) => verdict !== "duplicate").map((event) => event.ts);
  expect(ts).toEqual([...new Set(ts)].toSorted((a, b) => a - b));
}
