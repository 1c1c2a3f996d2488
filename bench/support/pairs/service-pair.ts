/** One node over PostgreSQL beside another service, both at full load: what each takes for a second of processor. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../load.ts";
import { startNodes } from "../nodes.ts";
import type { Context } from "../question.ts";
import type { Running } from "../turns.ts";
import { type Sender, takeSlices, warmUp } from "./load-pair.ts";
import type { Pair, PairedFigure, PairedQuestion } from "./paired-question.ts";

const KINDS = ["events", "starts"] as const satisfies Kind[];
/** An interval takes six pairs, whose rounds are short. */
const ROUNDS_PER_PAIR = 1;
/** For each kind: these services differ by more than the rest of their compilers' work. */
const WARM_UP_CPU_SECONDS = 1.5;
/** Ends the name of such a figure. */
export const BY_CLOCK = "by the clock";

/** A service to compare a node with. */
export interface Other {
  readonly name: string;
  /** Starts it in an empty directory. */
  start(context: Context, directory: string): Promise<Running>;
}

/** Compares by the processor time of all processes, PostgreSQL's too: the clock tells what others took of the core. */
export function servicePair(other: Other): PairedQuestion {
  return {
    name: `a node beside ${other.name}`,
    takes: [],
    roundsPerPair: ROUNDS_PER_PAIR,
    figures: KINDS.flatMap((kind): PairedFigure[] => [
      { figure: `${kind}: a node / ${other.name}`, unit: `${kind}/s`, faster: "more" },
      { figure: `${kind}: a node / ${other.name}, ${BY_CLOCK}`, unit: `${kind}/s`, faster: "more" },
    ]) as [PairedFigure, ...PairedFigure[]],
    open: (context) => openPair(context, other),
  };
}

async function openPair(context: Context, other: Other): Promise<Pair> {
  const directory = join(context.directory, "pair");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const start = async (name: string, startIn: (own: string) => Promise<Running>): Promise<Senders> => {
    const own = join(directory, name);
    mkdirSync(own, { recursive: true });
    const service = stack.use(await startIn(own));
    const { url, cpuSeconds } = service;
    const warm = (kind: Kind) =>
      warmUp(context, { url, cpuSeconds, bodies: join(own, kind) }, kind, cpuSeconds() + WARM_UP_CPU_SECONDS);
    const senders = { events: await warm("events"), starts: await warm("starts") };
    stack.defer(() => checkStored(name, service, senders));
    return senders;
  };
  const node = await start("node", (own) => startNodes({ processes: context.processes, directory: own, count: 1 }));
  const beside = await start("other", (own) => other.start(context, own));
  const owned = stack.move();
  return {
    takeRound: async (first) => {
      const here: number[] = [];
      const there: number[] = [];
      for (const kind of KINDS) {
        const round = await takeSlices([node[kind], beside[kind]], first, context.seconds);
        here.push(...round[0]);
        there.push(...round[1]);
      }
      return [here, there];
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Senders = Readonly<Record<(typeof KINDS)[number], Sender>>;

/** Kills a service with -9. @throws Error when it has stored less than it acknowledged */
async function checkStored(name: string, { kill, countStored }: Running, senders: Senders): Promise<void> {
  await kill();
  for (const kind of KINDS) {
    const stored = (await countStored?.(kind)) ?? 0;
    const acknowledged = senders[kind].answered();
    if (stored < acknowledged) {
      throw new Error(`${name}, ${kind}: ${acknowledged} were acknowledged, but ${stored} are stored`);
    }
  }
}
