/** `starts`, `events`, `mixed` and `latency` of two servers that live side by side on the one core. */

import { mkdirSync } from "node:fs";
import { writeTemplates } from "../bodies.ts";
import { processCpuSeconds } from "../cpu.ts";
import { type Kind, type LoadResult, startLoad } from "../load.ts";
import type { Child } from "../processes.ts";
import type { Context } from "../question.ts";
import { openSessions } from "../sessions.ts";
import { loadSteadily } from "../steady-load.ts";
import { type Living, openLivingPair } from "./living-server.ts";
import { byTurns, type PairedQuestion, type Round, type SideAt } from "./paired-question.ts";

const SESSIONS = 10_000;
/** Processor time of a server, once for each pair: the compilers have most of their work then. */
const WARM_UP_CPU_SECONDS = 5;
/** However little of its core it gets. */
const WARM_UP_SECONDS_MAX = 20;
const WARM_UP_SLICE_SECONDS = 1;
/** How long one side is loaded before the other one is, on an average; random, so that nothing keeps in step with it. */
const SLICE_MS = 250;

/**
 * As fast as the server answers.
 *
 * Both are loaded in slices, now the one and now the other: what else the machine does changes within a second, and meets
 * both alike. Measured one after the other, for as long, two servers of the same code were 19 % apart instead of 7 (the
 * standard deviation of eleven rounds beside a load of 20). What decides is counted by the server's own processor time,
 * whatever it did then, for the clock tells what others took of the core.
 */
export function throughputPair(kind: Kind): PairedQuestion {
  return {
    name: kind,
    takes: ["seconds", "connections"],
    roundsPerPair: 8,
    figures: [
      { figure: `${kind}: by processor time`, unit: `${kind}/s`, faster: "more" },
      { figure: `${kind}: by the clock`, unit: `${kind}/s`, faster: "more" },
    ],
    open: (context, sides) =>
      openLivingPair(context, sides, {
        warmUp: (living) => warmUp(context, loadedOf(living), kind),
        takeRound: (senders, first) => takeSlices(senders, first, context.seconds),
      }),
  };
}

/** Loads both for as many seconds each. */
export async function takeSlices(senders: readonly [Sender, Sender], first: SideAt, seconds: number): Promise<Round> {
  for (const { ready } of senders) await ready();
  const cpuSeconds = () => senders.map(({ loaded }) => loaded.cpuSeconds());
  const before = cpuSeconds();
  const loads = [senders[0].start(2 * seconds), senders[1].start(2 * seconds)] as const;
  const [loadedMs, ...results] = await Promise.all([
    alternate([loads[0].child, loads[1].child], first, 2 * seconds * 1000),
    loads[0].result,
    loads[1].result,
  ]);
  if (results.some(({ requests }) => requests === 0)) throw new Error("A side got no time to answer");
  const after = cpuSeconds();
  const valuesOf = (at: SideAt) => {
    const used = (after[at] ?? Number.NaN) - (before[at] ?? Number.NaN);
    return [results[at].requests / used, (results[at].requests * 1000) / loadedMs[at]];
  };
  return [valuesOf(0), valuesOf(1)];
}

/** Lets one of two processes run while the other is stopped. @returns how long each of them ran */
async function alternate(children: readonly [Child, Child], first: SideAt, ms: number): Promise<[number, number]> {
  const ranMs: [number, number] = [0, 0];
  const untilMs = performance.now() + ms;
  let running = first;
  children[other(first)].kill("SIGSTOP");
  for (let sinceMs = performance.now(); sinceMs < untilMs; ) {
    await Bun.sleep(Math.min(untilMs - sinceMs, SLICE_MS * (0.5 + Math.random())));
    const nowMs = performance.now();
    ranMs[running] += nowMs - sinceMs;
    sinceMs = nowMs;
    children[running].kill("SIGSTOP");
    running = other(running);
    children[running].kill("SIGCONT");
  }
  // Their time is over, which only one that runs can notice.
  children[other(running)].kill("SIGCONT");
  return ranMs;
}

function other(at: SideAt): SideAt {
  return at === 0 ? 1 : 0;
}

/** At half of what the slower of both bears. */
export const latencyPair: PairedQuestion = {
  name: "latency",
  takes: ["seconds", "connections"],
  roundsPerPair: 8,
  figures: [
    { figure: "latency: p50 at half of the load", unit: "ms", faster: "less" },
    { figure: "latency: p99 at half of the load", unit: "ms", faster: "less" },
  ],
  open: (context, sides) =>
    openLivingPair(context, sides, {
      warmUp: (living) => warmUp(context, loadedOf(living), "events"),
      takeRound: (senders, first) =>
        byTurns(first, async (at) => {
          const { seconds, connections } = context;
          const { url } = senders[at].loaded;
          const perSecond = Math.min(senders[0].most, senders[1].most) / 2;
          const { p50Ms, p99Ms } = await loadSteadily(context.processes, { url, perSecond, seconds, connections });
          return [p50Ms, p99Ms];
        }),
    }),
};

/** A service to load. */
interface Loaded {
  readonly url: string;
  /** What its processes have used. */
  cpuSeconds(): number;
  /** A directory for the load's own files, which doesn't exist yet. */
  readonly bodies: string;
}

function loadedOf({ server, dataDir }: Living): Loaded {
  return { url: server.url, cpuSeconds: () => processCpuSeconds(server.pid), bodies: `${dataDir}-bodies` };
}

/** Loads a service with requests of a kind, each time where it ended before. */
export interface Sender {
  readonly loaded: Loaded;
  /** How many requests it answered in the best second of the warm-up. */
  readonly most: number;
  /** How many it has answered. */
  readonly answered: () => number;
  /** To be called before each start: sessions of `mixed` end, and take nothing more. */
  ready(): Promise<void>;
  start(seconds: number): { readonly child: Child; readonly result: Promise<LoadResult> };
}

/** @param untilCpuSeconds what the service has used by the end */
export async function warmUp(
  context: Context,
  loaded: Loaded,
  kind: Kind,
  untilCpuSeconds = WARM_UP_CPU_SECONDS,
): Promise<Sender> {
  const sender = await senderOf(context, loaded, kind);
  const untilMs = performance.now() + WARM_UP_SECONDS_MAX * 1000;
  let most = 0;
  for (;;) {
    await sender.ready();
    most = Math.max(most, (await sender.start(WARM_UP_SLICE_SECONDS).result).perSecond);
    const isWarm = loaded.cpuSeconds() >= untilCpuSeconds;
    if (isWarm || performance.now() >= untilMs) return { ...sender, loaded, most };
  }
}

async function senderOf({ processes, connections }: Context, { url, bodies: directory }: Loaded, kind: Kind) {
  mkdirSync(directory);
  writeTemplates(directory);
  const open = async () => {
    await openSessions(url, SESSIONS, directory);
  };
  if (kind === "events") await open();
  let from = 0;
  let answered = 0;
  return {
    answered: () => answered,
    ready: async () => {
      if (kind === "mixed") await open();
    },
    start: (seconds: number) => {
      const { child, result } = startLoad(processes, { kind, url, directory, from, connections, seconds });
      const counted = result.then((each) => {
        // The requests under way at the end have numbers too.
        from += each.requests + connections;
        answered += each.requests;
        return each;
      });
      return { child, result: counted };
    },
  };
}
