/** `playhead retention --dry-run`: tells what retention would delete now. */

import { previewRetention } from "../app/maintenance.ts";
import { counted } from "../base/counted.ts";
import { AppError } from "../base/errors.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";

export const retention: Command = {
  name: "retention",
  operandsMax: 0,
  summary: "Counts what retention would delete now; safe beside a running server, which does the deleting.",
  settings: ["store", "dataDir", "lateGraceMs", "eventsRetentionDays", "sessionsRetentionDays"],
  options: [{ name: "dry-run", summary: "Must be given: this command never deletes." }],
  example: "playhead retention --dry-run --events-retention-days 90",
  async run({ flags, switches }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    if (!switches.has("dry-run")) {
      const why = "Cannot delete here: a running server does so by itself; --dry-run tells what it would delete";
      throw new AppError("invalid-config", why);
    }
    const { startedBeforeMs, closedBeforeMs, sessions, trimmable } = await previewRetention(config);
    if (startedBeforeMs !== undefined) {
      const which = `${counted(sessions, "session")} that started before ${isoOf(startedBeforeMs)}`;
      terminal.out(`${which} would be erased.\n`);
    }
    if (closedBeforeMs !== undefined) {
      const which = `${counted(trimmable, "session")} that closed before ${isoOf(closedBeforeMs)}`;
      terminal.out(`${which} would lose their events, and keep their numbers.\n`);
    }
    if (startedBeforeMs === undefined && closedBeforeMs === undefined) {
      terminal.out("Retention is off: nothing would be deleted.\n");
    }
    return 0;
  },
};

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
