/** How long players wait for their answers while the server has as much to do as it should. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import { load } from "./support/load.ts";
import type { Question } from "./support/question.ts";
import { startServer } from "./support/server-process.ts";
import { openSessions } from "./support/sessions.ts";
import { loadSteadily, type SteadyResult } from "./support/steady-load.ts";

const ROUNDS = 5;
const SESSIONS = 10_000;
const P99_MS_MAX = 8;
/** Until then the engine compiles, on the core that the server has. */
const WARM_UP_SECONDS = 10;

export const question: Question = {
  name: "latency",
  asks: "How long do answers take at half of the load that the server can bear?",
  takes: ["rounds", "seconds", "connections"],
  async run({ directory, processes, connections, seconds, rounds = ROUNDS, say }) {
    const bodies = join(directory, "bodies");
    writeTemplates(bodies);
    await using server = await startServer(processes, { dataDir: join(directory, "data"), storage: "sqlite" });
    await openSessions(server.url, SESSIONS, bodies);
    const most: number[] = [];
    const results: SteadyResult[] = [];
    let from = 0;
    const options = { kind: "events", url: server.url, directory: bodies, connections } as const;
    from += (await load(processes, { ...options, from, seconds: WARM_UP_SECONDS })).requests + connections;
    // In turns: what the machine can bear, and what else it does, changes meanwhile.
    for (let round = 1; round <= rounds; round += 1) {
      const { requests, perSecond } = await load(processes, { ...options, from, seconds });
      from += requests + connections;
      most.push(perSecond);
      const half = { url: server.url, perSecond: perSecond / 2, seconds, connections };
      const result = await loadSteadily(processes, half);
      results.push(result);
      const rate = Math.round(perSecond / 2).toLocaleString("en");
      const p99 = result.p99Ms.toFixed(1);
      say(`round ${round} of ${rounds}: at ${rate}/s p99 ${p99} ms`);
    }
    const middle = (of: (result: SteadyResult) => number) => median(results.map(of));
    return [
      { figure: "most events", value: median(most), unit: "events/s" },
      { figure: "p50 at half of it", value: middle(({ p50Ms }) => p50Ms), unit: "ms" },
      { figure: "p99", value: middle(({ p99Ms }) => p99Ms), unit: "ms", target: { is: "<=", value: P99_MS_MAX } },
      { figure: "p99.9", value: middle(({ p999Ms }) => p999Ms), unit: "ms" },
      { figure: "p99, lowest", value: Math.min(...results.map(({ p99Ms }) => p99Ms)), unit: "ms" },
      { figure: "p99, highest", value: Math.max(...results.map(({ p99Ms }) => p99Ms)), unit: "ms" },
    ];
  },
};
