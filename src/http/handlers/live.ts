/** What is going on now: a snapshot, the same each second, and everything as it arrives. */

import { SECOND_MS, secondsOf } from "../../base/units.ts";
import type { LiveHub, LiveSession, TailItem } from "../../live/hub.ts";
import { isWithin } from "../../live/tally.ts";
import { isLimited } from "../../protocol/realm.ts";
import { eventStream, type Send } from "../answer/event-stream.ts";
import type { AdminHandler } from "../guard/auth.ts";
import type { Caller } from "../guard/caller.ts";
import { readQuery } from "../read/query.ts";
import { json } from "../resource.ts";

export interface LiveContext {
  readonly live: LiveHub;
  readonly stalledSecondsMax: number;
}

interface LiveHandlers {
  /** `GET /admin/api/live/snapshot` */
  readonly snapshot: AdminHandler;
  /** `GET /admin/api/live` */
  readonly stream: AdminHandler;
  /** `GET /admin/api/live/tail` */
  readonly tail: AdminHandler;
}

/** More would be unreadable; the rest is only counted. */
const ITEMS_PER_SECOND_MAX = 500;

export function liveHandlers({ live, stalledSecondsMax }: LiveContext): LiveHandlers {
  return {
    snapshot: (_request, headers, _server, { realm }) => json(live.snapshot(realm), headers),
    stream: (request, headers, server, caller) => {
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const stop = live.snapshots.listen((textOf) => send("snapshot", textOf(caller.realm)), end);
        send("snapshot", JSON.stringify(live.snapshot(caller.realm)));
        return stoppingBoth(stop, caller.onRevoked(end));
      });
    },
    tail: (request, headers, server, caller) => {
      const wanted = readQuery(request, ["sid", "player"]);
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const sendSome = limited(send, caller);
        const isShown = (item: TailItem) => isSeen(item, caller) && isWanted(item, wanted);
        const stop = live.tail.listen((item) => !isShown(item) || sendSome(item), end);
        return stoppingBoth(stop, caller.onRevoked(end));
      });
    },
  };
}

function stoppingBoth(first: () => void, second: () => void): () => void {
  return () => {
    first();
    second();
  };
}

/** A refused request can't be assigned to a session, so a limited token sees none. */
function isSeen(item: TailItem, { realm }: Caller): boolean {
  if (!isLimited(realm)) return true;
  const place = item.kind === "rejected" ? undefined : item.session.viewing?.title.place;
  return place !== undefined && isWithin(place, realm);
}

function isWanted(item: TailItem, { sid, player }: { sid?: string; player?: string }): boolean {
  const session = item.kind === "rejected" ? { sid: item.rejection.sid, viewing: undefined } : item.session;
  return (sid === undefined || session.sid === sid) && (player === undefined || session.viewing?.playerName === player);
}

/** Sends as much as can be read, and how much more there was. */
function limited(send: Send, caller: Caller): (item: TailItem) => boolean {
  let second = 0;
  let sent = 0;
  let dropped = 0;
  return (item) => {
    const now = Math.floor(item.at / SECOND_MS);
    if (now !== second) {
      if (dropped > 0 && !send("dropped", JSON.stringify({ count: dropped }))) return false;
      [second, sent, dropped] = [now, 0, 0];
    }
    if (sent >= ITEMS_PER_SECOND_MAX) {
      dropped += 1;
      return true;
    }
    sent += 1;
    return send(item.kind, JSON.stringify(caller.shown(viewOf(item, caller))));
  };
}

function viewOf(item: TailItem, { readOnly }: Caller): object {
  switch (item.kind) {
    case "event": {
      const { type, tsMs, playheadMs, params, qoeData, customMetadata, flags } = item.event;
      const members = { params, qoeData, customMetadata };
      return {
        at: item.at,
        ...namesOf(item.session),
        type,
        ts: tsMs,
        playhead: secondsOf(playheadMs),
        ...members,
        flags,
      };
    }
    case "session":
      return { at: item.at, ...namesOf(item.session), what: item.what, ...(item.reason && { reason: item.reason }) };
    case "rejected": {
      const { bodyText, ...told } = item.rejection;
      // A body's text may name people anywhere.
      return { at: item.at, ...told, ...(!readOnly && bodyText !== undefined && { bodyText }) };
    }
  }
}

function namesOf({ sid, viewing }: LiveSession) {
  const { name, id = "" } = viewing?.title.content ?? {};
  const mediaName = name ?? (id || null);
  return { sid, mediaName, playerName: viewing?.playerName ?? null };
}
