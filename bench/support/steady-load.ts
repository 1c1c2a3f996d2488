/** Events at a steady rate, from a process of its own. */

import { join } from "node:path";
import { LOAD_CORE, type Processes } from "./processes.ts";

export interface SteadyOptions {
  /** One server's, or those of several nodes with commas between. */
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
  /** A file with the ids of sessions to send to; 200 new ones without it. */
  readonly sids?: string;
}

/** Milliseconds from when each event was due to its answer. */
export interface SteadyResult {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

const SCRIPT = join(import.meta.dir, "steady.ts");
const GRACE_MS = 60_000;

/** @throws Error when an event was not answered 204 */
export async function loadSteadily(processes: Processes, options: SteadyOptions): Promise<SteadyResult> {
  const { url, perSecond, seconds, connections, sids } = options;
  const numbers = [Math.floor(perSecond), seconds, connections].map(String);
  const command = [process.execPath, SCRIPT, url, ...numbers, ...(sids === undefined ? [] : [sids])];
  const child = processes.spawn(command, { core: LOAD_CORE, lifeMsMax: seconds * 1000 + GRACE_MS });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (code !== 0) throw new Error(`The steady client ended with ${code}`);
  return JSON.parse(text) as SteadyResult;
}
