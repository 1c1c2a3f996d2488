/** Starts every process of the bench: pinned to a core, bounded in time, and ended whatever happens to the bench. */

import { cpus } from "node:os";

/** The server has one core to itself, the load generator the other: they must not take time from each other. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const SYNC_MS_MAX = 120_000;

export interface SpawnOptions {
  /** Absent for a process that may use every core. */
  readonly core?: typeof SERVER_CORE | typeof LOAD_CORE;
  /** Where it runs, if not here. */
  readonly cwd?: string;
  /**
   * Lets it be stopped for a while. It has a session of its own, for the kernel hangs up on a group with a stopped member
   * once its shell has gone, and the kernel ends it with the bench, which alone could send it on its way again.
   */
  readonly stoppable?: boolean;
  /** Killed after this, since nothing here may go on for ever. */
  readonly lifeMsMax: number;
}

export type Child = Bun.Subprocess<"pipe", "pipe", "inherit">;

export class Processes {
  /** Why processes are not pinned, if so. */
  readonly unpinnedBecause: string | undefined = whyUnpinned();
  readonly #running = new Set<Child>();

  /** Starts a process. Its standard input stays open as long as the bench lives, so that it can notice the bench's end. */
  spawn(command: readonly string[], { core, cwd, stoppable = false, lifeMsMax }: SpawnOptions): Child {
    const isPinned = core !== undefined && this.unpinnedBecause === undefined;
    const bound = stoppable ? endingWithBench(command) : command;
    const pinned = isPinned ? ["taskset", "-c", String(core), ...bound] : [...bound];
    const child = Bun.spawn(pinned, {
      ...(cwd !== undefined && { cwd }),
      detached: stoppable,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
      timeout: lifeMsMax,
      killSignal: "SIGKILL",
    });
    this.#running.add(child);
    void child.exited.then(() => this.#running.delete(child));
    return child;
  }

  /** Waits until the kernel has written its dirty pages: gigabytes of them would take a part of both cores. */
  async syncDisk(): Promise<void> {
    await this.spawn(["sync"], { lifeMsMax: SYNC_MS_MAX }).exited;
  }

  /** Kills the processes that still run, each by its id. */
  killAll(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}

function whyUnpinned(): string | undefined {
  if (cpus().length < 2) return "this machine has one core";
  if (!Bun.which("taskset")) return "taskset is missing";
  for (const core of [SERVER_CORE, LOAD_CORE]) {
    const { success } = Bun.spawnSync(["taskset", "-c", String(core), "true"]);
    if (!success) return `core ${core} may not be used`;
  }
  return undefined;
}

/** A command that the kernel ends if the bench is killed with -9, whatever the command knows of the bench. */
export function endingWithBench(command: readonly string[]): readonly string[] {
  return Bun.which("setpriv") ? ["setpriv", "--pdeathsig", "SIGKILL", ...command] : command;
}
