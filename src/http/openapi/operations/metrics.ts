/** Operations of monitoring systems. */

import Type from "typebox";
import { METRICS_TYPE } from "../../handlers/metrics.ts";
import type { Operation } from "../operation.ts";
import { instant } from "../values.ts";

const EXAMPLE = [
  "# HELP playhead_open_sessions Sessions that are open now.",
  "# TYPE playhead_open_sessions gauge",
  "playhead_open_sessions 42",
  "",
].join("\n");

const NODE = Type.Object({
  id: Type.String({
    description: "Its name among the others, another after each start.",
    examples: ["web-1-7f3a9c21"],
  }),
  host: Type.String({ description: "The name of its machine.", examples: ["web-1"] }),
  version: Type.String({ description: "Its version.", examples: ["0.1.0"] }),
  startedAt: instant("When it started."),
  seenAt: instant("When it last said that it is there: a node does so every few seconds."),
});
const LOST =
  "When a server last found that the database lacks what it had acknowledged, as after a failover to a standby that " +
  "lagged, or after a restore. Absent if that never happened.";
const NODES = Type.Object({
  nodes: Type.Array(NODE, { description: "In the order of their starts." }),
  historyLostAt: Type.Optional(instant(LOST)),
});
const NODE_EXAMPLE = {
  id: "web-1-7f3a9c21",
  host: "web-1",
  version: "0.1.0",
  startedAt: 1_790_000_000_000,
  seenAt: 1_790_000_060_000,
};

/** `GET /metrics`, and `GET /admin/api/nodes` */
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
    {
      id: "listNodes",
      method: "GET",
      path: "/admin/api/nodes",
      tag: "Metrics",
      summary: "Which servers share the store",
      description: "A server that has its store for itself lists itself alone.",
      admin: true,
      answers: { 200: { description: "Every node.", schema: NODES, example: { nodes: [NODE_EXAMPLE] } } },
      errors: ["forbidden", "store-unreachable"],
    },
  ];
}
