/** A process that stores results of sessions and erases others, one transaction after the other, and ends. */

import { foldSession } from "../../src/sessions/fold.ts";
import type { Head } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { arrivedAt, closing, newHead, opening } from "./writes.ts";

const ROUNDS = 700;

const [path = ""] = process.argv.slice(2);
const store = openSqliteStore({ path, synchronous: "NORMAL", busyTimeoutMs: 10_000 });
const folded = foldSession([arrivedAt(0, "sessionStart")], { closed: true });

async function storeClosed(): Promise<Head> {
  const head = newHead();
  await store.append([opening(head), closing(head, arrivedAt(1, "sessionEnd"))]);
  return head;
}

for (let round = 0; round < ROUNDS; round += 1) {
  const kept = await storeClosed();
  const erased = await storeClosed();
  await store.saveResults([{ session: kept.id, seq: kept.seq, definitions: 1, folded }], 1);
  await store.erase([erased], 0);
}
await store.close();
