/** A store that stores nothing: what is left of the server's work when storage costs no time at all. */

import type { LogPosition, Store, Write } from "../../src/store/store.ts";

/** Opens a store that only numbers sessions and events, as the server needs for its heads. */
export function openNullStore(): Store {
  let position: LogPosition = { seq: 0, session: 0 };
  return {
    async append(writes: readonly Write[]): Promise<void> {
      let { seq, session } = position;
      for (const { head, start, events, close } of writes) {
        if (start) {
          session += 1;
          head.id = session;
        }
        seq += events.length;
        if (events.length > 0) head.seq = seq;
        if (close) head.close = close;
      }
      position = { seq, session };
    },
    findSession: async () => undefined,
    listSessions: async () => [],
    getSessions: async () => [],
    listClosed: async () => [],
    countClosed: async () => 0,
    pageSessions: async () => [],
    countSessions: async () => 0,
    readExtent: async () => ({ first: { seq: 0, session: 0 }, last: position }),
    readLog: async ({ until }) => ({ events: [], reached: until }),
    saveResults: async () => {},
    findBookmark: async () => undefined,
    removeBookmark: async () => {},
    readFolds: async () => new Map(),
    listChanges: async () => [],
    watermark: async () => ({ revision: 0, lineage: 0, prunedRevision: 0 }),
    findVisitor: async () => ({ ids: [] }),
    erase: async () => 0,
    countDue: async () => ({ sessions: 0, trimmable: 0 }),
    listExpired: async () => [],
    trim: async () => 0,
    removeRemains: async () => false,
    sweep: async () => true,
    pruneErasures: async () => 0,
    readActivity: async () => ({ position, latest: new Map() }),
    readEvents: async () => [],
    restoreHeads: async () => ({ heads: [], checkpoint: position }),
    saveHeads: async () => {},
    finishCheckpoint: async () => {},
    position: () => position,
    probe: async () => {},
    checkFiles: async () => {},
    close: async () => {},
  };
}
