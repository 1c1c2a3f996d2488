/** Whose session it is: the ids that identify a person or a device, by the catalogue of keys. */

import type { Parameters } from "./event.ts";
import { PARAMETERS } from "./parameters.ts";

const PERSONAL_KEYS: readonly string[] = PARAMETERS.filter(({ personal }) => personal).map(({ key }) => key);

/** Whether a session's start names this visitor, in whichever key; `visitor.customerIDs` holds one id a name. */
export function isOfVisitor(params: Parameters, visitorId: string): boolean {
  return PERSONAL_KEYS.some((key) => {
    const value = params[key];
    if (typeof value !== "object") return value === visitorId;
    return Object.values(value).some(({ id }) => id === visitorId);
  });
}
