/** Sign-outs that every node of a shared store knows within seconds. */

import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";
import type { SignedOut } from "../data-dir/signed-out.ts";
import type { PostgresStore } from "../store/postgres/store.ts";

const READ_EVERY_MS = 10 * SECOND_MS;

interface SharedSignedOutOptions {
  readonly store: Pick<PostgresStore, "addSignedOut" | "listSignedOut">;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Adds to what a node remembers what all nodes have been told. */
export class SharedSignedOut implements Disposable {
  readonly #options: SharedSignedOutOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #ids: ReadonlySet<string> = new Set();

  private constructor(options: SharedSignedOutOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#read(), READ_EVERY_MS);
    this.#timer.unref();
  }

  static async open(options: SharedSignedOutOptions): Promise<SharedSignedOut> {
    const shared = new SharedSignedOut(options);
    await shared.#read();
    return shared;
  }

  /** @param own what this node keeps, which knows its own sign-outs at once */
  beside(own: SignedOut): SignedOut {
    const { store, log } = this.#options;
    return {
      has: (id) => own.has(id) || this.#ids.has(id),
      add: (id, untilS) => {
        own.add(id, untilS);
        store.addSignedOut(id, untilS).catch((error: unknown) => {
          log.warn("A sign-out could not be stored: other nodes don't know it", { error: String(error) });
        });
      },
    };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const { store, nowMs, log } = this.#options;
    try {
      this.#ids = new Set(await store.listSignedOut(Math.floor(nowMs() / SECOND_MS)));
    } catch (error) {
      log.debug("Sign-outs could not be read", { error: String(error) });
    }
  }
}
