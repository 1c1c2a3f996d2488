/** Playhead's own commands, as steps of a question. */

import { join } from "node:path";
import type { Context } from "./question.ts";

const COMMAND_MS_MAX = 1_800_000;
const MAIN = join(import.meta.dir, "../../src/main.ts");

/** Runs `playhead` with arguments. @throws Error with its output when it fails */
export async function playhead({ processes }: Context, ...args: string[]): Promise<void> {
  const child = processes.spawn([process.execPath, MAIN, ...args], { lifeMsMax: COMMAND_MS_MAX });
  const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (code !== 0) throw new Error(`playhead ${args[0]} ended with ${code}: ${text}`);
}
