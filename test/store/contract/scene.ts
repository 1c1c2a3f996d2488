/** What the tests of any store are handed: the store, and what each store has its own way for. */

import type { Head, Write } from "../../../src/store/journal.ts";
import type { Store, StoreReader } from "../../../src/store/store.ts";
import { newHead, opening } from "../writes.ts";

export interface StoreScene extends AsyncDisposable {
  readonly store: Store;
  /** Whether the store knows an open session's latest event without its intake. */
  readonly knowsOpenEnds?: true;
  /** Stores writes as this store's intake does: all or none, and their heads move on. */
  put(writes: readonly Write[]): Promise<void>;
  /** Lets go of the store and opens it again. */
  reopen(): Promise<void>;
  /** Opens a reader beside the store, as a Worker does; the caller closes it. */
  openReader(): StoreReader;
}

export type OpenScene = () => Promise<StoreScene>;

/** Opens sessions, one after the other in one batch. */
export async function opened(it: StoreScene, count = 1): Promise<Head[]> {
  const heads = Array.from({ length: count }, () => newHead());
  await it.put(heads.map(opening));
  return heads;
}
