/** The program as a process of its own, on a free port and a data directory that the test gives it. */

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "./wait-for.ts";

const ROOT = join(import.meta.dir, "../..");
const START_MS_MAX = 20_000;
/** The program that the suite's runner has built, which starts in a third of the time, or the source. */
const BUILT = process.env["BUILT_PROGRAM"];
const PROGRAM = BUILT === undefined ? [process.execPath, "src/main.ts"] : [BUILT];

export interface ProcessOptions {
  /** Environment names without their prefix: `{ LATE_GRACE_MS: "0" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Shell commands that read its standard output, and whose output replaces it. */
  readonly through?: string;
  /** Environment variables of the loader or a library, rather than Playhead's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that runs it under its own process id, such as `strace -D`. */
  readonly under?: readonly string[];
}

export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** The exit code; above 128 it was a signal. */
  readonly exited: Promise<number>;
  /** The output so far; complete once `exited` has resolved. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends a signal to this process alone. */
  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGSTOP" | "SIGCONT"): void;
}

export interface ServerProcess extends TestProcess {
  readonly url: string;
  readonly port: number;
}

/** Runs `playhead` with arguments; disposing of it kills it. */
export function runProcess(args: readonly string[], options: ProcessOptions = {}): TestProcess {
  const { settings = {}, through, environment = {}, under = [] } = options;
  const command = [...under, ...PROGRAM, ...args];
  const piped = ["sh", "-c", `"$@" | (${through})`, "sh", ...command];
  const child = Bun.spawn(through === undefined ? command : piped, {
    cwd: ROOT,
    env: { ...inheritedEnvironment(), ...environment, ...prefixed(settings) },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  const exited = Promise.all([child.exited, out.ended, err.ended]).then(([code]) => code);
  return {
    pid: child.pid,
    exited,
    stdout: out.text,
    stderr: err.text,
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/**
 * Starts a server and resolves when it says where it listens.
 *
 * @throws Error with its output when it ends before that
 */
export async function startProcess(dataDir: string, options: ProcessOptions = {}): Promise<ServerProcess> {
  const addressPath = join(dataDir, "address");
  // A killed server leaves its address behind.
  rmSync(addressPath, { force: true });
  const settings = { HOST: "127.0.0.1", PORT: "0", DATA_DIR: dataDir, ...options.settings };
  const server = runProcess(["serve"], { ...options, settings });
  let ended = false;
  void server.exited.then(() => {
    ended = true;
  });
  try {
    await waitFor(() => ended || existsSync(addressPath), START_MS_MAX);
    if (ended) throw new Error(`The server ended with ${await server.exited}: ${server.stderr()}`);
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  const url = readFileSync(addressPath, "utf8").trim();
  return Object.assign(server, { url, port: Number(url.split(":").at(-1)) });
}

function collect(stream: ReadableStream<Uint8Array>): { readonly text: () => string; readonly ended: Promise<void> } {
  let text = "";
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  };
  return { text: () => text, ended: read() };
}

/** The environment without Playhead's settings, which the developer may have set. */
function inheritedEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PLAYHEAD_")));
}

function prefixed(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`PLAYHEAD_${name}`, value]));
}
