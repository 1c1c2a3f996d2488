/** The server under test, in a process of its own: `bun server.ts DATA_DIR STORAGE [SETTINGS]`, the last as JSON. */

import { openApp } from "../../src/app/app.ts";
import { systemClock } from "../../src/base/clock.ts";
import { createLog } from "../../src/base/log.ts";
import { groupSettings, readSettings } from "../../src/config.ts";
import { isStorage, openStoreOf, STORAGES } from "./storage.ts";

const [dataDir = "", storage = "", settings = "{}"] = process.argv.slice(2);
if (dataDir === "" || !isStorage(storage)) throw new Error(`Usage: server.ts DATA_DIR ${STORAGES.join("|")}`);

/** Starts are never ended by the load, which opens more sessions than a server takes by default. */
const OPEN_SESSIONS_MAX = 10_000_000;

const own = { host: "127.0.0.1", port: 0, dataDir, openSessionsMax: OPEN_SESSIONS_MAX };
const config = groupSettings({ ...readSettings({}), ...own, ...JSON.parse(settings) });
const openStore = openStoreOf(storage);
const log = createLog({
  level: "warn",
  format: "json",
  clock: systemClock,
  write: (line) => process.stderr.write(line),
});
const ended = Promise.withResolvers<void>();
const app = await openApp({
  config,
  log,
  onStoreFailure: () => process.exit(1),
  ...(openStore && { openStore }),
});
process.on("SIGTERM", () => ended.resolve());
void endWithBench();
await ended.promise;
await app.stop();
process.exit(0);

/** The bench holds the other end of standard input: if it is killed outright, this server must not stay behind. */
async function endWithBench(): Promise<void> {
  for await (const _ of Bun.stdin.stream());
  ended.resolve();
}
