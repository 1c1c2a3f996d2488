/** `playhead restore`: puts a backup in the place of the database. */

import { restoreDataDir } from "../app/restore.ts";
import { AppError } from "../base/errors.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { createProgress } from "./progress.ts";
import { stoppable } from "./stopping.ts";

export const restore: Command = {
  name: "restore",
  operands: "FILE",
  operandsMax: 1,
  summary: "Puts a backup in the place of the database, checked first; refused while a server runs.",
  settings: ["dataDir"],
  options: [{ name: "force", summary: "Replaces the database that is there." }],
  async run({ flags, switches, operands: [path] }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    if (path === undefined) throw new AppError("invalid-config", "playhead restore takes a FILE that a backup made");
    const progress = createProgress("Copying", terminal);
    return await stoppable(terminal, async (signal) => {
      try {
        const options = { path, replace: switches.has("force"), signal, onProgress: progress.update };
        const { sessions, events } = await restoreDataDir(config, options);
        progress.end();
        terminal.out(
          `Restored ${sessions.toLocaleString("en")} sessions and ${events.toLocaleString("en")} events ` +
            `into ${config.storage.dataDir}. Start the server: open sessions go on, and reports are made from it.\n` +
            "The backup holds what was erased since it was made: erase that again.\n",
        );
        return 0;
      } finally {
        progress.end();
      }
    });
  },
};
