/**
 * The mark of a datastream in the ids of its sessions. It shows that an event names another datastream without a look
 * at the session, even after a restart and on any node.
 */

import { hasMark } from "../../base/ids.ts";

/** An id that was made without a mark has these characters once in four billion times. */
const EDGE = "edfe0a11";
const HASH_CHARS = 8;

/** The mark that was made last: most servers have few datastreams. */
let last = { configId: "", mark: "" };

/** Makes the mark of a datastream: 16 hex characters. */
export function markOf(configId: string): string {
  if (configId !== last.configId || last.mark === "") {
    const hash = Bun.hash.crc32(configId).toString(16).padStart(HASH_CHARS, "0");
    last = { configId, mark: EDGE + hash };
  }
  return last.mark;
}

/** Whether a session's id has the mark of another datastream. */
export function isOfOther(sid: string, configId: string): boolean {
  return hasMark(sid, EDGE) && !hasMark(sid, markOf(configId));
}
