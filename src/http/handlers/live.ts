/** What is going on now: a snapshot, the same each second, and everything as it arrives. */

import { SECOND_MS, secondsOf } from "../../base/units.ts";
import type { LiveHub, LiveSession, TailItem } from "../../live/hub.ts";
import { eventStream, type Send } from "../event-stream.ts";
import { readQuery } from "../query.ts";
import { type Handler, json } from "../resource.ts";

export interface LiveContext {
  readonly live: LiveHub;
  readonly stalledSecondsMax: number;
}

export interface LiveHandlers {
  /** `GET /admin/api/live/snapshot` */
  readonly snapshot: Handler;
  /** `GET /admin/api/live` */
  readonly stream: Handler;
  /** `GET /admin/api/live/tail` */
  readonly tail: Handler;
}

/** More can't be read; the rest is counted. */
const ITEMS_PER_SECOND_MAX = 500;

export function liveHandlers({ live, stalledSecondsMax }: LiveContext): LiveHandlers {
  return {
    snapshot: (_request, headers) => json(live.snapshot(), headers),
    stream: (request, headers, server) => {
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const stop = live.snapshots.listen((snapshot) => send("snapshot", snapshot), end);
        send("snapshot", JSON.stringify(live.snapshot()));
        return stop;
      });
    },
    tail: (request, headers, server) => {
      const wanted = readQuery(request, ["sid", "player"]);
      server.timeout(request, stalledSecondsMax);
      return eventStream({ headers, stalledSecondsMax }, (send, end) => {
        const sendSome = limited(send);
        return live.tail.listen((item) => !isWanted(item, wanted) || sendSome(item), end);
      });
    },
  };
}

function isWanted(item: TailItem, { sid, player }: { sid?: string; player?: string }): boolean {
  const session = item.kind === "rejected" ? { sid: item.rejection.sid, viewing: undefined } : item.session;
  return (sid === undefined || session.sid === sid) && (player === undefined || session.viewing?.playerName === player);
}

/** Sends what can be read, and how much more there was. */
function limited(send: Send): (item: TailItem) => boolean {
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
    return send(item.kind, JSON.stringify(viewOf(item)));
  };
}

function viewOf(item: TailItem): object {
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
    case "rejected":
      return { at: item.at, ...item.rejection };
  }
}

function namesOf({ sid, viewing }: LiveSession) {
  const mediaName = viewing?.title.name ?? (viewing?.title.id || null);
  return { sid, mediaName, playerName: viewing?.playerName ?? null };
}
