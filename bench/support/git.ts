/** What git knows of the commits that are measured. */

import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

/** What is measured; a `+` says that src had changes that no commit has. */
export function findCommit(): string {
  const head = git("rev-parse", "--short", "HEAD").text;
  return head + (git("status", "--porcelain", "src").text === "" ? "" : "+");
}

/** @returns the short id of anything that `git rev-parse` takes. @throws Error when it is no commit */
export function resolveCommit(name: string): string {
  const { text, ok } = git("rev-parse", "--verify", "--quiet", "--short", "--end-of-options", `${name}^{commit}`);
  if (ok) return text;
  throw new Error(`Cannot compare with "${name}": git knows no such commit here; give one that git log shows`);
}

/** Runs git in this checkout. */
export function git(...args: readonly string[]): { readonly ok: boolean; readonly text: string } {
  const { success, stdout, stderr } = Bun.spawnSync(["git", "-C", ROOT, ...args]);
  return { ok: success, text: (success ? stdout : stderr).toString().trim() };
}
