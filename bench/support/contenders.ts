/** Playhead, the usual ways of building the same, and the limits: how to start, end and count each. */

import { join } from "node:path";
import { cpuSecondsOf } from "./cpu.ts";
import type { Kind } from "./load.ts";
import { type Found, findNode, findPostgres, need, PEERS } from "./peer-packages.ts";
import { startPeer } from "./peer-process.ts";
import { countRows, startPlayhead } from "./playhead-trial.ts";
import { startPostgres } from "./postgres.ts";
import type { Processes } from "./processes.ts";
import type { Running } from "./turns.ts";

export interface Start {
  readonly processes: Processes;
  /** Empty, and for this turn alone. */
  readonly directory: string;
  readonly schemasPath: string;
}

export interface Contender {
  readonly name: string;
  /** A peer stores what it acknowledges, as Playhead does; a limit stores nothing. */
  readonly role: "ours" | "peer" | "limit";
  readonly kinds: readonly Kind[];
  /** @throws Error when it can't be run here */
  start(options: Start): Promise<Running>;
}

const BOTH: readonly Kind[] = ["starts", "events"];
const BUN: Found<string> = { found: process.execPath };

export const OURS: Contender = {
  name: "Playhead",
  role: "ours",
  kinds: BOTH,
  start: ({ processes, directory }) => startPlayhead(processes, directory),
};
/** As Drizzle's own pages show it. */
export const NAIVE = peer("Hono, Drizzle", "hono-drizzle.ts", () => BUN);

export const CHECKED: Contender = limit("checked, not kept", "limit-validated.ts", BOTH);
/** With a database that others may share, too. */
export const SHARING: Contender = {
  name: "Fastify, PostgreSQL",
  role: "peer",
  kinds: BOTH,
  start: startWithPostgres,
};

export const CONTENDERS: readonly Contender[] = [
  OURS,
  peer("Fastify, better-sqlite3", "fastify-better-sqlite3.ts", findNode),
  NAIVE,
  peer("Elysia, Drizzle prepared", "elysia-drizzle.ts", () => BUN),
  SHARING,
  CHECKED,
  limit("answered, not read", "limit-answered.ts", ["starts"]),
];

function peer(name: string, program: string, runtime: () => Found<string>): Contender {
  return {
    name,
    role: "peer",
    kinds: BOTH,
    async start({ directory, ...options }) {
      const database = join(directory, "peer.db");
      const running = await startPeer({ ...options, command: [need(runtime()), join(PEERS, program), database] });
      return { ...running, countStored: async (kind) => countRows(database, kind) };
    },
  };
}

function limit(name: string, program: string, kinds: readonly Kind[]): Contender {
  const command = [process.execPath, join(PEERS, program), "nothing"];
  return { name, role: "limit", kinds, start: (options) => startPeer({ ...options, command }) };
}

async function startWithPostgres({ processes, directory, schemasPath }: Start): Promise<Running> {
  const node = need(findNode());
  const programs = need(findPostgres());
  const postgres = await startPostgres({ processes, programs, dataDir: join(directory, "postgres") });
  try {
    const command = [node, join(PEERS, "fastify-postgres.ts"), postgres.url];
    const service = await startPeer({ processes, schemasPath, command });
    return {
      url: service.url,
      cpuSeconds: () => service.cpuSeconds() + cpuSecondsOf(postgres.pids()),
      async kill() {
        // Ends the service first: without its database it would log many errors.
        await service.kill();
        await postgres.kill();
      },
      countStored: (kind) => postgres.countAfterRestart(kind === "starts" ? "sessions" : "events"),
      async [Symbol.asyncDispose]() {
        await service.kill();
        await postgres[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await postgres[Symbol.asyncDispose]();
    throw error;
  }
}
