/** The ids that identify a person or a device, by the catalogue of keys. */

import type { Parameters } from "./event.ts";
import { PARAMETERS, type Parameter, type ParameterKey } from "./parameters.ts";

export const PERSONAL_PARAMETERS: readonly Parameter[] = PARAMETERS.filter(({ personal }) => personal);
const PERSONAL_KEYS: ReadonlySet<string> = new Set(PERSONAL_PARAMETERS.map(({ key }) => key));
/** Whether the player had proof of the id beside it: identifies no one. */
const AUTH_STATE = "authState";

/** The keys that say who watches, the surest first, unless a setting lists others. */
export const VIEWER_KEYS = [
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

/** Whether a name is a personal key, or of a member in one: `visitor.customerIDs.crm`. */
export function isPersonal(name: string): boolean {
  return [...PERSONAL_KEYS].some((key) => name === key || name.startsWith(`${key}.`));
}

/** Copies JSON with a hash in place of each value under a personal key, however deep. */
export function masked(said: unknown, hash: (text: string) => string): unknown {
  if (Array.isArray(said)) return said.map((each) => masked(each, hash));
  if (typeof said !== "object" || said === null) return said;
  return mapped(said, (key, value) => (PERSONAL_KEYS.has(key) ? hidden(value, hash) : masked(value, hash)));
}

/** Copies parameters without personal keys. */
export function withoutPersonal<T>(params: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(params).filter(([key]) => !PERSONAL_KEYS.has(key)));
}

function hidden(value: unknown, hash: (text: string) => string): unknown {
  if (value === null || value === undefined) return value;
  if (typeof value !== "object") return hash(String(value));
  return mapped(value, (key, each) => (key === AUTH_STATE ? each : hidden(each, hash)));
}

function mapped(object: object, change: (key: string, value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(key, value)]));
}
