/** Whose session it is: the ids that identify a person or a device, by the catalogue of keys. */

import type { Parameters } from "./event.ts";
import { PARAMETERS, type Parameter, type ParameterKey } from "./parameters.ts";

export const PERSONAL_PARAMETERS: readonly Parameter[] = PARAMETERS.filter(({ personal }) => personal);

/** The keys that say who watches, the surest first. */
const VIEWER_KEYS = [
  "analytics.visitorId",
  "visitor.marketingCloudUserId",
  "analytics.aid",
  "appInstallationId",
] as const satisfies readonly ParameterKey[];

/** Whether a session's start says who watches. */
export function namesViewer(params: Parameters | undefined): boolean {
  return params !== undefined && VIEWER_KEYS.some((key) => typeof params[key] === "string" && params[key] !== "");
}

/** Whether a session's start names this visitor, in whichever key; `visitor.customerIDs` holds one id a name. */
export function isOfVisitor(params: Parameters, visitorId: string): boolean {
  return PERSONAL_PARAMETERS.some(({ key }) => {
    const value = params[key];
    if (typeof value !== "object") return value === visitorId;
    return Object.values(value).some(({ id }) => id === visitorId);
  });
}
