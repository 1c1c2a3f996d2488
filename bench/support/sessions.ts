/** Opens the sessions that events are posted to. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fill, ITEMS, TEMPLATES } from "./bodies.ts";

const CLIENTS = 64;
const CREATED = 201;
const NO_CONTENT = 204;
const HEADERS = { "Content-Type": "application/json" };
/** Where clients find the sid in a Location, by counting slashes. */
const SID_PART = 4;

/**
 * Opens sessions and leaves their ids in the file `sids` of a directory.
 *
 * @throws Error on any answer but 201
 */
export async function openSessions(url: string, count: number, directory: string): Promise<string[]> {
  const sids = await openNumbered(url, 0, count);
  writeFileSync(join(directory, "sids"), sids.join("\n"));
  return sids;
}

/** Opens the sessions behind one number, up to another. @returns their sids @throws Error on any answer but 201 */
export async function openNumbered(url: string, after: number, last: number): Promise<string[]> {
  const sids: string[] = [];
  let n = after;
  const client = async () => {
    while (n < last) {
      n += 1;
      sids.push(await openSession(url, n));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return sids;
}

/** Opens one session. @returns its sid */
export async function openSession(url: string, n: number): Promise<string> {
  const body = fill(TEMPLATES.start, { N: n, ITEM: n % ITEMS, TS: Date.now(), PLAYHEAD: 0 });
  const response = await fetch(`${url}/api/v1/sessions`, { method: "POST", body, headers: HEADERS });
  const sid = response.headers.get("Location")?.split("/")[SID_PART];
  if (response.status !== CREATED || !sid) throw new Error(`Session ${n} was answered ${response.status}`);
  return sid;
}

/** Opens one session and ends it. @throws Error on any answer but 201 and 204 */
export async function playSession(url: string, n: number): Promise<void> {
  const sid = await openSession(url, n);
  const body = fill(TEMPLATES.end, { N: n, ITEM: n % ITEMS, TS: Date.now(), PLAYHEAD: 0 });
  const { status } = await fetch(`${url}/api/v1/sessions/${sid}/events`, { method: "POST", body, headers: HEADERS });
  if (status !== NO_CONTENT) throw new Error(`The end of session ${n} was answered ${status}`);
}
