/** `playhead rebuild-reports`: rebuilds the report facts from the stored sessions. */

import { rebuildReports } from "../app/maintenance.ts";
import { counted } from "../base/counted.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { createProgress, tellDamaged } from "./progress.ts";
import { stopFlag } from "./stopping.ts";

const USED_BY = {
  server: "The running server uses them now.",
  "server-soon": "The running server will use them within seconds.",
  "next-start": "The server will use them from its next start.",
} as const;

export const rebuildReportsCommand: Command = {
  name: "rebuild-reports",
  operandsMax: 0,
  summary: "Rebuilds reports.duckdb, the facts behind reports, from the stored sessions; safe beside a running server.",
  settings: ["store", "dataDir", "viewerKeys", "reportsMemoryBytesMax"],
  example: "playhead rebuild-reports --data-dir /var/lib/playhead",
  async run({ flags }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const progress = createProgress("Rebuilding", terminal);
    const options = { onProgress: progress.update, isStopped: stopFlag(terminal) };
    const { sessions, damaged, finished, usedBy } = await rebuildReports(config, options);
    progress.end();
    if (!finished) {
      terminal.err("Interrupted; reports keep the facts that they had.\n");
      return 1;
    }
    tellDamaged(damaged, terminal);
    terminal.out(`Rebuilt the facts of ${counted(sessions, "session")}. ${USED_BY[usedBy]}\n`);
    return 0;
  },
};
