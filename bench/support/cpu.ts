/** Who used the processor, by the kernel's own account: a busy machine must show in the figures. */

import { readFileSync } from "node:fs";

/** The unit of /proc, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that everything on this machine has used, and that its host took away from it. */
export function machineCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync("/proc/stat", "utf8")
    .slice("cpu ".length)
    .trim()
    .split(/\s+/, 8)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Seconds of processor time that a process has used. */
export function processCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may itself hold spaces; the times are the 12th and 13th fields behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds of processor time that those of some processes that still run have used. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (unlessGone(() => processCpuSeconds(pid)) ?? 0), 0);
}

/** The ids of the processes that a process has started, and of those that these have. */
export function descendantsOf(pid: number): number[] {
  const text = unlessGone(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")) ?? "";
  const children = text.trim().split(/\s+/).filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Tells whether a process is there and not merely waiting for somebody to hear of its end. */
export function isRunning(pid: number): boolean {
  const stat = unlessGone(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

/** A process may end at any moment, and its files with it. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
