/** Operations on the demo month. */

import Type from "typebox";
import type { Operation } from "../operation.ts";
import { nullable } from "../values.ts";

const STATE = Type.Union(
  ["none", "filling", "ready", "failed"].map((state) => Type.Literal(state)),
  { description: "How far it is." },
);
const DEMO = Type.Object(
  {
    state: STATE,
    done: Type.Integer({ description: "Sessions that are stored." }),
    total: Type.Integer({ description: "Sessions that there will be." }),
    port: nullable(Type.Integer({ description: "Where it listens on the server's own machine; null before that." })),
    problem: nullable(Type.String({ description: "Why there is none." })),
  },
  { title: "DemoMonth" },
);
const EXAMPLE = { state: "filling", done: 4000, total: 12_000, port: null, problem: null };

/** `/admin/api/demo` */
export function demoMonthOperations(): readonly Operation[] {
  return [
    {
      id: "getDemo",
      method: "GET",
      path: "/admin/api/demo",
      tag: "Dashboard",
      summary: "How far the demo month is",
      admin: true,
      answers: { 200: { description: "Its state.", schema: DEMO, example: EXAMPLE } },
      errors: ["forbidden"],
    },
    {
      id: "beginDemo",
      method: "POST",
      path: "/admin/api/demo",
      tag: "Dashboard",
      summary: "Make a demo month",
      description:
        "A month of made-up viewers in a scratch directory, shown by a second server that listens to this machine " +
        "alone, takes the same admin token, and ends with this one. A server with more than one session makes none, " +
        "and says so in `problem`.",
      admin: true,
      answers: { 200: { description: "Its state now.", schema: DEMO, example: EXAMPLE } },
      errors: ["forbidden", "store-failed"],
    },
  ];
}
