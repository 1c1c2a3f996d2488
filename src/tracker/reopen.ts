/**
 * `tracker/reopen.mjs`, loaded when the server has closed a session that goes on: what was open is open in the next.
 */

import type { TrackedEvent } from "./api.ts";

/** By event type: what it opens. */
const OPENS: Readonly<Record<string, string>> = {
  play: "playback",
  pauseStart: "playback",
  bufferStart: "playback",
  adBreakStart: "break",
  adStart: "ad",
  chapterStart: "chapter",
};
/** By event type: what it closes. An ad leaves nothing of its own playback behind. */
const CLOSES: Readonly<Record<string, readonly string[]>> = {
  sessionComplete: ["playback"],
  adBreakStart: ["ad", "adPlayback"],
  adBreakComplete: ["break", "ad", "adPlayback"],
  adStart: ["adPlayback"],
  adComplete: ["ad", "adPlayback"],
  adSkip: ["ad", "adPlayback"],
  chapterComplete: ["chapter"],
  chapterSkip: ["chapter"],
};

/**
 * The events of the session in which an event goes on that was answered 404 or 410; none where nobody plays.
 *
 * @param start of the session that is gone
 * @param told what the server has taken of it
 */
export function reopen(
  start: TrackedEvent,
  told: readonly TrackedEvent[],
  event: TrackedEvent,
): readonly TrackedEvent[] {
  const open = openAfter(told);
  const isActive = open.has("ad") || /play|bufferStart/.test(open.get("playback")?.eventType ?? "");
  // A page that was left paused comes back with a ping: the next session begins when somebody plays.
  if (!isActive && !/^(play|adStart|adBreakStart)$/.test(event.eventType)) return [];
  const { playhead, ts } = event.playerTime;
  const restored = [{ ...start, params: { ...start.params, "media.resume": true } }, ...open.values()];
  return [...restored.map((each, at) => ({ ...each, playerTime: { playhead, ts: ts - restored.length + at } })), event];
}

/** What a session's events have opened and not closed, by its name. */
function openAfter(told: readonly TrackedEvent[]): Map<string, TrackedEvent> {
  const open = new Map<string, TrackedEvent>();
  for (const event of told) {
    const { eventType, params = {} } = event;
    for (const each of CLOSES[eventType] ?? []) open.delete(each);
    const state = `state ${params["media.state.name"]}`;
    if (eventType === "stateEnd") open.delete(state);
    const opened = eventType === "stateStart" ? state : OPENS[eventType];
    if (opened) open.set(opened === "playback" && open.has("break") ? "adPlayback" : opened, event);
  }
  return open;
}
