/**
 * The mark of a datastream in the ids of its sessions: an event that names another datastream is told without a look at
 * its session, after a restart and on any node.
 */

import { markOfSid } from "../../base/ids.ts";

/** An id that was made without a mark has these characters once in four billion times. */
const EDGE = "edfe0a11";
const HASH_CHARS = 8;

/** Makes the mark of a datastream: 16 hex characters. */
export function markOf(configId: string): string {
  return EDGE + Bun.hash.crc32(configId).toString(16).padStart(HASH_CHARS, "0");
}

/** Whether a session's id has the mark of another datastream. */
export function isOfOther(sid: string, configId: string): boolean {
  const mark = markOfSid(sid);
  return mark.startsWith(EDGE) && mark !== markOf(configId);
}
