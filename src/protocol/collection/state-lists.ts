/** The lists of a `statesUpdate`, the only arrays in `params`. */

import type { Scalar, StateList } from "../event.ts";
import { flag } from "../flags.ts";
import { STATE_NAME } from "../parameters.ts";
import { flagUnknown } from "./unknown-keys.ts";

const NAME = "media.state.name";

/** Makes the list of one that its schema has accepted: without nulls, names as text, and each oddity flagged once. */
export function stateListOf(value: unknown, flags: string[]): StateList {
  const found = new Set<string>();
  const unknown = new Set<string>();
  const states = (value as readonly Readonly<Record<string, Scalar | null>>[]).map((state) => {
    const said = Object.entries(state).filter((entry): entry is [string, Scalar] => entry[1] !== null);
    for (const [key] of said) if (key !== NAME) unknown.add(key);
    const name = said.find(([key]) => key === NAME)?.[1];
    if (name === undefined) found.add(flag("missing-parameter", NAME));
    else if (typeof name !== "string") found.add(flag("not-string", NAME));
    if (name !== undefined && !STATE_NAME.test(String(name))) found.add(flag("state-name-invalid"));
    return Object.fromEntries(said.map(([key, each]) => [key, key === NAME ? String(each) : each]));
  });
  flags.push(...found);
  flagUnknown([...unknown], flags);
  return states as StateList;
}
