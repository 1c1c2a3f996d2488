/** `playhead restore`: replaces the database with a backup. */

import { restoreDataDir } from "../app/restore.ts";
import { counted } from "../base/counted.ts";
import { AppError } from "../base/errors.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { stoppableWithBar } from "./stopping.ts";

export const restore: Command = {
  name: "restore",
  operands: "FILE",
  operandsMax: 1,
  terms: [{ name: "FILE", summary: "What playhead backup wrote. It holds neither the admin token nor settings." }],
  summary: "Replaces the database with a backup, verified first; refused while a server runs.",
  settings: ["dataDir"],
  options: [{ name: "force", summary: "Replaces an existing database." }],
  example: "playhead restore /var/backups/playhead.db --data-dir /var/lib/playhead",
  async run({ flags, switches, operands: [path] }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    if (path === undefined) {
      throw new AppError("invalid-config", "Cannot restore: no file is named; give a backup's FILE");
    }
    return await stoppableWithBar("Copying", terminal, async (signal, progress) => {
      const options = { path, replace: switches.has("force"), signal, onProgress: progress.update };
      const { sessions, events } = await restoreDataDir(config, options);
      progress.end();
      terminal.out(
        `Restored ${counted(sessions, "session")} and ${counted(events, "event")} into ${config.storage.dataDir}. ` +
          "Start the server: open sessions continue, and it rebuilds the report facts.\n" +
          "The backup still holds what was erased since it was made: erase that again.\n",
      );
      return 0;
    });
  },
};
