/** Sessions that need mending, and healthy ones that don't, with what the viewer did: as arrays, and as they come live. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createParser } from "../../src/protocol/collection/parse.ts";
import { type Folded, type FoldOptions, foldSession } from "../../src/sessions/fold.ts";
import { MENDINGS, type MendingRule } from "../../src/sessions/ledger.ts";
import type { NamedMetrics } from "../../src/sessions/metrics.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";

const FOLDER = join(import.meta.dir, "../golden");
const PARSER = createParser({ mode: "standard", eventsMax: 20_000, limits: { keysMax: 500, stringBytesMax: 16_384 } });
/** When arrays arrive. */
const NOW_MS = Date.UTC(2026, 10, 30);
/** How long events are on their way: seldom the same time. */
const LATENCIES_MS = [50, 87, 61, 140, 52, 73, 95];

export interface Expected {
  readonly metrics: NamedMetrics;
  readonly rules: readonly MendingRule[];
  readonly flags: readonly string[];
}

export interface Sample extends Expected {
  readonly name: string;
  /** As an array, which arrives at once. */
  readonly events: readonly ArrivedEvent[];
}

/** The samples of a folder of `test/golden`. */
export function readSamples(folder: "mending" | "healthy"): Sample[] {
  const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, folder, `${name}.json`), "utf8"));
  return Object.entries<Record<string, unknown>>(read("expected")).map(([name, { rules, flags = [], ...metrics }]) => {
    const expected = { metrics, rules, flags } as unknown as Expected;
    return { name, ...expected, events: eventsOf(read(name)) };
  });
}

/** The events of wire bodies that arrive at once. */
export function eventsOf(bodies: readonly object[]): ArrivedEvent[] {
  const parsed = PARSER.parseDownloaded(Buffer.from(JSON.stringify(bodies)));
  if ("problems" in parsed) throw new Error(`The parser refuses the events: ${JSON.stringify(parsed.problems)}`);
  return parsed.value.map((event) => ({ ...event, receivedAtMs: NOW_MS }));
}

/** The same events as they come live, each some milliseconds after its instant. */
export function live(events: readonly ArrivedEvent[]): ArrivedEvent[] {
  return events.map((event, at) => {
    return { ...event, receivedAtMs: event.tsMs + (LATENCIES_MS[at % LATENCIES_MS.length] ?? 0) };
  });
}

/** Sorts events by their arrival, as a server gets them. */
export function arrived(events: readonly ArrivedEvent[]): ArrivedEvent[] {
  const [start, ...rest] = events;
  return [start as ArrivedEvent, ...rest.toSorted((a, b) => a.receivedAtMs - b.receivedAtMs)];
}

export function foldArray(events: readonly ArrivedEvent[], more: Partial<FoldOptions> = {}): Folded<ArrivedEvent> {
  return foldSession(events, { closed: true, isArray: true, ...more });
}

export function foldLive(events: readonly ArrivedEvent[], more: Partial<FoldOptions> = {}): Folded<ArrivedEvent> {
  return foldSession(events, { closed: true, isArray: false, ...more });
}

/** The rules that mended something, sorted. */
export function mendingsOf({ mended = {} }: Pick<Folded, "mended">): MendingRule[] {
  return (Object.keys(mended) as MendingRule[]).toSorted();
}

/** Every flag of a session's events. */
export function flagsOf({ timeline }: Folded): Set<string> {
  return new Set(timeline.flatMap(({ event, flags = [] }) => [...event.flags, ...flags]));
}

/** Which numbers of a fold are not the expected ones, as text that a failing test shows. */
export function wrongIn(folded: Folded, expected: NamedMetrics, tolerance: number): string[] {
  const actual: NamedMetrics = folded.metrics;
  return Object.entries(expected).flatMap(([id, value]) => {
    const is = actual[id];
    const isRight = typeof value === "number" ? Math.abs((is ?? Number.NaN) - value) <= tolerance : is === value;
    return isRight ? [] : [`${id} is ${is}, expected ${value}`];
  });
}

export const MENDING_RULES = Object.keys(MENDINGS) as MendingRule[];
