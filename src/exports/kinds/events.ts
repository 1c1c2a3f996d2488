/** One row per event, as it was sent. Its verdict takes the whole session, so only the admin API has it. */

import { secondsOf } from "../../base/units.ts";
import { xdmOf } from "../../protocol/edge/usual-xdm.ts";
import { exportKind } from "../kind.ts";
import type { HashedEvent } from "../source.ts";
import { SID_HASH } from "./parameters.ts";

export const events = exportKind<HashedEvent>({
  name: "events",
  summary: "one row per event, `sessionStart` included: first every start, then the rest in order of arrival",
  rangeOf: "receivedAt",
  fields: [
    { name: "sid", type: "text", summary: "the session's id", of: ({ sid }) => sid },
    SID_HASH,
    {
      name: "seq",
      type: "integer",
      summary: "place among all events in order of arrival; 0 for a `sessionStart`, which is its session's first",
      of: ({ seq }) => seq,
    },
    { name: "type", type: "text", summary: "event type, aliases resolved", of: ({ event }) => event.type },
    { name: "ts", type: "instant", summary: "by the player's clock", of: ({ event }) => event.tsMs },
    {
      name: "playhead",
      type: "number",
      unit: "s",
      summary: "position in the content",
      of: ({ event }) => secondsOf(event.playheadMs),
    },
    {
      name: "receivedAt",
      type: "instant",
      summary: "when it arrived, by the server's clock",
      of: ({ event }) => event.receivedAtMs,
    },
    { name: "params", type: "json", summary: "as it was sent", of: ({ event }) => event.params },
    { name: "qoeData", type: "json", summary: "as it was sent", of: ({ event }) => event.qoeData },
    {
      name: "customMetadata",
      type: "json",
      summary: "as it was sent, values as text",
      of: ({ event }) => event.customMetadata,
    },
    {
      name: "unknownMembers",
      type: "json",
      summary: "members that no event has in the reference",
      of: ({ event }) => event.unknownMembers,
    },
    { name: "flags", type: "json", summary: "what validation noticed", of: ({ event }) => event.flags },
    {
      name: "requestId",
      type: "text",
      summary: "of Media Edge: the id that the client repeats the event under",
      of: ({ event }) => event.requestId,
    },
    {
      name: "xdm",
      type: "json",
      summary:
        "of Media Edge: the event as it was sent, without its identity map; none of one that says no more than its row",
      of: ({ event, sid }) => xdmOf(event, sid),
    },
    {
      name: "derived",
      type: "json",
      summary:
        "of a `sessionStart` alone: what the server knows of the session beside what its player says, by the words " +
        "that are columns of the sessions export",
      of: ({ event }) => event.derived,
    },
    {
      name: "session",
      type: "json",
      summary:
        "of a `sessionStart` alone: its session's `startedAt`, `downloaded`, `closedAt`, `closeReason`, `endTs`, and " +
        "`eventsTrimmed` once retention has taken its events",
      of: ({ session }) => session && sessionView(session),
    },
  ],
  rows: (source) => source.events(),
});

/** What the wire doesn't say of a session: `ingest/exported.ts` reads it back. */
function sessionView({ startedAtMs, downloaded, close, trimmed }: NonNullable<HashedEvent["session"]>) {
  return {
    startedAt: startedAtMs,
    downloaded,
    closedAt: close?.closedAtMs ?? null,
    closeReason: close?.reason ?? null,
    endTs: close?.endTsMs ?? null,
    ...(trimmed && { eventsTrimmed: true }),
  };
}
