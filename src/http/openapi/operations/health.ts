/** Operations for supervisors and load balancers. */

import Type from "typebox";
import type { Operation } from "../operation.ts";

const ALIVE = Type.Object({ status: Type.Literal("ok") }, { title: "Alive" });

const READINESS = Type.Object(
  {
    status: Type.Enum(["ready", "not ready"]),
    checks: Type.Object({
      serving: Type.Boolean({ description: "It isn't stopping, and its medium has not failed." }),
      database: Type.Boolean({ description: "The database can be written." }),
      queue: Type.Boolean({ description: "What waits for the disk is well below its limit." }),
    }),
  },
  { title: "Readiness" },
);

const CHECKS = { serving: true, database: true, queue: true };

/** `GET /healthz` and `GET /readyz` */
export function healthOperations(): readonly Operation[] {
  return [
    {
      id: "isAlive",
      method: "GET",
      path: "/healthz",
      tag: "Health",
      summary: "Whether the process is up",
      answers: { 200: { description: "It is.", schema: ALIVE, example: { status: "ok" } } },
    },
    {
      id: "isReady",
      method: "GET",
      path: "/readyz",
      tag: "Health",
      summary: "Whether the server takes events",
      answers: {
        200: {
          description: "It does.",
          schema: READINESS,
          example: { status: "ready", checks: CHECKS },
        },
        503: {
          description: "It does not; `checks` says why.",
          headers: { "Retry-After": Type.String({ description: "Seconds to wait.", examples: ["1"] }) },
          schema: READINESS,
          example: { status: "not ready", checks: { ...CHECKS, queue: false } },
        },
      },
    },
  ];
}
