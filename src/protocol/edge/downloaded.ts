/** Downloaded content of Media Edge: each element of `events` is one whole session. */

import type { PlayerEvent } from "../event.ts";
import { isObject, type Json, listAt } from "../json.ts";
import { PROBLEMS_MAX } from "../problem.ts";
import { type EventTranslator, entryOf, meantEvent, type Placing, type Source } from "./event.ts";
import { type EventFinding, finding, MISSING } from "./finding.ts";

export type DownloadedSession =
  | { readonly events: readonly PlayerEvent[] }
  | { readonly findings: readonly EventFinding[] };

const EVENTS = "$.xdm.mediaDownloadedEvents";

/**
 * Translates one session: all of it, or nothing.
 *
 * @returns its events by their instants, `sessionStart` first
 */
export function translateDownloaded(
  xdm: Json,
  { translator, source, eventsMax }: { translator: EventTranslator; source: Source; eventsMax: number },
): DownloadedSession {
  const elements = listAt(xdm, "mediaDownloadedEvents");
  if (elements.length === 0) return { findings: [finding(EVENTS, MISSING)] };
  if (elements.length > eventsMax) return { findings: [finding(EVENTS, `Expected at most ${eventsMax} events`)] };
  const events: PlayerEvent[] = [];
  const findings: EventFinding[] = [];
  for (const [index, element] of elements.entries()) {
    const translated = translateElement(element, index, translator, source);
    if ("event" in translated) events.push(translated.event);
    else findings.push(...translated.findings);
    if (findings.length >= PROBLEMS_MAX) break;
  }
  if (findings.length > 0) return { findings: findings.slice(0, PROBLEMS_MAX) };
  const [start, ...rest] = events;
  // The first is a start, which has said so already; its own instant never moves it.
  return { events: [start as PlayerEvent, ...rest.toSorted((a, b) => a.tsMs - b.tsMs)] };
}

function translateElement(element: unknown, index: number, translator: EventTranslator, source: Source) {
  const at = `${EVENTS}[${index}]`;
  const placing: Placing = { at, type: "mediaEventType", timestamp: "mediaEventTimestamp" };
  if (!isObject(element)) return { findings: [finding(at, "Expected object")] };
  const entry = entryOf(element[placing.type]);
  if (!entry) return { findings: [typeFinding(element[placing.type], placing)] };
  const opens = entry.type === "sessionStart";
  if (opens !== (index === 0)) {
    const reason = opens ? "sessionStart is first, and once" : "The first event is media.sessionStart";
    return { findings: [finding(`${at}.${placing.type}`, reason)] };
  }
  return translator.translate(element, entry, source, placing);
}

/** What is wrong with an event's type. */
export function typeFinding(type: unknown, placing: Placing): EventFinding {
  const name = `${placing.at}.${placing.type}`;
  if (type === undefined || type === null) return finding(name, MISSING);
  return finding(
    name,
    typeof type === "string" ? `Unknown event type${meantEvent(type, "media.")}` : "Expected string",
  );
}
