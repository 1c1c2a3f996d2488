/** A report within the page's scope, as part of a component. */

import { MINUTE_MS } from "../../base/units.ts";
import type { Params } from "../model/place.ts";
import { question } from "../model/scope.ts";
import type { Report } from "./answers.ts";
import { type Asked, useAnswer } from "./use-answer.ts";

/** How old numbers may grow while they are on screen. */
export const REFRESH_MS = MINUTE_MS;

/** Asks for a report; its parameters are the members of the question. */
export function useReport(params: Params): Asked<Report> {
  return useAnswer<Report>(question("/admin/api/reports", params), REFRESH_MS);
}
