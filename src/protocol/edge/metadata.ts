/** `customMetadata` of XDM: a list of names and values, in either of the two places that the reference shows. */

import type { CatalogueEntry } from "../events.ts";
import { flag } from "../flags.ts";
import { isObject, type Json, listAt } from "../json.ts";
import { METADATA_KEY } from "../parameters.ts";

/**
 * Reads the metadata of an event that was checked.
 *
 * @param flags takes what was kept though odd: a name that is there twice has its last value
 * @returns undefined when there is none
 */
export function metadataOf(
  xdm: Json,
  collection: Json,
  entry: CatalogueEntry,
  flags: string[],
): Record<string, string> | undefined {
  if (!xdm["customMetadata"] && !collection["customMetadata"]) return undefined;
  const pairs = [...listAt(xdm, "customMetadata"), ...listAt(collection, "customMetadata")].filter(isObject);
  const texts = new Map<string, string>();
  for (const { name, value } of pairs) {
    if (typeof name !== "string" || value === null || value === undefined || typeof value === "object") continue;
    if (texts.has(name)) flags.push(flag("metadata-repeated", name));
    if (!METADATA_KEY.test(name)) flags.push(flag("metadata-key-invalid", name));
    if (typeof value !== "string") flags.push(flag("metadata-not-string", name));
    texts.set(name, String(value));
  }
  if (texts.size === 0) return undefined;
  if (!entry.customMetadata) flags.push(flag("misplaced-member", "customMetadata"));
  return Object.fromEntries(texts);
}
