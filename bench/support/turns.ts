/** Contenders measured in turns: A B C … A B C …, so that other work on the machine meets all alike. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { machineCpuSeconds } from "./cpu.ts";
import { median } from "./figures.ts";
import { type Kind, type LoadResult, load } from "./load.ts";
import type { Context, Figure } from "./question.ts";
import { openSessions } from "./sessions.ts";

/** A service under test. */
export interface Running extends AsyncDisposable {
  readonly url: string;
  /** The sum over its processes. */
  cpuSeconds(): number;
  /** Ends all of its processes with -9. */
  kill(): Promise<void>;
  /** Counts the stored rows after the kill; absent for a service that stores none. */
  readonly countStored?: (kind: Kind) => Promise<number>;
}

export interface Turn {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Requests by the processor time of the server, if a load ran: the clock tells what others took of its core. */
  readonly perCpuSecond?: number;
  /** The load generator's share of its core, if one ran. */
  readonly generatorBusyRatio?: number;
  /** Cores used by neither the contender nor the load generator. */
  readonly otherCores?: number;
}

/** One contender, measured once a round. */
export interface Entrant {
  readonly name: string;
  measure(): Promise<Turn>;
}

/** An entrant's turns, one a round. */
export interface Line {
  readonly name: string;
  readonly turns: readonly Turn[];
}

const ROUNDS = 5;
const WARM_UP_SECONDS = 2;
const SESSIONS = 10_000;
/** With more other work than this a turn is measured again: it would tell about the machine, not the entrant. */
const OTHER_CORES_MAX = 0.25;
const TRIES_MAX = 4;

/** Measures each entrant once in each round. */
export async function takeTurns(context: Context, what: string, entrants: readonly Entrant[]): Promise<Line[]> {
  const count = context.rounds ?? ROUNDS;
  const lines = entrants.map((entrant) => ({ ...entrant, turns: [] as Turn[] }));
  for (let round = 1; round <= count; round += 1) {
    for (const { name, measure, turns } of lines) {
      const turn = await measureQuietly(measure);
      turns.push(turn);
      const perSecond = Math.round(turn.perSecond).toLocaleString("en");
      const other = turn.otherCores?.toFixed(2);
      const words = `${name}: ${perSecond}/s, p99 ${turn.p99Ms.toFixed(1)} ms, other work ${other ?? "?"} cores`;
      context.say(`${what}, round ${round} of ${count}: ${words}`);
    }
  }
  return lines;
}

/** The first turn with the machine to itself, or else the one with the least other work. */
async function measureQuietly(measure: () => Promise<Turn>): Promise<Turn> {
  let best = await measure();
  for (let tries = 1; tries < TRIES_MAX && (best.otherCores ?? 0) > OTHER_CORES_MAX; tries += 1) {
    const again = await measure();
    if ((again.otherCores ?? 0) < (best.otherCores ?? 0)) best = again;
  }
  return best;
}

export interface Trial {
  readonly name: string;
  readonly kind: Kind;
  /** The directory of the body templates; session ids are written beside them. */
  readonly bodies: string;
  /** Starts the service with an empty directory for this turn alone. */
  start(directory: string): Promise<Running>;
  /** Rows stored before the measurement. */
  readonly rowsBefore?: number;
  /** How long the same load runs before the measurement. */
  readonly warmUpSeconds?: number;
}

/**
 * Measures a service: a new process each time, warmed up by the same load, killed with -9, and its rows counted.
 *
 * @throws Error when a request failed, or less is stored than was acknowledged
 */
export async function measureService(context: Context, trial: Trial): Promise<Turn> {
  const { processes, connections, seconds } = context;
  const { name, kind, bodies, start, rowsBefore = 0, warmUpSeconds = WARM_UP_SECONDS } = trial;
  return await inDirectory(context, async (directory) => {
    await using service = await start(directory);
    const prepare = () => (kind === "starts" ? undefined : openSessions(service.url, SESSIONS, bodies));
    await prepare();
    const options = { kind, url: service.url, directory: bodies, connections };
    const warmUp = await load(processes, { ...options, from: 0, seconds: warmUpSeconds });
    // Sessions that ended in the warm-up take no more events.
    if (kind === "mixed") await prepare();
    // Requests under way when the warm-up ended have used numbers too.
    const from = warmUp.requests + connections;
    const result = await watched(service.cpuSeconds, () => load(processes, { ...options, from, seconds }));
    await service.kill();
    const acknowledged = rowsBefore + warmUp.requests + result.requests;
    const stored = (await service.countStored?.(kind)) ?? acknowledged;
    if (stored < acknowledged) throw new Error(`${acknowledged} were acknowledged, but ${stored} are stored`);
    return result;
  }).catch((error: Error) => {
    throw new Error(`${name}, ${kind}: ${error.message}`);
  });
}

/** A directory for one turn, gone afterwards. */
export async function inDirectory<T>({ directory }: Context, work: (turn: string) => Promise<T>): Promise<T> {
  const turn = join(directory, "turn");
  mkdirSync(turn);
  try {
    return await work(turn);
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}

/** Measures, and notes the machine's other work meanwhile. @param serverCpuSeconds what the server has used */
async function watched(serverCpuSeconds: () => number, measureLoad: () => Promise<LoadResult>) {
  const serverBefore = serverCpuSeconds();
  const otherBefore = machineCpuSeconds() - serverBefore;
  const sinceMs = performance.now();
  const result = await measureLoad();
  const seconds = (performance.now() - sinceMs) / 1000;
  const otherSeconds = machineCpuSeconds() - serverCpuSeconds() - otherBefore - result.generatorCpuSeconds;
  const perCpuSecond = result.requests / (serverCpuSeconds() - serverBefore);
  return { ...result, perCpuSecond, otherCores: Math.max(0, otherSeconds / seconds) };
}

/** The ratios of two lines, round by round. */
export function ratiosOf(above: Line, below: Line): number[] {
  return above.turns.map(({ perSecond }, round) => perSecond / (below.turns[round]?.perSecond ?? Number.NaN));
}

/** A line's speed and its spread. */
export function speedOf(what: string, { name, turns }: Line): Figure[] {
  const speeds = turns.map(({ perSecond }) => perSecond);
  const unit = `${what}/s`;
  return [
    { figure: `${what}: ${name}`, value: median(speeds), unit },
    { figure: `${what}: ${name}, lowest`, value: Math.min(...speeds), unit },
    { figure: `${what}: ${name}, highest`, value: Math.max(...speeds), unit },
    { figure: `${what}: ${name}, p99`, value: median(turns.map(({ p99Ms }) => p99Ms)), unit: "ms" },
  ];
}

/** The machine's other work in the busiest of some turns. */
export function otherWorkOf(what: string, lines: readonly Line[]): Figure {
  const most = Math.max(...lines.flatMap(({ turns }) => turns.map(({ otherCores = 0 }) => otherCores)));
  return { figure: `${what}: other work, at most`, value: most, unit: "cores" };
}
