/** Which questions have an answer without mending: those about whole sessions. */

import { STATE_PART_NAMES, stateMetricId } from "../../sessions/metrics/states.ts";
import type { Catalogue } from "../api/answers.ts";

const PATHS = ["/admin/api/reports", "/admin/api/funnel"];
const SCOPES = ["session", "error", "rule", "flag"];
/** Metrics of the state that a report breaks down by. */
const OF_STATE: readonly string[] = STATE_PART_NAMES.map((part) => stateMetricId("state", part));

/** @param asked the question's members, each dimension and metric among them */
export function hasUnmended(path: string, asked: URLSearchParams, dimensions: Catalogue["dimensions"]): boolean {
  if (!PATHS.includes(path)) return false;
  const listOf = (name: string) => asked.getAll(name).flatMap((each) => each.split(","));
  const filters = asked.getAll("filter").map((each) => /^[^\s=!<>~]+/.exec(each)?.[0] ?? "");
  const scopeOf = (name: string) => dimensions.find((each) => each.name === name)?.scope ?? "session";
  const isOfState = listOf("metrics").some((metric) => OF_STATE.includes(metric.split(":")[0] ?? ""));
  return !isOfState && [...listOf("dimension"), ...filters].every((name) => SCOPES.includes(scopeOf(name)));
}
