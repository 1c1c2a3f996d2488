/**
 * What a store exports is right by a second program: the numbers of exported sessions, recomputed from the exported
 * events alone, agree. The sessions are made up; some are as they should be, and some broken.
 */

import { describe, expect, test } from "bun:test";
import { newSid } from "../../src/base/ids.ts";
import { begin, closeAtEnd } from "../../src/sessions/deadline.ts";
import { METRICS } from "../../src/sessions/metrics.ts";
import { newHead, type Write } from "../../src/store/journal.ts";
import { written } from "../../src/store/written.ts";
import { type StoredScene, storedScene } from "../exports/stored.ts";
import { differencesIn } from "../sessions/oracle/compare.ts";
import { type MadeSession, madeSessions } from "../sessions/oracle/made.ts";
import { recompute } from "../sessions/oracle/recompute.ts";
import type { Told } from "../sessions/oracle/told.ts";
import { sized } from "../support/effort.ts";

const SESSIONS = sized({ full: 20_000, fast: 500 });
/** Stores of this many, so that neither an export nor a test holds all events at once. */
const PER_STORE = sized({ full: 1000, fast: 250 });
const BATCH = 250;
const TEST_MS_MAX = sized({ full: 1_200_000, fast: 60_000 });
const SEED = 18;
/** Every other store has broken sessions. */
const BROKEN_BY_MAX = 2;

function writeOf({ events, isArray }: MadeSession): Write {
  const [start, ...rest] = events.map((event) => written(event, event.receivedAtMs));
  const last = events.at(-1);
  if (!start || !last) throw new Error("A made-up session has a start");
  const startedAtMs = start.receivedAtMs;
  const sid = newSid(startedAtMs);
  const head = newHead(begin(start, startedAtMs), { sid, startedAtMs, ...(isArray && { downloaded: true }) });
  return { head, start, events: rest, close: closeAtEnd(last, last.receivedAtMs) };
}

/** Reads a line of an export of events. */
function toldIn(line: Readonly<Record<string, unknown>>): Told {
  const { type, ts, playhead, receivedAt, params, qoeData, customMetadata, unknownMembers } = line;
  return {
    type: String(type),
    tsMs: Number(ts),
    playheadMs: Math.round(Number(playhead) * 1000),
    receivedAtMs: Number(receivedAt),
    ...Object.fromEntries(
      Object.entries({ params, qoeData, customMetadata, unknownMembers }).filter(([, value]) => value !== null),
    ),
  };
}

interface Exported {
  readonly told: Told[];
  readonly isArray: boolean;
}

async function exportedEvents(scene: StoredScene): Promise<Map<string, Exported>> {
  const sessions = new Map<string, Exported>();
  for (const line of await scene.documents({ kind: "events" })) {
    const session = sessions.get(line.sid) ?? { told: [], isArray: line.session?.downloaded === true };
    session.told.push(toldIn(line));
    sessions.set(line.sid, session);
  }
  return sessions;
}

/** How many numbers of a store's exported sessions were compared; every one agreed. */
async function compared(scene: StoredScene, sessions: number): Promise<number> {
  const events = await exportedEvents(scene);
  const rows = await scene.documents({ kind: "sessions" });
  expect(rows).toHaveLength(sessions);
  let numbers = 0;
  for (const row of rows) {
    const { told, isArray } = events.get(row.sid) as Exported;
    const recomputed = recompute(told, { isArray, off: new Set() });
    const differences = differencesIn(row.metrics, recomputed);
    if (differences.length > 0) expect({ differences, isArray, told }).toBeUndefined();
    numbers += Object.keys(row.metrics).length;
  }
  return numbers;
}

describe("a store's export", () => {
  test(
    `has, of ${SESSIONS} sessions, the numbers that a second program works out from its events`,
    async () => {
      let numbers = 0;
      for (let done = 0; done < SESSIONS; done += PER_STORE) {
        const sessions = Math.min(PER_STORE, SESSIONS - done);
        const most = (done / PER_STORE) % 2 === 0 ? 0 : BROKEN_BY_MAX;
        await using scene = storedScene();
        const made = [...madeSessions({ seed: SEED + done, sessions, most })];
        while (made.length > 0) await scene.store.append(made.splice(0, BATCH).map(writeOf));
        await scene.settle();
        numbers += await compared(scene, sessions);
      }
      expect(numbers).toBeGreaterThanOrEqual(SESSIONS * METRICS.length);
    },
    TEST_MS_MAX,
  );
});
