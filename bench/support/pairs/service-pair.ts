/** One node over PostgreSQL beside another service, both at full load: what each takes for a second of processor. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "../load.ts";
import { startNodes } from "../nodes.ts";
import type { Context } from "../question.ts";
import type { Running } from "../turns.ts";
import { type Sender, takeSlices, warmUp } from "./load-pair.ts";
import type { Pair, PairedQuestion } from "./paired-question.ts";

const ROUNDS_PER_PAIR = 2;

/** A service to compare a node with. */
export interface Other {
  readonly name: string;
  /** Starts it in an empty directory. */
  start(context: Context, directory: string): Promise<Running>;
}

/** Compares by the processor time of all processes, PostgreSQL's too: the clock tells what others took of the core. */
export function servicePair(kind: Kind, other: Other): PairedQuestion {
  const figure = `${kind}: a node / ${other.name}`;
  return {
    name: figure,
    takes: [],
    roundsPerPair: ROUNDS_PER_PAIR,
    figures: [
      { figure, unit: `${kind}/s`, faster: "more" },
      { figure: `${figure}, by the clock`, unit: `${kind}/s`, faster: "more" },
    ],
    open: (context) => openPair(context, kind, other),
  };
}

async function openPair(context: Context, kind: Kind, other: Other): Promise<Pair> {
  const directory = join(context.directory, "pair");
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const start = async (name: string, startIn: (own: string) => Promise<Running>): Promise<Sender> => {
    const own = join(directory, name);
    mkdirSync(own, { recursive: true });
    const service = stack.use(await startIn(own));
    const { url, cpuSeconds } = service;
    const sender = await warmUp(context, { url, cpuSeconds, bodies: join(own, "bodies") }, kind);
    stack.defer(() => checkStored(name, kind, service, sender));
    return sender;
  };
  const senders = [
    await start("node", (own) => startNodes({ processes: context.processes, directory: own, count: 1 })),
    await start("other", (own) => other.start(context, own)),
  ] as const;
  const owned = stack.move();
  return {
    takeRound: (first) => takeSlices(senders, first, context.seconds),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Kills a service with -9. @throws Error when it has stored less than it acknowledged */
async function checkStored(name: string, kind: Kind, { kill, countStored }: Running, sender: Sender): Promise<void> {
  await kill();
  const stored = (await countStored?.(kind)) ?? 0;
  const acknowledged = sender.answered();
  if (stored < acknowledged) {
    throw new Error(`${name}, ${kind}: ${acknowledged} were acknowledged, but ${stored} are stored`);
  }
}
