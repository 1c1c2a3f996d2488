/**
 * Made-up viewers: the same seed gives the same sessions, byte by byte. Pure; feeds the demo, the bench and tests.
 *
 * Any session can be made by itself, from the seed, its number and the instant at which it starts.
 */

import { HOUR_MS } from "../base/units.ts";
import { adInventory, type SimulatedAd } from "./ads.ts";
import { drawVisitor, viewerOf } from "./audience.ts";
import { Random } from "./random.ts";
import { startInstants } from "./rhythm.ts";
import { Library } from "./titles.ts";
import { viewingOf } from "./viewing.ts";
import type { Pings, SimulatedSession } from "./wire.ts";
import type { Zipf } from "./zipf.ts";

interface AudienceOptions {
  readonly seed: number;
  /** How many people there are. */
  readonly visitors: number;
  readonly pings: Pings;
  /** From when on a release's fault shows; always by default. */
  readonly faultFromMs?: number;
}

interface ViewersOptions extends Omit<AudienceOptions, "visitors" | "faultFromMs"> {
  readonly sessions: number;
  /** The range in which they start, to the rhythm of day and week. */
  readonly fromMs: number;
  readonly toMs: number;
}

const STREAM = 5;
/** How much of a range is behind the hour in which a fault begins to show. */
const FAULTY_PART = 0.4;
/** How often a person comes, on average. */
const SESSIONS_PER_VISITOR = 8;

/** All people, and all titles that they may watch. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #library: Library;
  readonly #ads: Zipf<SimulatedAd>;

  constructor(options: AudienceOptions) {
    this.#options = options;
    this.#library = new Library(options.seed);
    this.#ads = adInventory(options.seed);
  }

  /** Makes a session. @param startMs when its start arrives at the server, milliseconds since the epoch */
  session(index: number, startMs: number): SimulatedSession {
    const { seed, visitors, pings, faultFromMs = Number.NEGATIVE_INFINITY } = this.#options;
    const isFaulty = startMs >= faultFromMs;
    const random = new Random(seed, STREAM, index);
    const viewer = viewerOf(seed, drawVisitor(random, visitors));
    const { latencyMs } = viewer.connection;
    const title = this.#library.choose(random, startMs);
    const bodies = viewingOf({ viewer, title, random, ads: this.#ads, startMs: startMs - latencyMs, pings, isFaulty });
    return { index, bodies, latencyMs };
  }
}

/** When a fault begins to show in a range: on the hour. */
export function faultIn(fromMs: number, toMs: number): number {
  return Math.floor((toMs - FAULTY_PART * (toMs - fromMs)) / HOUR_MS) * HOUR_MS;
}

/** Makes sessions in order of their starts. */
export function* viewers({ seed, sessions, fromMs, toMs, pings }: ViewersOptions): Generator<SimulatedSession> {
  const visitors = Math.ceil(sessions / SESSIONS_PER_VISITOR);
  const audience = new Audience({ seed, visitors, pings, faultFromMs: faultIn(fromMs, toMs) });
  let index = 0;
  for (const startMs of startInstants({ seed, sessions, fromMs, toMs })) {
    yield audience.session(index, startMs);
    index += 1;
  }
}
