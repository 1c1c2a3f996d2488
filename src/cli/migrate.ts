/** `playhead migrate`: brings a database to this version's schema, without serving it. */

import { migrateStore } from "../app/maintenance.ts";
import { loadConfig } from "../config.ts";
import type { Command } from "./command.ts";

export const migrate: Command = {
  name: "migrate",
  operandsMax: 0,
  summary: "Upgrades the database to this version's schema, as serve does at its start; refused while a server runs.",
  settings: ["store", "dataDir"],
  options: [
    { name: "restored", summary: "Says that PostgreSQL came back from a backup: every server rebuilds its facts." },
  ],
  example: "playhead migrate --data-dir /var/lib/playhead",
  async run({ flags, switches }, terminal) {
    const config = loadConfig(terminal.environment, flags);
    const isRestored = switches.has("restored");
    const applied = await migrateStore(config, { isRestored });
    terminal.out(applied.length === 0 ? "Nothing to do: the schema is current.\n" : `Applied ${applied.join(", ")}.\n`);
    if (isRestored) terminal.out("Noted the restore: every server rebuilds its report facts.\n");
    return 0;
  },
};
