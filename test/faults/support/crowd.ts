/** Starts and watches a crowd of clients, and the memory of the server. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CrowdReport } from "./crowd-process.ts";

export interface Crowd extends AsyncDisposable {
  /** The crowd's latest report. */
  now(): CrowdReport;
  /** The slowest answer so far. */
  slowestMs(): number;
}

const FILE = join(import.meta.dir, "crowd-process.ts");
const NOTHING: CrowdReport = { connected: 0, gone: 0, answered: 0, statuses: {}, slowestMs: 0 };
/** Files that a process keeps open besides its connections. */
const OTHER_FILES = 200;

/** How many of the wanted connections a process may open here. */
export function connectionsOf(wanted: number): number {
  const { stdout } = Bun.spawnSync(["sh", "-c", "ulimit -Hn"]);
  const limit = Number(stdout.toString().trim());
  const possible = Number.isNaN(limit) ? wanted : Math.min(wanted, limit - OTHER_FILES);
  if (possible < wanted) process.stderr.write(`Only ${possible} connections: ulimit -Hn is ${limit}\n`);
  return possible;
}

/** Starts clients, each of which asks again `everyMs` after its last answer. Disposing of it ends them. */
export function startCrowd(port: number, clients: number, everyMs: number): Crowd {
  const command = [process.execPath, FILE, `${port}`, `${clients}`, `${everyMs}`];
  const child = Bun.spawn(["sh", "-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", ...command], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  let last = NOTHING;
  let slowestMs = 0;
  const reading = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        last = JSON.parse(line) as CrowdReport;
        slowestMs = Math.max(slowestMs, last.slowestMs);
      }
    }
  })();
  return {
    now: () => last,
    slowestMs: () => slowestMs,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await Promise.all([child.exited, reading]);
    },
  };
}

/** The resident memory of a process, now and at its peak. */
export function memoryOf(pid: number): { readonly mib: number; readonly mibMax: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mibOf = (name: string) =>
    Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024);
  return { mib: mibOf("VmRSS"), mibMax: mibOf("VmHWM") };
}
