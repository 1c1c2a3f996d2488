/** The program's entry: the only file that touches the process. */

import { readdirSync } from "node:fs";
import { runCli } from "./cli/cli.ts";

/** A supervisor kills after 8 s or more; ending by ourselves leaves the reason in the log. */
const STOP_MS_MAX = 7500;
const FORCED_EXIT = 1;
const MICROSECONDS = 1e6;

const stopped = Promise.withResolvers<void>();
let signals = 0;

function onSignal(): void {
  signals += 1;
  if (signals > 1) process.exit(FORCED_EXIT);
  stopped.resolve();
  setTimeout(() => process.exit(FORCED_EXIT), STOP_MS_MAX).unref();
}

process.on("SIGTERM", onSignal);
process.on("SIGINT", onSignal);
// What the server makes is its owner's alone; SQLite and the rest take their modes from this.
process.umask(0o077);

/** Whoever reads may go away at any time, as `head` does: that is an end like another. */
function write(bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (!error) resolve(true);
      else if ((error as { code?: string }).code === "EPIPE") resolve(false);
      else reject(error);
    });
  });
}

// Told to whoever writes; without a listener it would end the process with a stack.
process.stdout.on("error", () => {});

function usage() {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / MICROSECONDS,
    residentBytes: process.memoryUsage.rss(),
    openFiles: openFiles(),
  };
}

function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  out: (text) => process.stdout.write(text),
  write,
  err: (text) => process.stderr.write(text),
  in: () => Bun.stdin.text(),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  stopped: stopped.promise,
  usage,
});
// A pipe takes 64 KiB at a time. The rest must be read before the process may end, unless a signal cut it short.
const isInterrupted = signals > 0 && process.exitCode !== 0;
if (!isInterrupted) await new Promise<void>((resolve) => process.stdout.end(resolve));
process.exit();
