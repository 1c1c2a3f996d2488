/** What is going on now: a snapshot, the same each second, and everything as it arrives. */

import { playerOfRefused, refusedView, tailView } from "../../answers/live.ts";
import { SECOND_MS } from "../../base/units.ts";
import type { LiveHub, TailItem } from "../../live/hub.ts";
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
/** A page shows the newest few beside the snapshots. */
const TROUBLE_PER_SECOND_MAX = 5;

export function liveHandlers({ live, stalledSecondsMax }: LiveContext): LiveHandlers {
  function sendEarlier(send: Send, caller: Caller, isShown: (item: TailItem) => boolean): void {
    const rejected = live.refused.list().filter(isShown);
    if (rejected.length === 0) return;
    send("earlier", JSON.stringify(caller.shown({ rejected: rejected.map((each) => refusedView(each, caller)) })));
  }

  return {
    snapshot: (_request, headers, _server, { realm }) => json(live.snapshot(realm), headers),
    stream: (request, headers, server, caller) => {
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const sendSome = limited(send, caller, TROUBLE_PER_SECOND_MAX);
        const stops = [
          live.snapshots.listen((textOf) => send("snapshot", textOf(caller.realm)), end),
          live.trouble.listen((item) => !isSeen(item, caller) || sendSome(item), end),
          caller.onRevoked(end),
        ];
        send("snapshot", JSON.stringify(live.snapshot(caller.realm)));
        sendEarlier(send, caller, (item) => isSeen(item, caller));
        return () => stopAll(stops);
      });
    },
    tail: (request, headers, server, caller) => {
      const wanted = readQuery(request, ["sid", "player"]);
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const sendSome = limited(send, caller, ITEMS_PER_SECOND_MAX);
        const isShown = (item: TailItem) => isSeen(item, caller) && isWanted(item, wanted);
        const stops = [live.tail.listen((item) => !isShown(item) || sendSome(item), end), caller.onRevoked(end)];
        sendEarlier(send, caller, isShown);
        return () => stopAll(stops);
      });
    },
  };
}

function stopAll(stops: readonly (() => void)[]): void {
  for (const stop of stops) stop();
}

/** A refused request can't be assigned to a session, so a limited token sees none. */
function isSeen(item: TailItem, { realm }: Caller): boolean {
  if (!isLimited(realm)) return true;
  const place = item.kind === "rejected" ? undefined : item.session.viewing?.place;
  return place !== undefined && isWithin(place, realm);
}

function isWanted(item: TailItem, { sid, player }: { sid?: string; player?: string }): boolean {
  const { sid: itsSid } = item.kind === "rejected" ? item.rejection : item.session;
  return (sid === undefined || itsSid === sid) && (player === undefined || isOfPlayer(item, player));
}

/** A refused body that names no player may be any player's, and its integrator looks for it here. */
function isOfPlayer(item: TailItem, player: string): boolean {
  if (item.kind !== "rejected") return item.session.viewing?.playerName === player;
  return (playerOfRefused(item.rejection) ?? player) === player;
}

/** Sends as many as a person can read, and how many more there were. */
function limited(send: Send, caller: Caller, perSecondMax: number): (item: TailItem) => boolean {
  let second = 0;
  let sent = 0;
  let dropped = 0;
  return (item) => {
    const now = Math.floor(item.at / SECOND_MS);
    if (now !== second) {
      if (dropped > 0 && !send("dropped", JSON.stringify({ count: dropped }))) return false;
      second = now;
      sent = 0;
      dropped = 0;
    }
    if (sent >= perSecondMax) {
      dropped += 1;
      return true;
    }
    sent += 1;
    return send(item.kind, JSON.stringify(caller.shown(tailView(item, caller))));
  };
}
