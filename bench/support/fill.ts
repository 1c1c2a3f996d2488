/**
 * Fills a data directory as a server would: `bun fill.ts DATA_DIR EVENTS SESSIONS EVENTS_BEHIND`.
 *
 * Skips HTTP and uses the store itself, so that the log has exactly the size that was asked. Says `filled` and waits to
 * be killed, so that no checkpoint is made at the end.
 */

import { mkdirSync } from "node:fs";
import { newSid } from "../../src/base/ids.ts";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import { createParser } from "../../src/protocol/collection/parse.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { advance } from "../../src/sessions/deadline.ts";
import { type Head, newHead, type Write } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { written } from "../../src/store/written.ts";
import { fill, ITEMS, PING_SECONDS, PINGS_PER_QOE, TEMPLATES } from "./bodies.ts";

const BATCH = 2000;
const parser = createParser({ mode: "standard", eventsMax: 20_000, limits: { keysMax: 512, stringBytesMax: 8192 } });
const [dataDir = "", ...numbers] = process.argv.slice(2);
const [events = 0, sessions = 0, eventsBehind = 0] = numbers.map(Number);

mkdirSync(dataDir, { recursive: true });
const store = openSqliteStore({ path: databasePathOf({ dataDir }), synchronous: "FULL" });
const heads: Head[] = [];
await appendAll(sessions, startOf);
await appendAll(events - eventsBehind, pingOf);
if (eventsBehind < events) {
  await store.saveHeads(heads);
  await store.finishCheckpoint(store.position());
}
await appendAll(eventsBehind, pingOf);
await Bun.write(Bun.stdout, `filled ${heads[0]?.sid} ${heads.at(-1)?.sid}\n`);
// Ends with the bench, if the bench doesn't kill it first.
for await (const _ of Bun.stdin.stream());

async function appendAll(count: number, make: (n: number) => Write): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    await store.append(Array.from({ length: Math.min(BATCH, count - done) }, (_, i) => make(done + i)));
  }
}

function startOf(n: number): Write {
  const nowMs = Date.now();
  const body = fill(TEMPLATES.start, { N: n, ITEM: n % ITEMS, TS: nowMs, PLAYHEAD: 0 });
  const parsed = parser.parseOpening(Buffer.from(body));
  if (!("value" in parsed) || parsed.value.kind !== "live") throw new Error("The start is refused");
  const activity = { arrivedAtMs: nowMs, movedAtMs: nowMs, playheadMs: 0, tsMaxMs: nowMs };
  const head = newHead(activity, { sid: newSid(nowMs), startedAtMs: nowMs });
  heads.push(head);
  return { head, start: written(parsed.value.start, nowMs), events: [] };
}

function pingOf(n: number): Write {
  const head = heads[n % heads.length];
  if (!head) throw new Error("There is no session to ping");
  const event = pingEvent(n);
  const receivedAtMs = Date.now();
  advance(head, event, receivedAtMs);
  return { head, events: [written(event, receivedAtMs)] };
}

function pingEvent(n: number): PlayerEvent {
  const PLAYHEAD = Math.floor(n / heads.length) * PING_SECONDS;
  const TS = Date.now() + PLAYHEAD * 1000;
  const name = n % PINGS_PER_QOE === 0 ? "ping-qoe" : "ping";
  const parsed = parser.parseEvent(Buffer.from(fill(TEMPLATES[name], { N: n, ITEM: 0, TS, PLAYHEAD })));
  if (!("value" in parsed)) throw new Error("The ping is refused");
  return parsed.value;
}
