/**
 * Where the page is: a path and parameters in the fragment of its address.
 *
 * Browsers don't send the fragment to a server, so visitor ids in a filter reach no proxy's log. What the page shows
 * depends on the address alone, so that it can be shared.
 */

import { signal } from "@preact/signals";

interface Place {
  /** Its parts between slashes: `["sessions", "01a2…"]`. */
  readonly path: readonly string[];
  readonly params: URLSearchParams;
}

export type PlaceParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The current place. */
export const place = signal<Place>({ path: [], params: new URLSearchParams() });

/** Follows the address from now on. */
export function followPlace(): void {
  const read = () => {
    place.value = placeOf(location.hash);
  };
  addEventListener("hashchange", read);
  read();
}

/** The place of a fragment. */
function placeOf(hash: string): Place {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  return { path: path.split("/").filter(Boolean).map(decoded), params: new URLSearchParams(search) };
}

/** The address of a place, for a link. */
export function addressOf(path: readonly string[], params: PlaceParams | URLSearchParams = {}): string {
  const search = params instanceof URLSearchParams ? params : searchOf(params);
  const text = search.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

/** The address of this place with other parameters; undefined removes one. */
export function addressWith(changes: PlaceParams): string {
  const { path, params } = place.value;
  const search = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    search.delete(name);
    for (const each of listOf(value)) search.append(name, each);
  }
  return addressOf(path, search);
}

/** Goes to this place with other parameters. @param replace whether the browser's Back skips the current place */
export function change(changes: PlaceParams, { replace = false } = {}): void {
  const address = addressWith(changes);
  if (replace) {
    history.replaceState(history.state, "", address);
    place.value = placeOf(address);
  } else location.hash = address;
}

function searchOf(params: PlaceParams): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) for (const each of listOf(value)) search.append(name, each);
  return search;
}

function listOf(value: PlaceParams[string]): readonly string[] {
  if (value === undefined || value === "") return [];
  return typeof value === "string" ? [value] : value;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
