/** The entry point: the only file that touches the process. */

import { readdirSync, statSync } from "node:fs";
import { runCli } from "./cli/cli.ts";

/** Supervisors kill after 8 s or more; an earlier exit of our own leaves its reason in the log. */
const STOP_MS_MAX = 7500;
const FORCED_EXIT = 1;
const ROOT = 0;
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
// Only the owner may read what the server creates; SQLite and others take their file modes from this.
process.umask(0o077);

/** A reader may close the pipe at any time, as `head` does: that is a normal end. */
function write(bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => {
      if (!error) resolve(true);
      else if ((error as { code?: string }).code === "EPIPE") resolve(false);
      else reject(error);
    });
  });
}

// The writer gets the error too; without a listener it would end the process with a stack trace.
process.stdout.on("error", () => {});

function becomeOwnerOf(directory: string): number | undefined {
  if (process.getuid?.() !== ROOT) return undefined;
  const owner = statSync(directory, { throwIfNoEntry: false });
  if (!owner || owner.uid === ROOT) return undefined;
  // Groups first: only root may change them.
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
  return owner.uid;
}

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
  becomeOwnerOf,
  usage,
});
// A pipe takes 64 KiB at a time. The rest must be read before the process may end, unless a signal cut it short.
const isInterrupted = signals > 0 && process.exitCode !== 0;
if (!isInterrupted) await new Promise<void>((resolve) => process.stdout.end(resolve));
process.exit();
