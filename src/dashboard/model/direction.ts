/** Whether a number became better, and so is green rather than red. */

import { METRIC_BY_ID } from "../../sessions/metrics.ts";

type Tone = "good" | "bad" | "plain";

/** Whether a metric, as a report names it, has become better since. */
export function toneOf(column: string, now: unknown, before: unknown): Tone {
  if (typeof now !== "number" || typeof before !== "number" || now === before) return "plain";
  const [id = ""] = column.split(":");
  const betterWhen = METRIC_BY_ID.get(id)?.betterWhen;
  if (!betterWhen) return "plain";
  return now > before === (betterWhen === "more") ? "good" : "bad";
}
