/** A report within the page's scope, as part of a component. */

import { MINUTE_MS } from "../../base/units.ts";
import type { Report } from "../api/answers.ts";
import type { PlaceParams } from "../model/place.ts";
import { question } from "../model/scope.ts";
import { type AnswerState, useAnswer } from "./use-answer.ts";

/** How old numbers may grow while they are on screen. */
export const REFRESH_MS = MINUTE_MS;

/** Asks for a report; its parameters are the members of the question. @param isAsked false to ask nothing yet */
export function useReport(params: PlaceParams, isAsked = true): AnswerState<Report> {
  return useAnswer<Report>(isAsked ? question("/admin/api/reports", params) : undefined, REFRESH_MS);
}
