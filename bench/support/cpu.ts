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
