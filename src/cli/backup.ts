/** `playhead backup`: copies the whole database, beside a running server. */

import { type BackupSummary, backupDataDir, type SalvageSummary, salvageDataDir } from "../app/maintenance.ts";
import { systemClock } from "../base/clock.ts";
import { counted } from "../base/counted.ts";
import { AppError } from "../base/errors.ts";
import { SECOND_MS } from "../base/units.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { stoppableWithBar } from "./stopping.ts";

export const backup: Command = {
  name: "backup",
  operands: "FILE",
  operandsMax: 1,
  terms: [{ name: "FILE", summary: "The file to write. It appears once it is complete, for its owner alone." }],
  summary: "Copies the database to a file and verifies the copy; safe beside a running server.",
  settings: ["dataDir", "diskReserveBytes"],
  options: [
    { name: "force", summary: "Replaces the file." },
    { name: "salvage", summary: "Copies what can be read of a damaged database, and says what is lost." },
  ],
  example: "playhead backup /var/backups/playhead.db --force",
  async run({ flags, switches, operands: [path] }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    if (path === undefined)
      throw new AppError("invalid-config", "Cannot back up: no file is named; give a FILE to write");
    const sinceMs = systemClock.elapsedMs();
    return await stoppableWithBar("Copying", terminal, async (signal, progress) => {
      const options = { path, replace: switches.has("force"), signal, onProgress: progress.update };
      const isSalvage = switches.has("salvage");
      const copied = isSalvage ? salvageDataDir(config, options) : await backupDataDir(config, options);
      const summary: BackupSummary & Partial<SalvageSummary> = copied;
      const { sessions, events, bytes } = summary;
      progress.end();
      const seconds = (systemClock.elapsedMs() - sinceMs) / SECOND_MS;
      const counts = `${counted(sessions, "session")}, ${counted(events, "event")}, ${counted(bytes, "byte")}`;
      const how = isSalvage ? "salvaged" : "verified";
      terminal.out(`${path}: ${counts}, ${how}, in ${seconds.toFixed(1)} s.\n`);
      if (summary.lost) terminal.out(lossesOf(summary.lost));
      return 0;
    });
  },
};

function lossesOf(lost: SalvageSummary["lost"]): string {
  const tables = Object.entries(lost).map(([table, rows]) => `${table} ${rows.toLocaleString("en")}`);
  return tables.length === 0 ? "No row was damaged.\n" : `Lost rows by table: ${tables.join(", ")}.\n`;
}
