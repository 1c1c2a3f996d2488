/** Sessions in words, and the numbers that they have. */

import { expect, test } from "bun:test";
import type { Parameters, PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import type { NamedMetrics } from "../../src/sessions/metrics.ts";
import { eventsOf } from "./table.ts";

export type Case = readonly [name: string, session: string, expected: NamedMetrics];

/** A film of ten minutes unless the session begins by itself. */
export function metricsOf(session: string, { closed = true, params = {} as Parameters } = {}): NamedMetrics {
  const [start, ...rest] = eventsOf(session.startsWith("0 sessionStart") ? session : `0 sessionStart =600, ${session}`);
  const events = [{ ...start, params: { ...start?.params, ...params } } as PlayerEvent, ...rest];
  return foldSession(events, { closed, isArray: true }).metrics;
}

/** One test a case. */
export function tell(cases: readonly Case[]): void {
  test.each([...cases])("%s", (_, session, expected) => {
    expect(metricsOf(session)).toMatchObject(expected);
  });
}
