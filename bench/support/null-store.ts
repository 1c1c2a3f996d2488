/** A store that stores nothing: it shows the server's remaining work when storage costs no time. */

import { DEFAULT_DEFINITIONS } from "../../src/sessions/definitions.ts";
import type { JournalStore, LogPosition, Write } from "../../src/store/journal.ts";

/** Opens a store that only numbers sessions and events, as the server needs for its heads. */
export function openNullStore(): JournalStore {
  let position: LogPosition = { seq: 0, session: 0 };
  return {
    definitions: DEFAULT_DEFINITIONS,
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
    countSessions: async () => 0,
    listOpen: async () => ({ ends: [], cursor: "" }),
    knows: async (id) => id <= position.session,
    claimPending: async () => [],
    countPending: async () => 0,
    readExtent: async () => ({ first: "", last: "", entries: 0, sessions: position.session }),
    readLog: async ({ until }) => ({ events: [], reached: until, done: 0 }),
    saveResults: async () => {},
    settleImported: async () => {},
    saveFailure: async () => {},
    countAttempt: async () => 1,
    forgetAttempts: async () => {},
    countFailed: async () => ({ failed: 0 }),
    findBookmark: async () => undefined,
    removeBookmark: async () => {},
    readFolds: async () => new Map(),
    listChanges: async () => [],
    listSettled: async () => [],
    watermark: async () => ({ revision: 0, lineage: 0, prunedRevision: 0, prunedErasedRevision: 0 }),
    listErased: async () => [],
    findErased: async () => new Set(),
    findVisitor: async () => ({ ids: [] }),
    countDue: async () => ({ sessions: 0, trimmable: 0 }),
    erase: async () => 0,
    findErasable: async () => [],
    findNumber: async () => undefined,
    listExpired: async () => [],
    trim: async () => 0,
    removeRemains: async () => false,
    sweep: async () => true,
    pruneErasures: async () => 0,
    pruneErased: async () => 0,
    readEvents: async () => [],
    readOutline: async () => undefined,
    readSome: async () => [],
    restoreHeads: async () => ({ heads: [], checkpoint: position }),
    findOpening: async () => undefined,
    listOpenings: async () => [],
    forgetOpenings: async () => 0,
    saveHeads: async () => {},
    finishCheckpoint: async () => {},
    position: () => position,
    probe: async () => {},
    checkFiles: async () => {},
    hashKey: async () => new Uint8Array(32),
    listTokens: async () => [],
    findToken: async () => undefined,
    addToken: async () => "full",
    removeToken: async () => false,
    noteTokenUse: async () => {},
    close: async () => {},
  };
}
