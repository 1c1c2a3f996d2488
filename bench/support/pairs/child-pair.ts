/** Questions that run in the process that asks them: each commit's own file of them, in a child of its own each time. */

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SERVER_CORE } from "../processes.ts";
import type { Context } from "../question.ts";
import { byTurns, type PairedFigure, type PairedQuestion, type Side } from "./paired-question.ts";

/** As ask-once.ts calls it. */
const PROCESSOR_TIME = "processor time";
const ASK_ONCE = join(import.meta.dir, "ask-once.ts");
const LIFE_MS_MAX = 600_000;

/**
 * What decides is the processor time of the asking process, whose work is the same each time: by the clock, what else its
 * core does is counted too.
 *
 * @param own further figures, by their names in the question's own table
 */
export function childPair(name: string, own: readonly PairedFigure[]): PairedQuestion {
  const figures = [{ figure: PROCESSOR_TIME, unit: "s", faster: "less" }, ...own] as const;
  return {
    name,
    takes: [],
    figures,
    // Each child is a process of its own, and so is each pair of them.
    roundsPerPair: 1,
    open: async (context, sides) => {
      for (const { name: commit, root } of sides) {
        if (existsSync(join(root, `bench/${name}.ts`))) continue;
        throw new Error(`Cannot ask ${name} of ${commit}: it has no bench/${name}.ts; ask starts, events or mixed`);
      }
      return {
        takeRound: (first) => byTurns(first, (at) => askOnce(context, name, sides[at], figures)),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}

async function askOnce(
  { directory, processes }: Context,
  name: string,
  { name: commit, root }: Side,
  figures: readonly PairedFigure[],
): Promise<number[]> {
  const scratch = join(directory, "child");
  mkdirSync(scratch);
  try {
    const command = [process.execPath, ASK_ONCE, root, name, scratch];
    const child = processes.spawn(command, { core: SERVER_CORE, lifeMsMax: LIFE_MS_MAX });
    const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (code !== 0) throw new Error(`Cannot ask ${name} of ${commit}: its process ended with ${code}`);
    const values = JSON.parse(text) as Readonly<Record<string, number>>;
    return figures.map(({ figure }) => {
      const value = values[figure];
      if (value === undefined) throw new Error(`Cannot ask ${name} of ${commit}: it does not tell "${figure}"`);
      return value;
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
