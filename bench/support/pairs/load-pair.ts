/** `starts`, `events`, `mixed` and `latency` of two servers that live side by side on the one core. */

import { mkdirSync } from "node:fs";
import { writeTemplates } from "../bodies.ts";
import { coreCpuSeconds, processCpuSeconds } from "../cpu.ts";
import { type Kind, type LoadResult, load } from "../load.ts";
import { SERVER_CORE } from "../processes.ts";
import type { Context } from "../question.ts";
import { openSessions } from "../sessions.ts";
import { loadSteadily } from "../steady-load.ts";
import { type Living, openLivingPair } from "./living-server.ts";
import type { PairedQuestion } from "./paired-question.ts";

const SESSIONS = 10_000;
/** Processor time of a server, once for each pair: the compilers have most of their work then. */
const WARM_UP_CPU_SECONDS = 5;
/** However little of its core it gets. */
const WARM_UP_SECONDS_MAX = 20;
/** Before each measurement: what the server had put off while the other one was asked comes first. */
const SETTLE_SECONDS = 1;
/** The share of its core that a server has when it is alone. A turn in which it gets less takes longer, up to so many times. */
const SHARE = 0.8;
const TIMES_SECONDS_MAX = 4;

/**
 * As fast as the server answers.
 *
 * What decides is counted by the time that others left of the server's core: a second in which they had half of it counts
 * as half a second. The server's own waiting counts, as it does by the clock.
 */
export function throughputPair(kind: Kind): PairedQuestion {
  return {
    name: kind,
    takes: ["seconds", "connections"],
    roundsPerPair: 8,
    figures: [
      { figure: `${kind}: by the time that others left of the core`, unit: `${kind}/s`, faster: "more" },
      { figure: `${kind}: by the clock`, unit: `${kind}/s`, faster: "more" },
    ],
    open: (context, sides) =>
      openLivingPair(context, sides, {
        warmUp: async (living) => {
          const sender = await senderOf(context, living, kind);
          await warmUp(living, sender);
          return async () => {
            const { share } = await watched(context, living, sender, SETTLE_SECONDS);
            const times = Math.min(TIMES_SECONDS_MAX, Math.max(1, SHARE / share));
            const turn = await watched(context, living, sender, Math.round(context.seconds * times));
            return [turn.requests / turn.leftSeconds, turn.perSecond];
          };
        },
      }),
  };
}

/** @returns how many a second the server answered at last */
async function warmUp({ server }: Living, { ready, send }: Sender): Promise<number> {
  const untilMs = performance.now() + WARM_UP_SECONDS_MAX * 1000;
  for (;;) {
    await ready();
    const { perSecond } = await send(SETTLE_SECONDS);
    if (processCpuSeconds(server.pid) >= WARM_UP_CPU_SECONDS || performance.now() >= untilMs) return perSecond;
  }
}

/** What a load came to, beside what others had of the server's core meanwhile. */
async function watched({ processes }: Context, { server }: Living, { ready, send }: Sender, sendSeconds: number) {
  const usage = () => ({
    seconds: performance.now() / 1000,
    own: processCpuSeconds(server.pid),
    core: coreCpuSeconds(SERVER_CORE),
  });
  await ready();
  const before = usage();
  const result = await send(sendSeconds);
  const after = usage();
  const seconds = after.seconds - before.seconds;
  const ownSeconds = after.own - before.own;
  const isBound = processes.unpinnedBecause === undefined;
  const othersSeconds = isBound ? Math.max(0, after.core - before.core - ownSeconds) : 0;
  return { ...result, leftSeconds: seconds - othersSeconds, share: ownSeconds / seconds };
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
  open: (context, sides) => {
    let most = Number.POSITIVE_INFINITY;
    return openLivingPair(context, sides, {
      warmUp: async (living) => {
        most = Math.min(most, await warmUp(living, await senderOf(context, living, "events")));
        return async () => {
          const { seconds, connections } = context;
          const { url } = living.server;
          const half = { url, perSecond: most / 2, seconds, connections };
          const { p50Ms, p99Ms } = await loadSteadily(context.processes, half);
          return [p50Ms, p99Ms];
        };
      },
    });
  },
};

/** Loads a server with requests of a kind, each time where it ended before. */
interface Sender {
  /** To be called before each `send`: sessions of `mixed` end, and take nothing more. */
  ready(): Promise<void>;
  send(seconds: number): Promise<LoadResult>;
}

async function senderOf(context: Context, { server, dataDir }: Living, kind: Kind): Promise<Sender> {
  const { processes, connections } = context;
  const directory = `${dataDir}-bodies`;
  mkdirSync(directory);
  writeTemplates(directory);
  const open = async () => {
    await openSessions(server.url, SESSIONS, directory);
  };
  if (kind === "events") await open();
  let from = 0;
  return {
    ready: async () => {
      if (kind === "mixed") await open();
    },
    send: async (seconds) => {
      const result = await load(processes, { kind, url: server.url, directory, from, connections, seconds });
      // The requests under way at the end have numbers too.
      from += result.requests + connections;
      return result;
    },
  };
}
