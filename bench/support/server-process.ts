/** Starts, watches and ends the server under test. */

import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../../src/config.ts";
import { type Processes, SERVER_CORE } from "./processes.ts";
import type { Storage } from "./storage.ts";
import { waitFor } from "./wait.ts";

export type ServerOptions = {
  readonly dataDir: string;
  /** More arguments for Bun itself, such as `--cpu-prof`. */
  readonly bunArguments?: readonly string[];
  /** Lets it use every core, as in production; other trials measure one. */
  readonly unpinned?: true;
  /** Settings by key, in place of their defaults. */
  readonly config?: Partial<Settings>;
} & (
  | { readonly storage: Storage }
  | { /** Another program that says where it listens. */ readonly command: readonly string[] }
);

export interface ServerUnderTest extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the first 200 of `/readyz`. */
  readonly readyMs: number;
  /** Resident memory, now and at most. */
  memory(): { readonly rssBytes: number; readonly rssBytesMax: number };
  /** Ends it as a supervisor would: checkpoint and all. */
  stop(): Promise<void>;
  /** Ends it with -9. */
  kill(): Promise<void>;
}

const SERVER = join(import.meta.dir, "server.ts");
const READY_MS_MAX = 120_000;
const LIFE_MS_MAX = 900_000;
const READY = 200;

/** Starts a server and resolves when it is ready; disposing of it kills it. */
export async function startServer(processes: Processes, options: ServerOptions): Promise<ServerUnderTest> {
  const { dataDir, unpinned } = options;
  mkdirSync(dataDir, { recursive: true });
  const addressPath = join(dataDir, "address");
  // A killed server leaves its address behind.
  rmSync(addressPath, { force: true });
  const sinceMs = performance.now();
  const child = processes.spawn(commandOf(options), {
    ...(!unpinned && { core: SERVER_CORE }),
    lifeMsMax: LIFE_MS_MAX,
  });
  const kill = async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
  try {
    const url = await waitFor("the server to be ready", READY_MS_MAX, async () => {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it was ready`);
      if (!existsSync(addressPath)) return undefined;
      const address = readFileSync(addressPath, "utf8").trim();
      const { status } = await fetch(`${address}/readyz`);
      return status === READY ? address : undefined;
    });
    const readyMs = performance.now() - sinceMs;
    const stop = async () => {
      child.kill("SIGTERM");
      await child.exited;
    };
    return { url, pid: child.pid, readyMs, memory: () => memoryOf(child.pid), stop, kill, [Symbol.asyncDispose]: kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

function commandOf(options: ServerOptions): readonly string[] {
  if ("command" in options) return options.command;
  const { dataDir, storage, bunArguments = [], config = {} } = options;
  return [process.execPath, ...bunArguments, SERVER, dataDir, storage, JSON.stringify(config)];
}

function memoryOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytesOf = (name: string) => {
    const kib = status.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"))?.[1];
    if (kib === undefined) throw new Error(`/proc/${pid}/status has no ${name}`);
    return Number(kib) * 1024;
  };
  return { rssBytes: bytesOf("VmRSS"), rssBytesMax: bytesOf("VmHWM") };
}
