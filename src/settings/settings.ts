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
