/** How fast stored events become numbers, in one thread. */

import type { EventType, PlayerEvent } from "../src/protocol/event.ts";
import { foldSession } from "../src/sessions/fold.ts";
import { median } from "./support/figures.ts";
import type { Question } from "./support/question.ts";

const ROUNDS = 7;
const EVENTS_PER_SESSION = 400;
const SESSIONS_PER_ROUND = 2000;
const PING_MS = 10_000;
const EVENTS_PER_SECOND_MIN = 5_000_000;

export const question: Question = {
  name: "fold",
  asks: "How many events a second does the fold turn into numbers, sessions of 400 events?",
  takes: ["rounds"],
  async run({ rounds = ROUNDS, say }) {
    const sessions = [session(), outOfOrder(session())];
    for (const each of sessions) measure(each);
    const rates: number[][] = sessions.map(() => []);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [i, each] of sessions.entries()) rates[i]?.push(measure(each));
      say(`round ${round} of ${rounds}`);
    }
    const [ordered = [], shuffled = []] = rates;
    const target = { is: ">=", value: EVENTS_PER_SECOND_MIN } as const;
    return [
      { figure: "events folded, in order", value: median(ordered), unit: "events/s", target },
      { figure: "events folded, arrived out of order", value: median(shuffled), unit: "events/s", target },
      { figure: "a session of 400 events", value: (EVENTS_PER_SESSION / median(ordered)) * 1000, unit: "ms" },
    ];
  },
};

function measure(events: readonly PlayerEvent[]): number {
  const startMs = performance.now();
  let spent = 0;
  // The sum keeps the work from being left out as unused.
  for (let i = 0; i < SESSIONS_PER_ROUND; i += 1)
    spent += foldSession(events, { closed: true }).metrics["mediaTimeSpent"] ?? 0;
  if (spent === 0) throw new Error("The fold counted nothing");
  return (SESSIONS_PER_ROUND * events.length * 1000) / (performance.now() - startMs);
}

/** A session of a long video: mostly pings with quality data, and a pause, a buffer, an ad break or a chapter at times. */
function session(): PlayerEvent[] {
  const cycle: readonly EventType[] = [
    "pauseStart",
    "play",
    "bufferStart",
    "play",
    "adBreakStart",
    "adStart",
    "adComplete",
    "adBreakComplete",
    "chapterStart",
    "stateStart",
    "error",
    "stateEnd",
    "chapterComplete",
    ...Array(37).fill("ping"),
  ] as EventType[];
  const qoeData = { "media.qoe.bitrate": 2_000_000, "media.qoe.droppedFrames": 1 };
  const params = { "media.state.name": "mute", "media.length": EVENTS_PER_SESSION * 10 };
  return Array.from({ length: EVENTS_PER_SESSION }, (_, i): PlayerEvent => {
    const type = i === 0 ? "sessionStart" : i === 1 ? "play" : (cycle[i % cycle.length] ?? "ping");
    return { type, tsMs: i * PING_MS, playheadMs: i * PING_MS, params, qoeData, flags: [] };
  });
}

/** Neighbours change places, as parallel requests do. */
function outOfOrder([start, ...rest]: PlayerEvent[]): PlayerEvent[] {
  const swapped = rest.map((_, i) => rest[i % 2 === 0 ? i + 1 : i - 1]).filter((event) => event !== undefined);
  return start ? [start, ...swapped] : [];
}
