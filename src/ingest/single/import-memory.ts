/** The sessions that an import remembers: the latest, and all whose close its file hasn't given yet. */

import { assert } from "../../base/assert.ts";
import type { Imported } from "./imported.ts";

/** How many sessions and events to remember. */
const SESSIONS_MAX = 50_000;
const KNOWN_MAX = 1_000_000;

export class ImportMemory {
  /** In order of use, the latest last. */
  readonly #closed = new Map<string, Imported>();
  /** Sessions to keep to the end, which decides whether they stay open. */
  readonly #open = new Map<string, Imported>();
  #known = 0;

  find(sid: string): Imported | undefined {
    return this.#closed.get(sid) ?? this.#open.get(sid);
  }

  open(): Iterable<Imported> {
    return this.#open.values();
  }

  /** All sessions, those without a close first. */
  all(): Imported[] {
    return [...this.#open.values(), ...this.#closed.values()];
  }

  keep(state: Imported): void {
    const { sid } = state.head;
    assert(this.find(sid) === undefined, "a session is remembered once");
    (state.close === undefined ? this.#open : this.#closed).set(sid, state);
    this.#known += state.known?.size ?? 0;
  }

  /** Makes a session the latest. */
  touch(state: Imported): void {
    const { sid } = state.head;
    if (this.#closed.delete(sid)) this.#closed.set(sid, state);
  }

  /** Keeps a session to the end. */
  follow(state: Imported): void {
    this.#closed.delete(state.head.sid);
    this.#open.set(state.head.sid, state);
  }

  forget({ head: { sid }, known }: Imported): void {
    this.#known -= known?.size ?? 0;
    this.#closed.delete(sid);
    this.#open.delete(sid);
  }

  /** The session to forget next; undefined while there is room for all. */
  surplus(): Imported | undefined {
    if (this.#closed.size <= SESSIONS_MAX && this.#known <= KNOWN_MAX) return undefined;
    const [oldest] = this.#closed.values();
    return oldest;
  }
}
