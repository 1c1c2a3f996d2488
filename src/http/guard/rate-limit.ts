/** How much one client may send: a token bucket for each address, which fills by the second. */

import { WaitError } from "../../base/errors.ts";
import { RecentMap } from "../../base/recent-map.ts";
import { KIB, SECOND_MS } from "../../base/units.ts";
import { countElements } from "../../protocol/outline.ts";

interface RateLimitOptions {
  /** Tokens that come back each second. */
  readonly perSecond: number;
  /** Tokens of a client that has been quiet. */
  readonly burst: number;
  readonly elapsedMs: () => number;
}

interface Bucket {
  /** Below 0 after a body with more events than tokens. */
  tokens: number;
  filledAtMs: number;
}

/** Some 10 MB at most. Limits by address don't hold a client with more addresses than this. */
const CLIENTS_MAX = 100_000;
/** The most that an event may weigh to cost one token. */
const BYTES_PER_TOKEN = 4 * KIB;
/** More than any array may have; a longer one is refused before it costs time. */
const ELEMENTS_MAX = 200_000;

export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #buckets = new RecentMap<string, Bucket>(CLIENTS_MAX);

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /**
   * Takes a token for a body.
   *
   * @returns how to take its further tokens, by bytes or events, once the body is read, even if it is then refused; the
   *   client may owe them, or no long array would ever get through
   * @throws WaitError `rate-limited` without a token
   */
  take(client: string): (body: Uint8Array) => void {
    const { perSecond } = this.#options;
    const bucket = this.#filled(client);
    if (bucket.tokens < 1) {
      const waitMs = ((1 - bucket.tokens) / perSecond) * SECOND_MS;
      throw new WaitError(
        "rate-limited",
        `Cannot take the request: this client sends over ${perSecond} events a second; repeat it later`,
        waitMs,
      );
    }
    bucket.tokens -= 1;
    return (body) => {
      const byBytes = Math.ceil(body.byteLength / BYTES_PER_TOKEN);
      bucket.tokens -= Math.max(byBytes, countElements(body, ELEMENTS_MAX)) - 1;
    };
  }

  #filled(client: string): Bucket {
    const { perSecond, burst, elapsedMs } = this.#options;
    const nowMs = elapsedMs();
    const known = this.#buckets.get(client);
    if (!known) {
      const bucket = { tokens: burst, filledAtMs: nowMs };
      this.#buckets.set(client, bucket);
      return bucket;
    }
    known.tokens = Math.min(burst, known.tokens + ((nowMs - known.filledAtMs) / SECOND_MS) * perSecond);
    known.filledAtMs = nowMs;
    return known;
  }
}
