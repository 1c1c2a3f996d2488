/** The one list of kinds of exports, which docs/exports.md is made from. */

import type { ExportKind } from "./kind.ts";
import { erased } from "./kinds/erased.ts";
import { events } from "./kinds/events.ts";
import { adBreaks, ads, chapters, errors, states } from "./kinds/rows.ts";
import { sessions } from "./kinds/sessions.ts";
import type { ExportKindName } from "./query.ts";

export const EXPORTS: Readonly<Record<ExportKindName, ExportKind>> = {
  sessions,
  events,
  ads,
  adBreaks,
  chapters,
  states,
  errors,
  erased,
};
