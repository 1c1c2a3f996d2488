/** Viewers at a steady rate: each plays one session after the other, and reports as players do. */

import { eventAt, sessionStart } from "../../support/requests.ts";
import type { Client } from "./client.ts";

const EVENTS: readonly (readonly [type: string, members?: object])[] = [
  ["play", { qoeData: { "media.qoe.bitrate": 2_000_000, "media.qoe.timeToStart": 400 } }],
  ["ping"],
  ["bufferStart"],
  ["play"],
  ["chapterStart", { params: { "media.chapter.index": 1, "media.chapter.length": 5, "media.chapter.offset": 0 } }],
  ["ping"],
  ["chapterComplete"],
  ["error", { qoeData: { "media.qoe.errorID": "e", "media.qoe.errorSource": "player" } }],
  ["sessionEnd"],
];
const BETWEEN_MS = 200;
const TITLES = 50;
const STEP_S = 10;

export interface Viewers {
  /** What went to its end. */
  readonly sessions: number;
  /** Ends them all, each when its request is answered. @throws Error of the first that was not answered as it should */
  stop(): Promise<void>;
}

/** Starts so many viewers, the first requests spread over the time between two. */
export function startViewers(client: Client, count: number): Viewers {
  const state = { sessions: 0, isPlaying: true };
  const view = async (viewer: number) => {
    await Bun.sleep((viewer * BETWEEN_MS) / count);
    for (let session = 0; state.isPlaying; session += 1) {
      const title = { "media.id": `title-${(viewer + session) % TITLES}`, "media.name": `Title ${session % TITLES}` };
      const sid = await client.open(sessionStart({ ...title, "analytics.visitorId": crypto.randomUUID() }));
      for (const [at, [type, members]] of EVENTS.entries()) {
        await Bun.sleep(BETWEEN_MS);
        const status = await client.add(sid, eventAt((at + 1) * STEP_S, type, members));
        if (status !== 204) throw new Error(`${type} was answered ${status}`);
      }
      state.sessions += 1;
    }
  };
  const ended = Promise.all(Array.from({ length: count }, (_, viewer) => view(viewer)));
  ended.catch(() => {});
  return {
    get sessions() {
      return state.sessions;
    },
    stop: async () => {
      state.isPlaying = false;
      await ended;
    },
  };
}
