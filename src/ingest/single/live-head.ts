/** The head of a session in use by this process. */

import { assert } from "../../base/assert.ts";
import type { Viewing } from "../../live/hub.ts";
import { unitInFlags } from "../../protocol/ts-unit.ts";
import { begin, type Close } from "../../sessions/deadline.ts";
import type { Head } from "../../store/journal.ts";
import type { StoredSession } from "../../store/store.ts";
import type { TakenSize } from "./room.ts";

/** A head with the close that is on its way to the store, which later events must respect already. */
export interface LiveHead extends Head {
  closing?: Close | undefined;
  /** Present while events are on their way to the store. */
  taken?: TakenSize | undefined;
  /** Set while an import brings the session's events: its deadline waits. */
  importing?: true | undefined;
  /** What the live hub remembers of it. */
  viewing?: Viewing | undefined;
  /** When its start last came again. */
  askedAtMs?: number | undefined;
  /** Its place among the heads, once it has one. */
  slot?: number | undefined;
  /** How many keep hold of this very object. */
  holders?: number | undefined;
}

/** Gives a head room for what it will have: the engine puts a member that comes later into an object of its own. */
export function liveHead(head: Head): LiveHead {
  return {
    sid: head.sid,
    startedAtMs: head.startedAtMs,
    tsUnit: head.tsUnit,
    id: head.id,
    seq: head.seq,
    events: head.events,
    bytes: head.bytes,
    arrivedAtMs: head.arrivedAtMs,
    movedAtMs: head.movedAtMs,
    playheadMs: head.playheadMs,
    tsMaxMs: head.tsMaxMs,
    aheadMs: head.aheadMs ?? 0,
    close: head.close,
    closing: undefined,
    taken: undefined,
    viewing: undefined,
    askedAtMs: undefined,
    slot: undefined,
    holders: undefined,
  };
}

/** The head of a closed session, read back after memory has dropped it. */
export function closedHead(
  { start, close, size, sid, id, seq = 0, startedAtMs }: StoredSession,
  nowMs: number,
): LiveHead {
  assert(size, "the size of a closed session is stored");
  const tsUnit = unitInFlags(start.flags);
  return { ...begin(start, nowMs), ...size, sid, id, seq, startedAtMs, tsUnit, close };
}
