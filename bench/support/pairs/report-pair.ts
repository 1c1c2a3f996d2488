/** `report` of two servers over copies of one data directory. */

import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { runPlayhead } from "../command.ts";
import type { Context } from "../question.ts";
import { askerOf, reportQuestions } from "../report-questions.ts";
import { waitFor } from "../wait.ts";
import { openLivingPair } from "./living-server.ts";
import { byTurns, type PairedFigure, type PairedQuestion, type Sides } from "./paired-question.ts";

/** The fastest of a few: what else the machine does can only make an answer slower. */
const ASKED_TIMES = 3;
const WARM_UPS = 2;
/** A side that lays its report facts out in another way makes them first. */
const FIRST_REPORT_MS_MAX = 900_000;

const NAMES = reportQuestions(0).map(({ name }) => name);
const EACH: readonly PairedFigure[] = NAMES.map((name) => ({ figure: `report: ${name}`, unit: "ms", faster: "less" }));

export const reportPair: PairedQuestion = {
  name: "report",
  takes: ["sessions"],
  roundsPerPair: 8,
  figures: [{ figure: "report: all, geometric mean", unit: "ms", faster: "less" }, ...EACH],
  open: async (context, sides) => {
    const filled = await fill(context, sides);
    await context.processes.syncDisk();
    const questions = reportQuestions(Date.now());
    return openLivingPair(context, sides, {
      unpinned: true,
      fill: (dataDir) => cpSync(filled, dataDir, { recursive: true }),
      warmUp: async ({ server, dataDir }) => {
        const ask = askerOf(server, dataDir);
        const first = questions[0]?.path ?? "";
        await waitFor("the first report", FIRST_REPORT_MS_MAX, async () => ((await ask(first)).ok ? true : undefined));
        const measure = async () => {
          const times: number[] = [];
          for (const { path } of questions) times.push(await fastestMs(() => ask(path)));
          const mean = Math.exp(times.reduce((sum, ms) => sum + Math.log(ms), 0) / times.length);
          return [mean, ...times];
        };
        for (let i = 0; i < WARM_UPS; i += 1) await measure();
        return measure;
      },
      takeRound: (measures, first) => byTurns(first, (at) => measures[at]()),
    });
  },
};

/** By the other commit, which is usually the older one: the newer one knows what to do with the older one's files. */
async function fill({ directory, processes, sessions, say }: Context, [, there]: Sides): Promise<string> {
  const dataDir = join(directory, "filled");
  if (existsSync(dataDir)) return dataDir;
  const main = join(there.root, "src/main.ts");
  say(`filling ${sessions} sessions`);
  const amount = ["--days", "30", "--sessions", String(sessions)];
  await runPlayhead(processes, main, ["simulate", ...amount, "--data-dir", dataDir]);
  say("making the report facts");
  await runPlayhead(processes, main, ["rebuild-reports", "--data-dir", dataDir]);
  return dataDir;
}

async function fastestMs(ask: () => Promise<{ readonly ok: boolean }>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ASKED_TIMES; i += 1) {
    const sinceMs = performance.now();
    if (!(await ask()).ok) throw new Error("A report was refused");
    fastest = Math.min(fastest, performance.now() - sinceMs);
  }
  return fastest;
}
