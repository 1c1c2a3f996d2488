/** The one list of operations: a new one is a row of its family, a new family a file in `operations/`. */

import type { ApiFacts, Family, Operation } from "./operation.ts";
import { collectOperations } from "./operations/collect.ts";
import { dashboardOperations } from "./operations/dashboard.ts";
import { demoMonthOperations } from "./operations/demo-month.ts";
import { documentationOperations } from "./operations/documentation.ts";
import { edgeOperations } from "./operations/edge.ts";
import { exportOperations } from "./operations/exports.ts";
import { healthOperations } from "./operations/health.ts";
import { liveOperations } from "./operations/live.ts";
import { metricsOperations } from "./operations/metrics.ts";
import { reportOperations } from "./operations/reports.ts";
import { schemaOperations } from "./operations/schemas.ts";
import { sessionOperations } from "./operations/sessions.ts";
import { tokenOperations } from "./operations/tokens.ts";
import { trackerOperations } from "./operations/tracker.ts";
import { visitorOperations } from "./operations/visitors.ts";

const FAMILIES: readonly Family[] = [
  collectOperations,
  edgeOperations,
  schemaOperations,
  sessionOperations,
  visitorOperations,
  reportOperations,
  exportOperations,
  liveOperations,
  tokenOperations,
  demoMonthOperations,
  dashboardOperations,
  trackerOperations,
  healthOperations,
  metricsOperations,
  documentationOperations,
];

/** Every operation of this server. */
export function operationsOf(facts: ApiFacts): readonly Operation[] {
  return FAMILIES.flatMap((family) => family(facts));
}
