/** The durable server against the same server with storage taken out, turn by turn. */

import { Database } from "bun:sqlite";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { databasePathOf } from "../../src/data-dir/paths.ts";
import { writeTemplates } from "./bodies.ts";
import { machineCpuSeconds, processCpuSeconds } from "./cpu.ts";
import { median } from "./figures.ts";
import { type LoadResult, load } from "./load.ts";
import type { Context, Figure } from "./question.ts";
import { startServer } from "./server-process.ts";
import type { Storage } from "./storage.ts";

export interface Comparison {
  readonly kind: "starts" | "events";
  /** The least ratio that is good enough. */
  readonly ratioMin: number;
  /** Runs before each measurement, on the server that is then measured. */
  readonly prepare?: (url: string, directory: string) => Promise<unknown>;
}

export interface Measurement extends LoadResult {
  /** Cores that neither the server nor the load generator had. */
  readonly otherCores: number;
}

interface Round {
  readonly durable: Measurement;
  readonly free: Measurement;
}

const ROUNDS = 5;
const WARM_UP_SECONDS = 2;

/**
 * Measures both, A B A B, so that whatever else happens on the machine meets both alike.
 *
 * Each turn has a new server with an empty disk, warmed up by the same load: neither carries what its rounds before
 * left in memory, of which the faster one would have more.
 */
export async function compare(context: Context, comparison: Comparison): Promise<Figure[]> {
  const rounds: Round[] = [];
  const count = context.rounds ?? ROUNDS;
  for (let i = 1; i <= count; i += 1) {
    const durable = await measure(context, comparison, "sqlite");
    const free = await measure(context, comparison, "null");
    rounds.push({ durable, free });
    const ratio = (durable.perSecond / free.perSecond).toFixed(2);
    const others = Math.max(durable.otherCores, free.otherCores).toFixed(2);
    context.say(
      `round ${i} of ${count}: ${perSecond(durable)} durable, ${perSecond(free)} without storage: ${ratio}; other work ${others} cores`,
    );
  }
  return figuresOf(rounds, comparison);
}

async function measure(context: Context, { kind, prepare }: Comparison, storage: Storage): Promise<Measurement> {
  const { processes, directory, connections, seconds } = context;
  const dataDir = join(directory, storage);
  const bodies = join(directory, "bodies");
  writeTemplates(bodies);
  try {
    await using server = await startServer(processes, { dataDir, storage });
    await prepare?.(server.url, bodies);
    const options = { kind, url: server.url, directory: bodies, connections };
    const warmUp = await load(processes, { ...options, from: 0, seconds: WARM_UP_SECONDS });
    // The requests under way when the warm-up ended have numbers too.
    const result = await watched(
      () => processCpuSeconds(server.pid),
      () => load(processes, { ...options, from: warmUp.requests + connections, seconds }),
    );
    await server.kill();
    if (storage !== "null") checkStored(databasePathOf({ dataDir }), kind, warmUp.requests + result.requests);
    return result;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Measures, and notes what else the machine had to do meanwhile. @param serverCpuSeconds what the server has used */
export async function watched(
  serverCpuSeconds: () => number,
  measureLoad: () => Promise<LoadResult>,
): Promise<Measurement> {
  const otherBefore = machineCpuSeconds() - serverCpuSeconds();
  const sinceMs = performance.now();
  const result = await measureLoad();
  const seconds = (performance.now() - sinceMs) / 1000;
  const otherSeconds = machineCpuSeconds() - serverCpuSeconds() - otherBefore - result.generatorCpuSeconds;
  return { ...result, otherCores: Math.max(0, otherSeconds / seconds) };
}

/** A rate counts only if everything that was answered is there after the kill. */
function checkStored(path: string, kind: Comparison["kind"], answered: number): void {
  using database = new Database(path);
  const table = kind === "starts" ? "sessions" : "events";
  const rows = database.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM ${table}`).get()?.rows ?? 0;
  if (rows < answered) throw new Error(`${answered} ${kind} were acknowledged, but ${rows} are stored`);
}

function figuresOf(rounds: readonly Round[], { kind, ratioMin }: Comparison): Figure[] {
  const ratios = rounds.map(({ durable, free }) => durable.perSecond / free.perSecond);
  const middle = (of: (round: Round) => number) => median(rounds.map(of));
  return [
    { figure: `${kind}, durable`, value: middle(({ durable }) => durable.perSecond), unit: `${kind}/s` },
    { figure: `${kind}, without storage`, value: middle(({ free }) => free.perSecond), unit: `${kind}/s` },
    { figure: "ratio, median", value: median(ratios), unit: "ratio", target: { is: ">=", value: ratioMin } },
    { figure: "ratio, lowest", value: Math.min(...ratios), unit: "ratio" },
    { figure: "ratio, highest", value: Math.max(...ratios), unit: "ratio" },
    { figure: "p99 latency, durable", value: middle(({ durable }) => durable.p99Ms), unit: "ms" },
    { figure: "p99 latency, without storage", value: middle(({ free }) => free.p99Ms), unit: "ms" },
    {
      figure: "load generator busy, without storage",
      value: middle(({ free }) => free.generatorBusyRatio),
      unit: "ratio",
    },
    { figure: "other work, durable", value: middle(({ durable }) => durable.otherCores), unit: "cores" },
    { figure: "other work, without storage", value: middle(({ free }) => free.otherCores), unit: "cores" },
  ];
}

function perSecond(result: LoadResult): string {
  return `${Math.round(result.perSecond).toLocaleString("en")}/s`;
}
