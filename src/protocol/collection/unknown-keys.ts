/** The flags of keys that aren't documented, each with the documented one that it was most likely meant to be. */

import { didYouMean } from "../../base/did-you-mean.ts";
import { RecentMap } from "../../base/recent-map.ts";
import { PARAMETER_BY_KEY } from "../catalogue.ts";
import { flag } from "../flags.ts";

/** What the server says of a session by itself, in reports and in other dialects. */
const RESERVED = /^(?:viewer|edge)\./;
/** A search costs a tenth of a millisecond. */
const HINTS_PER_EVENT_MAX = 4;
/** Players send the same keys with each event. */
const REMEMBERED_MAX = 2000;
const REMEMBERED_CHARS_MAX = 80;

const hints = new RecentMap<string, string>(REMEMBERED_MAX);

/** Flags the undocumented keys of an event's `params` or `qoeData`. */
export function flagUnknown(keys: readonly string[], flags: string[]): void {
  let searches = 0;
  for (const key of keys) {
    if (RESERVED.test(key)) flags.push(flag("reserved-parameter", key));
    else {
      searches += 1;
      flags.push(flag("unknown-parameter", key, searches <= HINTS_PER_EVENT_MAX ? hintFor(key) : ""));
    }
  }
}

function hintFor(key: string): string {
  if (key.length > REMEMBERED_CHARS_MAX) return "";
  const known = hints.get(key);
  if (known !== undefined) return known;
  const hint = didYouMean(key, PARAMETER_BY_KEY.keys());
  hints.set(key, hint);
  return hint;
}
