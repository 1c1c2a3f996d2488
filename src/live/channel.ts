/** Broadcasts to listeners: their number is bounded, and no backlog is kept for a slow one. */

import { AppError } from "../base/errors.ts";

/** Takes one message. @returns false when it has not taken the previous one yet */
type Listener<T> = (said: T) => boolean;

export class Channel<T> {
  readonly #listenersMax: number;
  readonly #listeners = new Map<Listener<T>, () => void>();
  #open = 0;
  #closed = false;

  constructor(listenersMax: number) {
    this.#listenersMax = listenersMax;
  }

  /** Listeners that have not stopped, dropped ones included, whose unread messages are still in memory. */
  get listeners(): number {
    return this.#open;
  }

  /**
   * Listens until the returned function is called, which frees the place.
   *
   * @param onEnd called when the channel ends, or drops a listener that doesn't keep up
   * @throws AppError `overloaded` when the channel has as many listeners as it may
   */
  listen(listener: Listener<T>, onEnd: () => void): () => void {
    if (this.#closed) throw new AppError("overloaded", "Cannot do this: the server is stopping");
    if (this.#open >= this.#listenersMax) {
      throw new AppError(
        "overloaded",
        `Cannot open the stream: ${this.#listenersMax} are open, which is the limit; try again later`,
      );
    }
    this.#listeners.set(listener, onEnd);
    this.#open += 1;
    let isOpen = true;
    return () => {
      this.#listeners.delete(listener);
      if (isOpen) this.#open -= 1;
      isOpen = false;
    };
  }

  say(said: T): void {
    for (const [listener, onEnd] of this.#listeners) {
      if (listener(said)) continue;
      this.#listeners.delete(listener);
      onEnd();
    }
  }

  /** Ends every listener. */
  close(): void {
    this.#closed = true;
    const ends = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const onEnd of ends) onEnd();
  }
}
