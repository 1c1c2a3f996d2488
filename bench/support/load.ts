/** Load as players make it, from a process of its own: wrk, or autocannon without it. */

import { join } from "node:path";
import { type Child, LOAD_CORE, type Processes } from "./processes.ts";

/** Session starts, pings, pings of Media Edge, or whole sessions: a start, thirty pings, five other events, an end. */
export type Kind = "starts" | "events" | "edge" | "mixed";

export interface LoadOptions {
  readonly kind: Kind;
  readonly url: string;
  /** Where the templates are, and for all but starts the file `sids`. */
  readonly directory: string;
  /** The number of the first request: visitors are numbered by it. */
  readonly from: number;
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  /** The load generator's share of its core: near 1, it is the bound and not the server. */
  readonly generatorBusyRatio: number;
  readonly generatorCpuSeconds: number;
}

interface Report {
  readonly requests: number;
  readonly seconds: number;
  readonly p99Ms: number;
  /** Connections that broke, and requests without an answer in time. */
  readonly failures: number;
  /** Answers that were not 2xx; wrk counts those over 399, and the server has none between. */
  readonly refusals: number;
}

const GRACE_MS = 15_000;
const ANSWER_SECONDS_MAX = 5;
const SUPPORT = import.meta.dir;

/** The name of the load generator that this machine has. */
export function loadGenerator(): "wrk" | "autocannon" {
  return Bun.which("wrk") ? "wrk" : "autocannon";
}

/**
 * Sends requests over all connections, each as soon as the previous one is answered.
 *
 * @throws Error when a single request failed or was refused: the figure would measure something else
 */
export async function load(processes: Processes, options: LoadOptions): Promise<LoadResult> {
  const result = await startLoad(processes, options).result;
  if (result.requests === 0) throw new Error(`No ${options.kind} were answered`);
  return result;
}

/**
 * The same, with the process that sends: it can be stopped for a while and sent on its way again.
 *
 * A second beside much other work may end before the first answer, which is no error here.
 */
export function startLoad(processes: Processes, options: LoadOptions): { child: Child; result: Promise<LoadResult> } {
  const lifeMsMax = options.seconds * 1000 + GRACE_MS;
  const child = processes.spawn(commandOf(options), { core: LOAD_CORE, stoppable: true, lifeMsMax });
  return { child, result: resultOf(child, options.kind) };
}

async function resultOf(child: Child, kind: Kind): Promise<LoadResult> {
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  const line = text.split("\n").find((each) => each.startsWith("{"));
  if (code !== 0 || line === undefined) throw new Error(`${loadGenerator()} ended with ${code}:\n${text}`);
  const { requests, seconds, p99Ms, failures, refusals } = JSON.parse(line) as Report;
  if (failures > 0 || refusals > 0) {
    throw new Error(`Of ${requests} ${kind} ${failures} failed and ${refusals} were not answered 2xx`);
  }
  const generatorCpuSeconds = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
  const generatorBusyRatio = generatorCpuSeconds / seconds;
  return { requests, perSecond: requests / seconds, p99Ms, generatorBusyRatio, generatorCpuSeconds };
}

function commandOf({ kind, url, directory, from, connections, seconds }: LoadOptions): string[] {
  const what = [kind, directory, String(from)];
  if (loadGenerator() === "autocannon") {
    return [process.execPath, join(SUPPORT, "autocannon.ts"), ...what, url, String(connections), String(seconds)];
  }
  const how = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", `${ANSWER_SECONDS_MAX}s`];
  return ["wrk", ...how, "-s", join(SUPPORT, "load.lua"), url, "--", ...what];
}
