/** `playhead backup`: copies the whole database, beside a running server. */

import { backupDataDir } from "../app/maintenance.ts";
import { systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { AppError } from "../base/errors.ts";
import { SECOND_MS } from "../base/units.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { createProgress } from "./progress.ts";
import { stoppable } from "./stopping.ts";

export const backup: Command = {
  name: "backup",
  operands: "FILE",
  operandsMax: 1,
  summary: "Copies the database to a file and verifies the copy; safe beside a running server.",
  settings: ["dataDir", "diskReserveBytes"],
  options: [{ name: "force", summary: "Replaces the file." }],
  async run({ flags, switches, operands: [path] }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    if (path === undefined)
      throw new AppError("invalid-config", "Cannot back up: no file is named; give a FILE to write");
    const progress = createProgress("Copying", terminal);
    const sinceMs = systemClock.elapsedMs();
    return await stoppable(terminal, async (signal) => {
      try {
        const options = { path, replace: switches.has("force"), signal, onProgress: progress.update };
        const { sessions, events, bytes } = await backupDataDir(config, options);
        progress.end();
        const seconds = (systemClock.elapsedMs() - sinceMs) / SECOND_MS;
        const counts = `${counted(sessions, "session")}, ${counted(events, "event")}, ${counted(bytes, "byte")}`;
        terminal.out(`${path}: ${counts}, verified, in ${seconds.toFixed(1)} s.\n`);
        return 0;
      } finally {
        progress.end();
      }
    });
  },
};
