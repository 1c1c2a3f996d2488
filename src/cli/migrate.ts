/** `playhead migrate`: brings a data directory to this version's schema, without serving it. */

import { migrateStore } from "../app/maintenance.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";

export const migrate: Command = {
  name: "migrate",
  operandsMax: 0,
  summary: "Upgrades the database to this version's schema, as serve does at its start; refused while a server runs.",
  settings: ["store", "dataDir"],
  example: "playhead migrate --data-dir /var/lib/playhead",
  async run({ flags }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const applied = await migrateStore(config);
    terminal.out(applied.length === 0 ? "Nothing to do: the schema is current.\n" : `Applied ${applied.join(", ")}.\n`);
    return 0;
  },
};
