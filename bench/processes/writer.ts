/** The process that writes for several HTTP processes: `bun writer.ts DATA_DIR FRONTS`. */

import { join } from "node:path";
import { openCore } from "../../src/app/core.ts";
import { systemClock } from "../../src/base/clock.ts";
import { AppError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import { loadConfig } from "../../src/config.ts";
import { writeAddress } from "../../src/data-dir/address.ts";
import { makeDataDir } from "../../src/data-dir/directory.ts";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { type Answered, type Asked, inTurns, type Listening } from "./messages.ts";

const [dataDir = "", fronts = ""] = process.argv.slice(2);
const config = loadConfig({});
const { synchronous } = config.storage;
makeDataDir(dataDir);
const { intake } = await openCore(config, {
  store: openSqliteStore({ path: databasePathOf({ dataDir }), synchronous, thread: true }),
  clock: systemClock,
  log: createLog({ level: "warn", format: "json", clock: systemClock, write: (line) => console.error(line) }),
  onFailure: () => process.exit(1),
});

async function answerTo({ id, sid, event }: Asked): Promise<Answered> {
  try {
    if (sid === undefined) return { id, sid: await intake.open(event) };
    await intake.add(sid, () => event);
    return { id };
  } catch (error) {
    return { id, code: error instanceof AppError ? error.code : "internal" };
  }
}

/** Starts one, and resolves with the port that it listens on. */
function startFront(port: number): Promise<number> {
  const listening = Promise.withResolvers<number>();
  const front = Bun.spawn([process.execPath, join(import.meta.dir, "front.ts"), String(port)], {
    stdio: ["ignore", "inherit", "inherit"],
    serialization: "advanced",
    ipc(message: Listening | readonly Asked[]) {
      if ("port" in message) listening.resolve(message.port);
      else for (const asked of message) void answerTo(asked).then(answer);
    },
    onExit: () => process.exit(1),
  });
  const answer = inTurns<Answered>((answers) => front.send(answers));
  return listening.promise;
}

const port = await startFront(0);
for (let n = 1; n < Number(fronts); n += 1) await startFront(port);
writeAddress(dataDir, `http://127.0.0.1:${port}`);
// Ends with the bench if that doesn't kill it first, and with it the others.
for await (const _ of Bun.stdin.stream());
process.exit(0);
