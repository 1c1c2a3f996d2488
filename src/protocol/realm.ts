/** Realms: parts of all sessions that a token may be limited to. */

import type { Parameters } from "./event.ts";
import type { ParameterKey } from "./parameters.ts";

/** The sessions of a report suite, of a channel, or of both; all sessions if neither is named. */
export interface Realm {
  readonly reportSuite?: string;
  readonly channel?: string;
}

/** The key of a start that each member is compared with. */
export const REALM_KEYS = {
  reportSuite: "analytics.reportSuite",
  channel: "media.channel",
} as const satisfies Record<keyof Realm, ParameterKey>;

const MEMBERS = Object.entries(REALM_KEYS) as [keyof Realm, ParameterKey][];

/** What a realm asks of a start: `["media.channel", "Sports"]`. */
export function conditionsOf(realm: Realm): [key: ParameterKey, value: string][] {
  return MEMBERS.flatMap(([member, key]): [ParameterKey, string][] => {
    const value = realm[member];
    return value === undefined ? [] : [[key, value]];
  });
}

/** Whether a realm is less than everything. */
export function isLimited(realm: Realm): boolean {
  return MEMBERS.some(([member]) => realm[member] !== undefined);
}

/** Whether a session with this start is in the realm. */
export function isInRealm(realm: Realm, params: Parameters = {}): boolean {
  return conditionsOf(realm).every(([key, value]) => params[key] === value);
}
