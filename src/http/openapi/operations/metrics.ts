/** Operations of monitoring systems. */

import Type from "typebox";
import { METRICS_TYPE } from "../../handlers/metrics.ts";
import type { Operation } from "../operation.ts";

const EXAMPLE = [
  "# HELP playhead_open_sessions Sessions that are open now.",
  "# TYPE playhead_open_sessions gauge",
  "playhead_open_sessions 42",
  "",
].join("\n");

/** `GET /metrics` */
export function metricsOperations(): readonly Operation[] {
  return [
    {
      id: "getMetrics",
      method: "GET",
      path: "/metrics",
      tag: "Metrics",
      summary: "What the server measures of itself",
      description:
        "In Prometheus' text format. On `PLAYHEAD_METRICS_PORT`, where there is one, the same needs no token. " +
        "No label holds what a player sent.",
      admin: true,
      answers: {
        200: { description: "Every measure.", schema: Type.String(), contentType: METRICS_TYPE, example: EXAMPLE },
      },
      errors: ["forbidden"],
    },
  ];
}
