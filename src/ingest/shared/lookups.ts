/** Looks sessions up for requests: those that come while a lookup is under way share the next one. */

import type { SessionState, SharedStore } from "../../store/shared.ts";

interface Lookup {
  readonly sid: string;
  readonly resolve: (state: SessionState | undefined) => void;
  readonly reject: (error: unknown) => void;
}

const SIDS_MAX = 1000;

export class Lookups {
  readonly #store: Pick<SharedStore, "findStates">;
  #queue: Lookup[] = [];
  #isAsking = false;

  constructor(store: Pick<SharedStore, "findStates">) {
    this.#store = store;
  }

  /** What is known of a session, as of now or later. */
  find(sid: string): Promise<SessionState | undefined> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ sid, resolve, reject });
      if (!this.#isAsking) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#queue.length > 0) {
      const asked = this.#queue.splice(0, SIDS_MAX);
      try {
        const states = await this.#store.findStates([...new Set(asked.map(({ sid }) => sid))]);
        for (const { sid, resolve } of asked) resolve(states.get(sid));
      } catch (error) {
        // Requests that have queued meanwhile would wait as long again.
        for (const { reject } of [...asked, ...this.#queue.splice(0)]) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
