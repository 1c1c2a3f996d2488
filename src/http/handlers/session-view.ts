/** Sessions and events as the admin API shows them: the wire's names and units again, instants in milliseconds. */

import { secondsOf } from "../../base/units.ts";
import type { ArrivedEvent, StoredSession } from "../../store/store.ts";

/** A session without its events. */
export function sessionView({ sid, startedAtMs, downloaded, start, close }: StoredSession) {
  return {
    sid,
    status: close ? "closed" : "open",
    startedAt: startedAtMs,
    closedAt: close?.closedAtMs ?? null,
    closeReason: close?.reason ?? null,
    endTs: close?.endTsMs ?? null,
    downloaded,
    params: start.params ?? {},
    customMetadata: start.customMetadata ?? {},
  };
}

/** One event as it was sent and when it came. */
export function eventView(event: ArrivedEvent) {
  return {
    type: event.type,
    ts: event.tsMs,
    playhead: secondsOf(event.playheadMs),
    receivedAt: event.receivedAtMs,
    params: event.params ?? {},
    qoeData: event.qoeData ?? {},
    customMetadata: event.customMetadata ?? {},
    ...(event.unknownMembers && { unknownMembers: event.unknownMembers }),
    flags: event.flags,
  };
}
