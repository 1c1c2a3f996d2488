/** Sessions to recompute: made-up ones as they are, and broken in some ways; live, or as arrays. */

import { Random } from "../../../src/simulate/random.ts";
import { type Pings, SPARSE_PINGS } from "../../../src/simulate/wire.ts";
import type { ArrivedEvent } from "../../../src/store/store.ts";
import { eventOf, sample } from "../../simulate/sample.ts";
import { arrivedAs, broken } from "./broken.ts";

export interface MadeSession {
  readonly events: readonly ArrivedEvent[];
  readonly isArray: boolean;
  /** What it was broken by. */
  readonly by: readonly string[];
}

export interface MadeOptions {
  readonly seed: number;
  readonly sessions: number;
  readonly pings?: Pings;
  /** How many things break it, at most. */
  readonly most: number;
}

const BREAKING_STREAM = 7;
/** By how much the time on the way differs. */
const JITTER_MS = 40;

/** Half of them come live and half as arrays. */
export function* madeSessions({ seed, sessions, pings = SPARSE_PINGS, most }: MadeOptions): Generator<MadeSession> {
  for (const { index, bodies, latencyMs } of sample({ seed, sessions, pings })) {
    const random = new Random(seed, BREAKING_STREAM, index);
    const events = bodies.map((body) => {
      const event = eventOf(body);
      return { ...event, receivedAtMs: event.tsMs + latencyMs + random.integer(0, JITTER_MS) };
    });
    const isArray = random.chance(0.5);
    const { events: told, by } = broken(events, random, most);
    yield { events: arrivedAs(isArray ? "array" : "live", told), isArray, by };
  }
}
