/**
 * What it costs to hand batches to another thread: `bun bench/support/messages.ts [writes in a batch]`.
 *
 * Microseconds of processor time for each start and ping, on the thread that sends and on one that takes batches and
 * drops them.
 */

import { readdirSync, readFileSync } from "node:fs";
import { newSid } from "../../src/base/ids.ts";
import { createParser } from "../../src/protocol/collection/parse.ts";
import { begin } from "../../src/sessions/deadline.ts";
import { newHead, type Write } from "../../src/store/journal.ts";
import { numbered } from "../../src/store/sqlite/batch.ts";
import { written } from "../../src/store/written.ts";
import { fill, TEMPLATES } from "./bodies.ts";

const BATCHES = 20_000;
const WARM_UP = 5_000;
const parser = createParser({ mode: "standard", eventsMax: 1, limits: { keysMax: 512, stringBytesMax: 8192 } });
const [size = "40"] = process.argv.slice(2);
const worker = new Worker(
  URL.createObjectURL(new Blob(["self.onmessage = () => postMessage(undefined)"], { type: "application/javascript" })),
  { smol: true },
);

for (const kind of ["start", "ping"] as const) {
  const writes = Array.from({ length: Number(size) }, (_, n) => writeOf(kind, n));
  const { batch } = numbered(writes, { seq: 1000, session: 1000 });
  await send(batch, WARM_UP);
  const before = threadMicroseconds();
  await send(batch, BATCHES);
  const after = threadMicroseconds();
  const each = ([name, us]: [string, number]) =>
    `${name} ${((us - (before[name] ?? 0)) / BATCHES / writes.length).toFixed(2)}`;
  console.log(`${kind}: ${Object.entries(after).map(each).join(", ")} us`);
}
worker.terminate();

async function send(batch: readonly unknown[], times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    worker.onmessage = () => resolve();
    worker.postMessage(batch);
    await promise;
  }
}

function writeOf(kind: "start" | "ping", n: number): Write {
  const nowMs = Date.now();
  const body = new TextEncoder().encode(fill(TEMPLATES[kind], { N: n, ITEM: n, TS: nowMs, PLAYHEAD: n }));
  const parsed = kind === "start" ? parser.parseOpening(body) : parser.parseEvent(body);
  if (!("value" in parsed)) throw new Error("A template is refused");
  const event = "kind" in parsed.value ? ("start" in parsed.value ? parsed.value.start : undefined) : parsed.value;
  if (!event) throw new Error("A template is no single event");
  const head = newHead(begin(event, nowMs), { sid: newSid(nowMs), startedAtMs: nowMs });
  if (kind === "start") return { head, start: written(event, nowMs), events: [] };
  return { head: Object.assign(head, { id: n + 1 }), events: [written(event, nowMs)] };
}

/** Sums processor time by what a thread does here; those of the engine are one. */
function threadMicroseconds(): Record<string, number> {
  const names: Record<string, string> = { bun: "sender", Worker: "taker" };
  const sums: Record<string, number> = { sender: 0, taker: 0, engine: 0 };
  for (const task of readdirSync("/proc/self/task")) {
    const name = names[readFileSync(`/proc/self/task/${task}/comm`, "utf8").trim()] ?? "engine";
    const nanoseconds = Number(readFileSync(`/proc/self/task/${task}/schedstat`, "utf8").split(" ")[0]);
    sums[name] = (sums[name] ?? 0) + nanoseconds / 1000;
  }
  return sums;
}
