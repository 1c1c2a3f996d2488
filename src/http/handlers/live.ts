/** What is going on now: a snapshot, the same each second, and everything as it arrives. */

import { playerOfRefused, tailView } from "../../answers/live.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { LiveHub, TailItem } from "../../live/hub.ts";
import { isWithin } from "../../live/tally.ts";
import { isLimited } from "../../protocol/realm.ts";
import { eventStream, type Send } from "../answer/event-stream.ts";
import type { AdminHandler } from "../guard/auth.ts";
import type { Caller } from "../guard/caller.ts";
import { readChoice, readQuery } from "../read/query.ts";
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

/** What the tail may be narrowed down to. */
export const TAIL_KINDS = ["trouble"] as const;

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
      const { only, ...wanted } = readQuery(request, ["sid", "player", "only"]);
      if (only !== undefined) readChoice("only", only, TAIL_KINDS);
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const sendSome = limited(send, caller);
        const isShown = (item: TailItem) =>
          isSeen(item, caller) && isWanted(item, wanted) && (!only || isTrouble(item));
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

/** Whether it is a refused request, or an error that a player met. */
function isTrouble(item: TailItem): boolean {
  return item.kind === "rejected" || (item.kind === "event" && item.event.type === "error");
}

function isWanted(item: TailItem, { sid, player }: { sid?: string; player?: string }): boolean {
  const { sid: itsSid } = item.kind === "rejected" ? item.rejection : item.session;
  return (sid === undefined || itsSid === sid) && (player === undefined || isOfPlayer(item, player));
}

/** A refused body that names no player may be of any, and its sender looks for it here. */
function isOfPlayer(item: TailItem, player: string): boolean {
  if (item.kind !== "rejected") return item.session.viewing?.playerName === player;
  return (playerOfRefused(item.rejection) ?? player) === player;
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
    return send(item.kind, JSON.stringify(caller.shown(tailView(item, caller))));
  };
}
