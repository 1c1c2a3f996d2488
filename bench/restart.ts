/** How long a server that was killed takes to be ready again. */

import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fill, TEMPLATES } from "./support/bodies.ts";
import { median } from "./support/figures.ts";
import { type FillSize, fillDirectory } from "./support/fill-directory.ts";
import type { Context, Figure, Question } from "./support/question.ts";
import { startServer } from "./support/server-process.ts";

const ROUNDS = 5;
const SESSIONS = 50_000;
/** The longest log that a server leaves behind its latest checkpoint: CHECKPOINT_EVENTS of ingest/single/checkpoint.ts. */
const EVENTS_BEHIND_MAX = 250_000;
const NO_CONTENT = 204;
/** How many times the `--events`: a server's log, and not only what a round adds to it. */
const TIMES_EVENTS = 10;
const READY_MS_MAX = 3000;

export const question: Question = {
  name: "restart",
  asks: "How soon after kill -9 is a server with 50,000 open sessions and a long log ready again?",
  takes: ["rounds", "events"],
  async run(context) {
    const events = TIMES_EVENTS * context.events;
    const behind = Math.min(EVENTS_BEHIND_MAX, events);
    const log = `ready, ${events.toLocaleString("en")} events`;
    const usual = `${log}, ${behind.toLocaleString("en")} of them behind the checkpoint`;
    const empty = await measureEmpty(context);
    return [
      { figure: "ready, empty", value: median(empty), unit: "ms" },
      ...(await measureFilled(context, usual, { events, eventsBehind: behind })),
      ...(await measureFilled(context, `${log} and no checkpoint`, { events, eventsBehind: events })),
    ];
  },
};

async function measureEmpty({ directory, processes, rounds = ROUNDS }: Context): Promise<number[]> {
  const readyMs: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    const dataDir = join(directory, "empty");
    await using server = await startServer(processes, { dataDir, storage: "sqlite" });
    readyMs.push(server.readyMs);
    await server.kill();
    rmSync(dataDir, { recursive: true });
  }
  return readyMs;
}

/** Starts on a copy each round: the first start already makes the checkpoint that is to be missing. */
async function measureFilled(context: Context, figure: string, size: Omit<FillSize, "sessions">): Promise<Figure[]> {
  const { directory, processes, say, rounds = ROUNDS } = context;
  const killed = join(directory, "killed");
  const dataDir = join(directory, "data");
  say(`filling for: ${figure}`);
  const sids = await fillDirectory(context.processes, killed, { ...size, sessions: SESSIONS });
  const readyMs: number[] = [];
  for (let i = 1; i <= rounds; i += 1) {
    cpSync(killed, dataDir, { recursive: true });
    await using server = await startServer(processes, { dataDir, storage: "sqlite" });
    readyMs.push(server.readyMs);
    for (const sid of sids) await checkOpen(server.url, sid);
    await server.kill();
    rmSync(dataDir, { recursive: true });
    say(`round ${i} of ${rounds}: ${Math.round(server.readyMs)} ms`);
  }
  rmSync(killed, { recursive: true });
  return [
    { figure, value: median(readyMs), unit: "ms", target: { is: "<=", value: READY_MS_MAX } },
    { figure: `${figure}, slowest`, value: Math.max(...readyMs), unit: "ms" },
  ];
}

/** A ready server that has forgotten its sessions would be quick, too. */
async function checkOpen(url: string, sid: string): Promise<void> {
  const body = fill(TEMPLATES.ping, { N: 0, ITEM: 0, TS: Date.now(), PLAYHEAD: 0 });
  const { status } = await fetch(`${url}/api/v1/sessions/${sid}/events`, { method: "POST", body });
  if (status !== NO_CONTENT) throw new Error(`An open session was answered ${status} after the restart`);
}
