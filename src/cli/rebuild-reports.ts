/** `playhead rebuild-reports`: makes the facts of reports anew from the stored sessions. */

import { rebuildReports } from "../app/maintenance.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { createProgress } from "./progress.ts";

const USED_BY = {
  server: "The running server answers from them now.",
  "server-soon": "The running server takes them over within seconds.",
  "next-start": "They are used from the next start on.",
} as const;

export const rebuildReportsCommand: Command = {
  name: "rebuild-reports",
  operandsMax: 0,
  summary: "Makes the facts of reports anew from the stored sessions; safe beside a running server.",
  settings: ["dataDir", "reportsMemoryBytesMax"],
  async run({ flags }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const progress = createProgress("Rebuilding", terminal);
    let stopped = false;
    void terminal.stopped.then(() => {
      stopped = true;
    });
    const { sessions, finished, usedBy } = await rebuildReports(config, {
      onProgress: progress.update,
      isStopped: () => stopped,
    });
    progress.end();
    if (!finished) {
      terminal.err("Interrupted; reports go on with the facts that they had.\n");
      return 1;
    }
    terminal.out(`Made the facts of ${sessions.toLocaleString("en")} sessions. ${USED_BY[usedBy]}\n`);
    return 0;
  },
};
