/** Who watches: the viewer of a session, as reports know it. */

import { keyedHash } from "../base/keyed-hash.ts";
import type { Parameters } from "./event.ts";
import type { ParameterKey } from "./parameters.ts";
import { PERSONAL_PARAMETERS } from "./personal.ts";

/** The prefix of an id in `visitor.customerIDs`, by the name that the player gave it. */
const CUSTOMER_ID = "visitor.customerIDs.";

/** Whether a key identifies a viewer. */
export function isViewerKey(key: string): boolean {
  if (key.startsWith(CUSTOMER_ID)) return key.length > CUSTOMER_ID.length;
  return PERSONAL_PARAMETERS.some((row) => row.key === key && row.type === "string");
}

/** The viewer of a session by its start: a hash; undefined for a session that names none. */
export type ViewerOf = (start: { readonly params?: Parameters }) => string | undefined;

/**
 * Makes what tells viewers apart.
 *
 * @param hashKey the store's
 * @param keys the first one that a session has names its viewer
 */
export function createViewerOf(hashKey: Uint8Array, keys: readonly string[]): ViewerOf {
  return ({ params }) => {
    if (params === undefined) return undefined;
    for (const key of keys) {
      const id = idIn(params, key);
      if (id !== undefined && id !== "") return keyedHash(hashKey, "viewer", id);
    }
    return undefined;
  };
}

function idIn(params: Parameters, key: string): string | undefined {
  if (!key.startsWith(CUSTOMER_ID)) {
    const value = params[key as ParameterKey];
    return typeof value === "string" ? value : undefined;
  }
  const ids: unknown = params["visitor.customerIDs"];
  const name = key.slice(CUSTOMER_ID.length);
  if (typeof ids !== "object" || ids === null || !Object.hasOwn(ids, name)) return undefined;
  const { id } = (ids as Readonly<Record<string, { readonly id?: unknown }>>)[name] ?? {};
  return typeof id === "string" ? id : undefined;
}
