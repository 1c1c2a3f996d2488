/** The datastreams that a server takes: by default any, under its own name. */

import type { Datastream } from "./start.ts";

/** `configId`, `configId:reportSuite` or `configId:reportSuite:ORG@AdobeOrg`. */
const ENTRY = /^([\w.-]{1,200})(?::([\w.-]{0,100})(?::([\w.-]{1,100}@AdobeOrg))?)?$/;
const ORG = /^[\w.-]{1,100}@AdobeOrg$/;

/** Whether a setting's entry names a datastream. */
export function isDatastream(text: string): boolean {
  return ENTRY.test(text);
}

/** Whether a setting names an organisation. */
export function isOrg(text: string): boolean {
  return ORG.test(text);
}

export interface Datastreams {
  /** The datastream of a request; undefined for one that isn't listed where a list is set. */
  find(configId: string): Datastream | undefined;
}

/**
 * Makes the datastreams of the settings.
 *
 * @param entries those that are taken, as {@link isDatastream} has them; none for all
 * @param org the organisation of those that name none
 */
export function createDatastreams(entries: readonly string[], org: string | undefined): Datastreams {
  const listed = new Map<string, Datastream>();
  for (const entry of entries) {
    const [, configId = "", reportSuite, ownOrg = org] = ENTRY.exec(entry) ?? [];
    listed.set(configId, {
      configId,
      ...(reportSuite && { reportSuite }),
      ...(ownOrg !== undefined && { org: ownOrg }),
    });
  }
  const unlisted = org === undefined ? {} : { org };
  /** Most servers have few: the last that was asked for is most often the next. */
  let last: Datastream = { ...unlisted, configId: "" };
  return {
    find(configId) {
      if (listed.size > 0) return listed.get(configId);
      if (configId !== last.configId) last = { ...unlisted, configId };
      return last;
    },
  };
}
