/** What the processes on a shared store tell each other through it, and how long its oldest transaction is open. */

import type { Log } from "../base/log.ts";
import { SECOND_MS } from "../base/units.ts";
import type { SignedOut } from "../data-dir/signed-out.ts";
import type { PostgresStore } from "../store/postgres/store.ts";

const READ_EVERY_MS = 10 * SECOND_MS;

interface SharedNewsOptions {
  readonly store: Pick<PostgresStore, "addSignedOut" | "listSignedOut" | "countErasures" | "oldestSnapshotSeconds">;
  readonly nowMs: () => number;
  /** Called after a requested erasure, in whichever process. */
  readonly onErased: () => void;
  readonly log: Log;
}

export class SharedNews implements Disposable {
  readonly #options: SharedNewsOptions;
  readonly #timer: ReturnType<typeof setInterval>;
  #signedOut: ReadonlySet<string> = new Set();
  #erasures: number | undefined;
  #oldestSnapshotSeconds: number | undefined;

  private constructor(options: SharedNewsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.read(), READ_EVERY_MS);
    this.#timer.unref();
  }

  static async open(options: SharedNewsOptions): Promise<SharedNews> {
    const news = new SharedNews(options);
    await news.read();
    return news;
  }

  /** Undefined where the role may not see it. */
  get oldestSnapshotSeconds(): number | undefined {
    return this.#oldestSnapshotSeconds;
  }

  /** @param own what this process keeps, which knows its own sign-outs at once */
  beside(own: SignedOut): SignedOut {
    const { store, log } = this.#options;
    return {
      has: (id) => own.has(id) || this.#signedOut.has(id),
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

  async read(): Promise<void> {
    const { store, nowMs, onErased, log } = this.#options;
    try {
      this.#signedOut = new Set(await store.listSignedOut(Math.floor(nowMs() / SECOND_MS)));
      const erasures = await store.countErasures();
      if (this.#erasures !== undefined && erasures !== this.#erasures) onErased();
      this.#erasures = erasures;
      this.#oldestSnapshotSeconds = await store.oldestSnapshotSeconds();
    } catch (error) {
      this.#oldestSnapshotSeconds = undefined;
      log.debug("What other nodes say could not be read", { error: String(error) });
    }
  }
}
