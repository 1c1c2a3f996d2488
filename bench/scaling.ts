/** What one more core buys, and where it is best spent. */

import { join } from "node:path";
import { databasePathOf } from "../src/data-dir/paths.ts";
import { writeTemplates } from "./support/bodies.ts";
import { cpuSecondsOf, descendantsOf } from "./support/cpu.ts";
import { median } from "./support/figures.ts";
import { countRows, startPlayhead } from "./support/playhead-trial.ts";
import type { Context, Figure, Question } from "./support/question.ts";
import { startServer } from "./support/server-process.ts";
import type { Storage } from "./support/storage.ts";
import { type Line, measureService, otherWorkOf, type Running, ratiosOf, speedOf, takeTurns } from "./support/turns.ts";

const KINDS = ["starts", "events"] as const;
const WRITER = join(import.meta.dir, "processes/writer.ts");
const CORES = [1, 2] as const;
type Cores = (typeof CORES)[number];

/** Each way of sharing the work, by what it is called. */
const WAYS: Readonly<Record<string, (context: Context, directory: string, cores: Cores) => Promise<Running>>> = {
  "one thread": (context, directory, cores) => startStorage(context, directory, cores, "inline"),
  "commits in a thread": (context, directory, cores) => startStorage(context, directory, cores, "thread"),
  "two HTTP processes, one writer": startProcesses,
};

export const question: Question = {
  name: "scaling",
  asks: "What does one more core buy, and what does the work do best with it?",
  takes: ["rounds", "seconds", "connections"],
  async run(context) {
    const bodies = join(context.directory, "bodies");
    writeTemplates(bodies);
    const figures: Figure[] = [];
    for (const kind of KINDS) {
      const entrants = CORES.flatMap((cores) =>
        Object.entries(WAYS).map(([way, startWay]) => {
          const name = `${way}, ${cores} core${cores > 1 ? "s" : ""}`;
          const start = (directory: string) => startWay(context, directory, cores);
          return { name, measure: () => measureService(context, { name, kind, bodies, start }) };
        }),
      );
      const lines = await takeTurns(context, kind, entrants);
      figures.push(...lines.flatMap((line) => speedOf(kind, line)), ...gainsOf(kind, lines), otherWorkOf(kind, lines));
    }
    return figures;
  },
};

/** Against all in one thread on one core. */
function gainsOf(kind: string, lines: readonly Line[]): Figure[] {
  const [least, ...others] = lines as [Line, ...Line[]];
  return others.map((line) => ({
    figure: `${kind}: ${line.name} / ${least.name}`,
    value: median(ratiosOf(line, least)),
    unit: "ratio",
  }));
}

function startStorage({ processes }: Context, directory: string, cores: Cores, storage: Storage): Promise<Running> {
  return startPlayhead(processes, directory, { storage, unpinned: cores > 1 });
}

async function startProcesses({ processes }: Context, directory: string, cores: Cores): Promise<Running> {
  const dataDir = join(directory, "data");
  const command = [process.execPath, WRITER, dataDir, "2"];
  const server = await startServer(processes, { dataDir, command, ...(cores > 1 && { unpinned: true }) });
  const pids = [server.pid, ...descendantsOf(server.pid)];
  return {
    url: server.url,
    cpuSeconds: () => cpuSecondsOf(pids),
    kill: server.kill,
    countStored: async (kind) => countRows(databasePathOf({ dataDir }), kind),
    [Symbol.asyncDispose]: server.kill,
  };
}
