/** Processor time by the kernel's own account: a busy machine must show in the figures. */

import { readFileSync } from "node:fs";

/** The unit of /proc, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that this machine has used, and that its host took from it. */
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
  // The name, in brackets, may itself hold spaces; the times are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds of processor time that some processes have used; ended ones don't count. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (unlessGone(() => processCpuSeconds(pid)) ?? 0), 0);
}

/** The ids of a process's descendants. */
export function descendantsOf(pid: number): number[] {
  const text = unlessGone(() => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")) ?? "";
  const children = text.trim().split(/\s+/).filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Tells whether a process runs, and isn't a zombie that its parent has yet to reap. */
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
