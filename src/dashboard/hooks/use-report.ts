/** A report within the page's scope, as part of a component. */

import { MINUTE_MS } from "../../base/units.ts";
import type { Report } from "../api/answers.ts";
import type { Params } from "../model/place.ts";
import { question } from "../model/scope.ts";
import { type Asked, useAnswer } from "./use-answer.ts";

/** How old numbers may grow while they are on screen. */
export const REFRESH_MS = MINUTE_MS;

/** Asks for a report; its parameters are the members of the question. @param isAsked false to ask nothing yet */
export function useReport(params: Params, isAsked = true): Asked<Report> {
  return useAnswer<Report>(isAsked ? question("/admin/api/reports", params) : undefined, REFRESH_MS);
}
