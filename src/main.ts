/** The entry point: the only file that touches the process. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { runCli } from "./cli/cli.ts";
import type { DirectoryOwner } from "./cli/command.ts";

/** Supervisors kill after 8 s or more; the program exits earlier, so that the log has the reason. */
const STOP_MS_MAX = 7500;
const FORCED_EXIT = 1;
const ROOT = 0;
const MICROSECONDS = 1e6;
/** Characters of log that may wait for a reader; beyond them lines are dropped, to bound memory. */
const LOG_CHARS_MAX = 1_048_576;
const LOG_END_MS_MAX = 500;

const stopped = Promise.withResolvers<void>();
let signals = 0;
let hasLogged = false;
let logChars = 0;

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

function log(line: string): boolean {
  hasLogged = true;
  if (logChars > LOG_CHARS_MAX) return false;
  logChars += line.length;
  process.stdout.write(line, () => {
    logChars -= line.length;
  });
  return true;
}

// The writer gets the error too; without a listener it would end the process with a stack trace.
process.stdout.on("error", () => {});

function becomeOwnerOf(directory: string): DirectoryOwner | undefined {
  if (process.getuid?.() !== ROOT) return undefined;
  const owner = statSync(directory, { throwIfNoEntry: false });
  if (!owner || owner.uid === ROOT) return undefined;
  // Groups first: only root may change them.
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
  return { id: owner.uid, reachesIt: existsSync(directory) };
}

/** Each is read when it is asked for: connections are counted ten times a second. */
const usage = {
  get cpuSeconds() {
    const { user, system } = process.cpuUsage();
    return (user + system) / MICROSECONDS;
  },
  get residentBytes() {
    try {
      return process.memoryUsage.rss();
    } catch {
      // It reads a file, which it can't open where too many are open.
      return undefined;
    }
  },
  get openFiles() {
    return openFiles();
  },
  openFilesMax: readOpenFilesMax(),
};

function openFiles(): number | undefined {
  try {
    const { size } = statSync("/proc/self/fd");
    // Linux before 6.2 counts nothing there.
    return size > 0 ? size : readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

/** The limit after Bun has raised it as far as it may, before any of this runs. */
function readOpenFilesMax(): number | undefined {
  try {
    const [, max] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return max === undefined ? undefined : Number(max);
  } catch {
    return undefined;
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  out: (text) => process.stdout.write(text),
  log,
  write,
  err: (text) => process.stderr.write(text),
  in: () => Bun.stdin.text(),
  inStream: () => Bun.stdin.stream(),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  stopped: stopped.promise,
  becomeOwnerOf,
  usage: () => usage,
});
// A pipe takes 64 KiB at a time. The rest must be read before the process may end, unless a signal cut it short.
const isInterrupted = signals > 0 && process.exitCode !== 0;
if (!isInterrupted) {
  const drained = new Promise<void>((resolve) => process.stdout.end(resolve));
  // A log is not data: a stalled reader must not hold up the exit.
  await (hasLogged ? Promise.race([drained, Bun.sleep(LOG_END_MS_MAX)]) : drained);
}
process.exit();
