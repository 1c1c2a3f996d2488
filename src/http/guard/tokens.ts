/** Named tokens as requests meet them: found by their hash, noticed as used, and gone once they are revoked. */

import type { Clock } from "../../base/clock.ts";
import { keyedHash } from "../../base/keyed-hash.ts";
import type { Log } from "../../base/log.ts";
import { HOUR_MS, SECOND_MS } from "../../base/units.ts";
import { masked } from "../../protocol/personal.ts";
import type { Store } from "../../store/store.ts";
import type { NamedToken } from "../../store/token.ts";
import type { Caller } from "./caller.ts";

interface TokensOptions {
  readonly store: Pick<Store, "findToken" | "noteTokenUse" | "hashKey">;
  readonly clock: Clock;
  readonly log: Log;
}

/** How often to check whether another process has revoked the token of a stream or download. */
const LOOK_MS = SECOND_MS;

export class Tokens {
  readonly #options: TokensOptions;
  /** What to call once a token is gone, by its hash. */
  readonly #ends = new Map<string, Set<() => void>>();
  /** Hashes whose use is being written. */
  readonly #noting = new Set<string>();
  #key: Promise<Uint8Array> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** The caller with the token of this hash: undefined where none has it, or no longer. */
  async find(hash: string): Promise<Caller | undefined> {
    const token = await this.#options.store.findToken(hash);
    if (!token) return undefined;
    this.#noteUse(token);
    return this.#callerOf(token);
  }

  /** Ends what is under way with tokens that are gone. */
  async look(): Promise<void> {
    for (const [hash, ends] of this.#ends) {
      // A failing store doesn't revoke tokens.
      const isGone = await this.#options.store.findToken(hash).then(
        (token) => token === undefined,
        () => false,
      );
      if (isGone) for (const end of ends) end();
    }
  }

  async #callerOf(token: NamedToken): Promise<Caller> {
    const { name, hash, readOnly, reportSuite, channel } = token;
    this.#key ??= this.#options.store.hashKey();
    const key = await this.#key;
    const hide = (text: string) => keyedHash(key, "personal", text);
    return {
      name,
      hash,
      readOnly,
      realm: { ...(reportSuite !== undefined && { reportSuite }), ...(channel !== undefined && { channel }) },
      shown: readOnly ? <T>(answer: T) => masked(answer, hide) as T : (answer) => answer,
      onRevoked: (end) => this.#watch(hash, end),
    };
  }

  #watch(hash: string, end: () => void): () => void {
    const ends = this.#ends.get(hash) ?? new Set();
    this.#ends.set(hash, ends.add(end));
    this.#timer ??= setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    return () => {
      ends.delete(end);
      if (ends.size === 0 && this.#ends.get(hash) === ends) this.#ends.delete(hash);
      if (this.#ends.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Writes the hour of a use, once an hour, behind the request. */
  #noteUse({ hash, usedAtMs }: NamedToken): void {
    const { store, clock, log } = this.#options;
    const hourMs = Math.floor(clock.nowMs() / HOUR_MS) * HOUR_MS;
    if (usedAtMs === hourMs || this.#noting.has(hash)) return;
    this.#noting.add(hash);
    void store
      .noteTokenUse(hash, hourMs)
      .catch((error) => log.debug("The use of a token could not be noted", { error: String(error) }))
      .finally(() => this.#noting.delete(hash));
  }
}
