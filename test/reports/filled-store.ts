/** A store filled the way the server fills it: through the parser, with heads, closes and folds. */

import { newSid } from "../../src/base/ids.ts";
import { KIB } from "../../src/base/units.ts";
import { settlePending } from "../../src/ingest/settle.ts";
import { createParser, type Parsed } from "../../src/protocol/collection/parse.ts";
import type { PlayerEvent } from "../../src/protocol/event.ts";
import { advance, begin, type Close, type CloseReason } from "../../src/sessions/deadline.ts";
import { type Head, type JournalStore, newHead, type Write } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { ArrivedEvent } from "../../src/store/store.ts";
import { asWritten } from "../store/writes.ts";
import { Random } from "../support/random.ts";
import { type Viewing, viewingAt } from "./viewers.ts";

const parser = createParser({
  mode: "standard",
  eventsMax: 1000,
  limits: { keysMax: 512, stringBytesMax: 8 * KIB },
});
const IDLE_MS = 600_000;
const BATCH = 200;

/** Opens a store in a file. Tests without a power cut don't need it to survive one. */
export function openFilledStore(path: string): JournalStore {
  return openSqliteStore({ path, synchronous: "NORMAL" });
}

/** Makes viewings that start within a range, some of them close together, so that they play at once. */
export function viewingsIn(
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  options: { readonly count: number; readonly seed: number; readonly crowdMs?: number },
): Viewing[] {
  const random = new Random(options.seed);
  const { crowdMs = toMs - fromMs } = options;
  return Array.from({ length: options.count }, () => {
    const widthMs = random.chance(0.3) ? crowdMs : toMs - fromMs;
    return viewingAt(random, fromMs + Math.floor(random.next() * widthMs));
  });
}

/** Stores viewings and folds those that end. @returns their heads, in the order of the viewings */
export async function storeViewings(store: JournalStore, viewings: readonly Viewing[]): Promise<Head[]> {
  const heads: Head[] = [];
  for (let at = 0; at < viewings.length; at += BATCH) {
    const writes = viewings.slice(at, at + BATCH).map(writeOf);
    await store.append(writes);
    heads.push(...writes.map(({ head }) => head));
  }
  await settle(store);
  return heads;
}

/** Gives every closed session its numbers. */
export async function settle(store: JournalStore): Promise<void> {
  await settlePending({
    store,
    elapsedMs: () => 0,
    steadyMs: () => 0,
    onFailure: ({ sid }, error) => {
      throw new Error(`${sid} could not be folded: ${error}`);
    },
  });
}

/** The whole of a viewing as one write. */
export function writeOf({ startedAtMs, downloaded, bodies, end }: Viewing): Write {
  const [start, ...events] = eventsOf(bodies, downloaded).map((event): ArrivedEvent => {
    return { ...event, receivedAtMs: startedAtMs };
  });
  if (!start) throw new Error("A viewing has a start");
  const head = headOf(start, startedAtMs);
  for (const event of events) advance(head, event, startedAtMs + event.tsMs - start.tsMs);
  const write = { head, start: asWritten(start), downloaded, events: events.map(asWritten) };
  if (end === "open") return write;
  return { ...write, close: closeOf(head, downloaded ? "downloaded" : end) };
}

function headOf({ playheadMs, tsMs }: PlayerEvent, startedAtMs: number): Head {
  return newHead(begin({ playheadMs, tsMs }, startedAtMs), { sid: newSid(startedAtMs), startedAtMs });
}

function closeOf({ arrivedAtMs, tsMaxMs }: Head, reason: CloseReason): Close {
  return { reason, closedAtMs: arrivedAtMs + (reason === "idle-timeout" ? IDLE_MS : 0), endTsMs: tsMaxMs };
}

/** Bodies as events, through the real parser. */
export function eventsOf(bodies: readonly object[], downloaded: boolean): readonly PlayerEvent[] {
  if (downloaded) return parsedOf(parser.parseDownloaded(bytesOf(bodies)));
  const [start, ...rest] = bodies;
  const opening = parsedOf(parser.parseOpening(bytesOf(start)));
  if (opening.kind !== "live") throw new Error("A live session has one start");
  return [opening.start, ...rest.map((body) => parsedOf(parser.parseEvent(bytesOf(body))))];
}

function bytesOf(body: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}

function parsedOf<T>(parsed: Parsed<T>): T {
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}
