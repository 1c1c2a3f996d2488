/** Another commit's files with its own packages, in a git worktree that is gone afterwards. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { git } from "./git.ts";
import type { Side } from "./pairs/paired-question.ts";
import type { Context } from "./question.ts";

const INSTALL = [process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--silent"];
const INSTALL_MS_MAX = 600_000;
/** Its place in a directory of the bench. */
const CHECKOUT = "checkout";

/** @throws Error when git or the packages of that commit are not to be had */
export async function checkOut(commit: string, { directory, processes, say }: Context): Promise<Side> {
  const root = join(directory, CHECKOUT);
  say(`checking out ${commit}`);
  const added = git("worktree", "add", "--quiet", "--detach", root, commit);
  if (!added.ok) throw new Error(`Cannot check out ${commit}: ${added.text}`);
  say(`installing the packages of ${commit}`);
  const install = processes.spawn(INSTALL, { cwd: root, lifeMsMax: INSTALL_MS_MAX });
  if ((await install.exited) !== 0) {
    throw new Error(`Cannot install the packages of ${commit}: bun install ended with ${install.exitCode}`);
  }
  return { name: commit, root };
}

/** Removes the worktree that a directory of the bench may hold, and git's record of it. */
export function removeCheckout(directory: string): void {
  const root = join(directory, CHECKOUT);
  if (existsSync(root)) git("worktree", "remove", "--force", "--force", root);
}
