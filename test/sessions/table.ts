/**
 * Sessions as text, so that a test shows a session at a glance.
 *
 * A moment is `10 pauseStart`: a second and an event type, whose playhead is at that second too. `@7` sets another
 * playhead, `=mute` the event's name (of the state, ad, chapter or error; a start's is the content's length: unknown, it is live). A comma or a new line separates two moments.
 */

import { EVENT_TYPES, type EventType, type PlayerEvent } from "../../src/protocol/event.ts";
import { foldSession } from "../../src/sessions/fold.ts";
import type { TimelineEntry } from "../../src/sessions/timeline.ts";
import { TS } from "../support/requests.ts";

const MOMENT = /^(-?[\d.]+) (\w+)(?: @([\d.]+))?(?: =(\S+))?$/;
const NAME_KEYS: Readonly<Partial<Record<EventType, string>>> = {
  sessionStart: "media.length",
  adBreakStart: "media.ad.podFriendlyName",
  adStart: "media.ad.id",
  chapterStart: "media.chapter.friendlyName",
  stateStart: "media.state.name",
  stateEnd: "media.state.name",
  error: "media.errorId",
};

/** Makes an event some seconds after {@link TS}, its playhead at the same second unless `more` says otherwise. */
export function eventAfter(second: number, type: EventType, more: Partial<PlayerEvent> = {}): PlayerEvent {
  const ms = Math.round(second * 1000);
  return { type, tsMs: TS + ms, playheadMs: Math.max(0, ms), flags: [], ...more };
}

/** Reads moments into events, in the order of the text. */
export function eventsOf(text: string): PlayerEvent[] {
  const moments = text.split(/[,\n]/).map((each) => each.trim());
  return moments.filter((each) => each !== "").map(eventOf);
}

function eventOf(moment: string): PlayerEvent {
  const [, second, type, playhead, name] = MOMENT.exec(moment) ?? [];
  if (second === undefined || !isEventType(type))
    throw new Error(`Expected "SECOND EVENT [@PLAYHEAD] [=NAME]": ${moment}`);
  const key = NAME_KEYS[type];
  if (name !== undefined && key === undefined) throw new Error(`A ${type} has no name: ${moment}`);
  return eventAfter(Number(second), type, {
    ...(playhead !== undefined && { playheadMs: Math.round(Number(playhead) * 1000) }),
    ...(name !== undefined &&
      key !== undefined && { params: { [key]: type === "sessionStart" ? Number(name) : name } }),
  });
}

function isEventType(type: string | undefined): type is EventType {
  return EVENT_TYPES.some((each) => each === type);
}

/** A line of a table: an event, the states after it, and what the time to the next line counted as. */
export interface Row {
  readonly moment: string;
  readonly state: string;
  /** The state inside the open break, `-` when none is open. */
  readonly inBreak: string;
  readonly countedAs: string;
  readonly ms: number;
}

const HEADER = "time | event | state | break | counted as | ms";

/** Reads a table with {@link HEADER}. */
export function readTable(text: string): Row[] {
  const [header, ...lines] = text.trim().split("\n").map(cellsOf);
  if (header?.join(" | ") !== HEADER) throw new Error(`Expected the header "${HEADER}"`);
  return lines.map(([time, event, state = "", inBreak = "", countedAs = "", ms]) => {
    return { moment: `${time} ${event}`, state, inBreak, countedAs, ms: Number(ms) };
  });
}

function cellsOf(line: string): string[] {
  return line.split("|").map((cell) => cell.trim());
}

/** Folds the session of a table's first two columns, and shows it as a table again. */
export function playTable(rows: readonly Row[]): { rows: Row[]; metrics: Readonly<Record<string, number | null>> } {
  const events = rows.map(({ moment }) => eventOf(moment));
  const moments = new Map(events.map((event, index) => [event, rows[index]?.moment ?? ""]));
  const { timeline, metrics } = foldSession(events, { closed: true });
  return { rows: timeline.map((entry) => rowOf(entry, moments.get(entry.event) ?? "")), metrics };
}

function rowOf({ stateAfter, breakStateAfter, intervalKind, intervalMs }: TimelineEntry, moment: string): Row {
  return { moment, state: stateAfter, inBreak: breakStateAfter ?? "-", countedAs: intervalKind, ms: intervalMs };
}
