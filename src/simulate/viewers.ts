/**
 * Made-up viewers: the same seed gives the same sessions, byte by byte. Pure; feeds the demo, the bench and tests.
 *
 * Any session can be made by itself, from the seed, its number and the instant at which it starts.
 */

import { type Ad, adInventory } from "./ads.ts";
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
}

interface ViewersOptions extends Omit<AudienceOptions, "visitors"> {
  readonly sessions: number;
  /** The range in which they start, to the rhythm of day and week. */
  readonly fromMs: number;
  readonly toMs: number;
}

const STREAM = 5;
/** How often a person comes, on average. */
const SESSIONS_PER_VISITOR = 8;

/** All people, and all titles that they may watch. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #library: Library;
  readonly #ads: Zipf<Ad>;

  constructor(options: AudienceOptions) {
    this.#options = options;
    this.#library = new Library(options.seed);
    this.#ads = adInventory(options.seed);
  }

  /** Makes a session. @param startMs when its start arrives at the server, milliseconds since the epoch */
  session(index: number, startMs: number): SimulatedSession {
    const { seed, visitors, pings } = this.#options;
    const random = new Random(seed, STREAM, index);
    const viewer = viewerOf(seed, drawVisitor(random, visitors));
    const { latencyMs } = viewer.connection;
    const title = this.#library.choose(random, startMs);
    const bodies = viewingOf({ viewer, title, random, ads: this.#ads, startMs: startMs - latencyMs, pings });
    return { index, bodies, latencyMs };
  }
}

/** Makes sessions in order of their starts. */
export function* viewers({ seed, sessions, fromMs, toMs, pings }: ViewersOptions): Generator<SimulatedSession> {
  const audience = new Audience({ seed, visitors: Math.ceil(sessions / SESSIONS_PER_VISITOR), pings });
  let index = 0;
  for (const startMs of startInstants({ seed, sessions, fromMs, toMs })) {
    yield audience.session(index, startMs);
    index += 1;
  }
}
