/** Every command, in the order of `--help`. */

import { backup } from "./backup.ts";
import { check } from "./check.ts";
import type { Command } from "./command.ts";
import { demo } from "./demo.ts";
import { erase } from "./erase.ts";
import { exportCommand } from "./export.ts";
import { fold } from "./fold.ts";
import { importCommand } from "./import.ts";
import { migrate } from "./migrate.ts";
import { openApi } from "./openapi.ts";
import { rebuildReportsCommand } from "./rebuild-reports.ts";
import { recompute } from "./recompute.ts";
import { restore } from "./restore.ts";
import { retention } from "./retention.ts";
import { schema } from "./schema.ts";
import { serve } from "./serve.ts";
import { simulate } from "./simulate.ts";
import { token } from "./token.ts";

export const COMMANDS: readonly Command[] = [
  serve,
  migrate,
  recompute,
  rebuildReportsCommand,
  erase,
  retention,
  token,
  exportCommand,
  importCommand,
  backup,
  restore,
  check,
  fold,
  schema,
  openApi,
  simulate,
  demo,
];
