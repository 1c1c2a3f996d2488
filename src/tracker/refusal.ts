/**
 * `tracker/refusal.mjs`, loaded when the server refuses an event: says why, and goes on after a session that is over.
 */

import { advise } from "./advice.ts";
import type { Refusal, TrackedEvent } from "./api.ts";
import { guarded } from "./guard.ts";
import { newKey, type OutboxOptions, type Unsent } from "./outbox.ts";

/** By event type: what it opens. */
const OPENS: Readonly<Record<string, string>> = {
  play: "playback",
  pauseStart: "playback",
  bufferStart: "playback",
  adBreakStart: "break",
  adStart: "ad",
  chapterStart: "chapter",
};
/** By event type: what it closes. An ad's own playback ends with it. */
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

type State = Readonly<Record<"media.state.name", string>>;
type StateLists = Readonly<Partial<Record<"statesEnd" | "statesStart", readonly State[]>>>;

/** Takes an event that was refused out of what waits. */
export async function settle(
  options: OutboxOptions,
  box: Unsent,
  event: TrackedEvent,
  response: Response,
): Promise<true> {
  const { status } = response;
  const errors = await response.json().then(refusalsOf, () => []);
  guarded(() => options.settings.observe?.(event, status, box.sid, errors))();
  box.events = box.events.filter((each) => each !== event);
  const isOver = box.sid && (status === 404 || status === 410);
  if (isOver) goOn(box, event);
  else void advise(options, event, errors).catch(() => {});
  // A start that is refused takes its session with it.
  if (!box.sid && !isOver) Object.assign(box, { start: undefined, events: [] });
  return true;
}

function refusalsOf(body: { readonly errors?: readonly Refusal[] } & Refusal): readonly Refusal[] {
  return body.errors ?? [body];
}

/** Goes on in another session, if the content still plays. */
function goOn(box: Unsent, event: TrackedEvent): void {
  const { start, told } = box;
  const open = openAfter(told);
  const isActive = open.has("ad") || /play|bufferStart/.test(open.get("playback")?.eventType ?? "");
  // A page that was left paused comes back with a ping: the next session begins when it plays.
  const plays = isActive || /^(play|adStart|adBreakStart)$/.test(event.eventType);
  if (!start || !plays || event.eventType === "sessionEnd") return void told.push(event);
  const { playhead, ts } = event.playerTime;
  const restored = [{ ...start, params: { ...start.params, "media.resume": true } }, ...open.values()];
  const dated = restored.map((each, at) => ({ ...each, playerTime: { playhead, ts: ts - restored.length + at } }));
  Object.assign(box, { key: newKey(), sid: "", told: [], events: [...dated, event, ...box.events] });
}

/** What a session's events have opened and not closed, by its name. */
function openAfter(told: readonly TrackedEvent[]): Map<string, TrackedEvent> {
  const open = new Map<string, TrackedEvent>();
  for (const event of told) {
    const { eventType, params = {} } = event;
    for (const each of CLOSES[eventType] ?? []) open.delete(each);
    const { statesEnd = [], statesStart = [] } = params as StateLists;
    for (const state of statesEnd) open.delete(keyOf(state));
    for (const state of statesStart) open.set(keyOf(state), { ...event, params: { statesStart: [state] } });
    const opened = OPENS[eventType];
    if (opened) open.set(opened === "playback" && open.has("break") ? "adPlayback" : opened, event);
  }
  return open;
}

function keyOf({ "media.state.name": name }: State): string {
  return `state ${name}`;
}
