/**
 * Openings that were asked for before: a client that got no answer asks again under the same `Idempotency-Key`, and
 * gets the session that its first request opened rather than a second one.
 *
 * In memory and bounded: what is older than the newest {@link KEYS_MAX} keys, or than the process, is forgotten.
 */

/** A known key is as good as the session's id, so it must not be guessable. */
const KEY = /^[\w.:-]{16,100}$/;
const KEYS_MAX = 10_000;

export interface Repeats {
  /** Opens a session, unless the request is known by its key. @returns its sid */
  once(request: Request, open: () => Promise<string>): Promise<string>;
  /** The sid of the session that was opened under a key, which is still being opened maybe. */
  find(key: string): Promise<string> | undefined;
}

export function createRepeats(keysMax: number = KEYS_MAX): Repeats {
  const known = new Map<string, Promise<string>>();
  return {
    once(request, open) {
      const key = request.headers.get("Idempotency-Key");
      if (key === null || !KEY.test(key)) return open();
      const before = known.get(key);
      if (before) return before;
      const opened = open();
      known.set(key, opened);
      // One that failed opened nothing, and may be asked for again.
      opened.catch(() => known.delete(key));
      const [oldest] = known.keys();
      if (known.size > keysMax && oldest !== undefined) known.delete(oldest);
      return opened;
    },
    find: (key) => known.get(key),
  };
}
