/** A process that keeps facts level with a store, a slice at a time, until it is killed; each step is a line. */

import { followStep } from "../../../src/reports/facts/follow.ts";
import { openFacts } from "../../../src/reports/facts/open-facts.ts";
import { openSqliteStoreForReading } from "../../../src/store/sqlite/store.ts";
import { silentLog } from "../../support/silent-log.ts";
import { MEMORY_BYTES_MAX } from "./scene.ts";

const [databasePath = "", path = ""] = process.argv.slice(2);
const store = openSqliteStoreForReading({ path: databasePath, synchronous: "FULL" });
const { database, freshUntil } = await openFacts({ path, memoryBytesMax: MEMORY_BYTES_MAX, store, log: silentLog });
process.stdout.write("open\n");
while (true) {
  const { applied } = await followStep(database, store, freshUntil);
  if (applied > 0) process.stdout.write(`${applied}\n`);
  // The file is written as a whole now and then, and a kill must be survived there too.
  if (applied > 0 && Math.random() < 0.3) await database.checkpoint();
  if (applied === 0) await Bun.sleep(1);
}
