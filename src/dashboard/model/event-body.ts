/** An event in the form of its wire, rebuilt from what is stored of it. */

import type { LedgerEvent } from "../api/answers.ts";

type Said = Pick<LedgerEvent, "type" | "ts" | "playhead" | "params" | "qoeData" | "customMetadata"> &
  Partial<Pick<LedgerEvent, "requestId" | "xdm" | "saidTs" | "unknownMembers">>;

export function bodyOf({ requestId, xdm, ...event }: Said): object {
  if (xdm) return xdm;
  const { type, ts, saidTs = ts, playhead, params, qoeData, customMetadata, unknownMembers = {} } = event;
  // An event of Media Edge that said no more than this.
  if (requestId !== undefined) {
    return { eventType: `media.${type}`, timestamp: new Date(saidTs).toISOString(), mediaCollection: { playhead } };
  }
  const playerTime: Record<string, unknown> = { playhead, ts: saidTs };
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(unknownMembers)) {
    if (name.startsWith(IN_CLOCK)) playerTime[name.slice(IN_CLOCK.length)] = value;
    else others[name] = value;
  }
  const objects = Object.entries({ params, qoeData, customMetadata }).filter(
    ([, each]) => Object.keys(each).length > 0,
  );
  return { eventType: type, playerTime, ...Object.fromEntries(objects), ...others };
}

const IN_CLOCK = "playerTime.";
