/** Finds a visitor's sessions on the main thread, a few at a time. */

import type { StoreReader } from "../store/store.ts";

/**
 * Finds the numbers of every stored session of a visitor.
 *
 * @param goOn awaited between slices; throws to end the search
 */
export type FindSessionsOf = (visitorId: string, goOn: () => Promise<void>) => Promise<number[]>;

/** Starts to search before the event loop gets its turn: a millisecond, or some ten if all are as large as allowed. */
const PAGE = 250;

/**
 * Makes a search that reads every start there is.
 *
 * @param onProgress called after each page with the number of the last session searched
 */
export function createVisitorSearch(
  store: Pick<StoreReader, "findVisitor">,
  onProgress: (lastId: number) => void = () => {},
): FindSessionsOf {
  return async (visitorId, goOn) => {
    const found: number[] = [];
    for (let afterId = 0; ; ) {
      const { ids, lastId } = await store.findVisitor({ visitorId, afterId, limit: PAGE });
      found.push(...ids);
      if (lastId === undefined) return found;
      onProgress(lastId);
      afterId = lastId;
      await goOn();
    }
  };
}
