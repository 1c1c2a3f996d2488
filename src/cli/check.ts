/** `playhead check`: looks at a data directory, and says what to do. */

import { type CheckFinding, checkDataDir } from "../app/check.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";
import { stoppableWithBar } from "./stopping.ts";

const MARKS: Readonly<Record<CheckFinding["level"], string>> = {
  ok: "ok      ",
  warning: "warning ",
  problem: "PROBLEM ",
};

export const check: Command = {
  name: "check",
  operandsMax: 0,
  summary:
    "Checks the data directory: its server, free space, last backup, and every session; safe beside a running server.",
  settings: ["store", "dataDir", "diskReserveBytes"],
  example: "playhead check --data-dir /var/lib/playhead",
  async run({ flags }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    return await stoppableWithBar("Reading sessions", terminal, async (signal, progress) => {
      let problems = 0;
      const onFinding = ({ level, message, advice }: CheckFinding) => {
        progress.end();
        if (level === "problem") problems += 1;
        terminal.out(`${MARKS[level]}${message}\n`);
        if (advice !== undefined) terminal.out(`        → ${advice}\n`);
      };
      await checkDataDir(config, { onFinding, onProgress: progress.update, signal });
      return problems === 0 ? 0 : 1;
    });
  },
};
