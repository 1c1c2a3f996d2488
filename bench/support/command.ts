/** Playhead's own commands, as steps of a question. */

import { join } from "node:path";
import type { Processes } from "./processes.ts";
import type { Context } from "./question.ts";

const COMMAND_MS_MAX = 1_800_000;
const MAIN = join(import.meta.dir, "../../src/main.ts");

/** Runs this working tree's `playhead` with arguments. @throws Error with its words when it fails */
export async function playhead({ processes }: Context, ...args: string[]): Promise<void> {
  await runPlayhead(processes, MAIN, args);
}

/** Runs the `playhead` of an entry point. @throws Error with its words when it fails */
export async function runPlayhead(processes: Processes, main: string, args: readonly string[]): Promise<void> {
  const child = processes.spawn([process.execPath, main, ...args], { lifeMsMax: COMMAND_MS_MAX });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (code !== 0) throw new Error(`playhead ${args[0]} ended with ${code}: ${text}`);
}
