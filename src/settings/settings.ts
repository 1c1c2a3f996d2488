/**
 * Every setting: key, group, unit, default, range. Its flag and its environment name follow from the key.
 *
 * `config.ts` reads the list; `docs/configuration.md` and `--help` are made from it.
 */

import { BOUND_SETTINGS } from "./bounds.ts";
import { EDGE_SETTINGS } from "./edge.ts";
import { SERVICE_SETTINGS } from "./service.ts";
import { VIEWER_SETTINGS } from "./viewer.ts";

export const SETTINGS = [...SERVICE_SETTINGS, ...VIEWER_SETTINGS, ...EDGE_SETTINGS, ...BOUND_SETTINGS] as const;

/** The groups' titles, in the order of docs/configuration.md and of `--help`. */
export const GROUP_TITLES: Readonly<Record<(typeof SETTINGS)[number]["group"], string>> = {
  server: "Server",
  storage: "Storage",
  admin: "Admin token",
  signIn: "Wrong admin tokens",
  edge: "Media Edge",
  collect: "What players may send",
  viewer: "Device and country of a viewer",
  limits: "Size limits",
  queue: "Queue for the disk",
  sessions: "Closing sessions",
  retention: "Retention",
  reports: "Reports",
  live: "Live streams",
  metrics: "Metrics port",
};
