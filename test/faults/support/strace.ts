/** Faults between a process and its kernel: strace makes system calls of a running process fail, or take their time. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../support/temp-dir.ts";
import { waitFor } from "../../support/wait-for.ts";

export interface Tampering extends AsyncDisposable {
  /** How many calls were tampered with so far. */
  calls(): number;
  /** Lets the process go on untouched. */
  stop(): Promise<void>;
}

const ATTACHED = "attached";

export interface TamperOptions {
  /** Only calls on this file; default any. */
  readonly file?: string;
  /** Only calls of the thread that takes requests, which leaves the commits of events alone. */
  readonly mainThread?: true;
}

/**
 * Tampers with system calls of a process and all of its threads; resolves when none escapes any more.
 *
 * @param inject as strace takes it: `fsync:error=EIO:when=3+`, counted for each thread from now on
 */
export async function tamper(
  pid: number,
  inject: string,
  { file, mainThread }: TamperOptions = {},
): Promise<Tampering> {
  const directory = tempDir();
  const log = join(directory.path, "calls");
  const [call = ""] = inject.split(":");
  const only = file === undefined ? [] : ["-P", file];
  const threads = mainThread ? [] : ["-f"];
  const command = [
    "strace",
    ...threads,
    "-p",
    `${pid}`,
    "-o",
    log,
    "-e",
    "signal=none",
    "-e",
    `trace=${call}`,
    ...only,
  ];
  const strace = Bun.spawn([...command, "-e", `inject=${inject}`], { stdout: "ignore", stderr: "pipe" });
  let said = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of strace.stderr) said += decoder.decode(chunk, { stream: true });
  })();
  const stop = async () => {
    strace.kill("SIGTERM");
    await Promise.all([strace.exited, reading]);
  };
  const calls = () => readFileSync(log, "utf8").match(/\((INJECTED|DELAYED)\)/g)?.length ?? 0;
  try {
    await waitFor(() => said.includes(ATTACHED) || strace.exitCode !== null);
    if (!said.includes(ATTACHED)) throw new Error(`strace: ${said}`);
  } catch (error) {
    await stop();
    directory[Symbol.dispose]();
    throw error;
  }
  return {
    calls,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      directory[Symbol.dispose]();
    },
  };
}
