/** Playhead against the usual ways of building the same, turn by turn, and against what the machine gives at most. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findSchema, listSchemas } from "../src/protocol/json-schema.ts";
import { writeTemplates } from "./support/bodies.ts";
import { watched } from "./support/compare.ts";
import { CONTENDERS, type Contender, type Kind, NAIVE, OURS, type Running } from "./support/contenders.ts";
import { median } from "./support/figures.ts";
import { load } from "./support/load.ts";
import { checkJob } from "./support/peer-check.ts";
import { installPeers, PEERS } from "./support/peer-packages.ts";
import { SERVER_CORE } from "./support/processes.ts";
import type { Context, Figure, Question, Target } from "./support/question.ts";
import { openSessions } from "./support/sessions.ts";

interface Turn {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Cores that neither the contender nor the load generator had. */
  readonly otherCores?: number;
}

/** A contender's turns, a round each. */
interface Line extends Pick<Contender, "name" | "role"> {
  readonly turns: Turn[];
}

const ROUNDS = 5;
const WARM_UP_SECONDS = 2;
const SESSIONS = 10_000;
const LIMIT_GRACE_MS = 15_000;
/** Of starts, by which Playhead is faster. */
const BEST_PEER_RATIO_MIN = 5;
const NAIVE_RATIO_MIN = 10;
const BATCHES = "SQLite, batches of 64";
const KINDS: readonly Kind[] = ["starts", "events"];

export const question: Question = {
  name: "peers",
  asks: "How many durable starts a second do the usual ways of building this give on the same machine?",
  async run(context) {
    await installPeers(context.say);
    writeTemplates(bodiesOf(context));
    writeSchemas(context);
    const { present, leftOut } = await muster(context);
    const figures: Figure[] = [];
    for (const kind of KINDS) figures.push(...figuresOf(kind, await takeTurns(context, kind, present)));
    return [...figures, ...leftOut.map(({ name }) => ({ figure: `left out: ${name}`, value: 1, unit: "peers" }))];
  },
};

/** Who can be run here. Who runs must do the whole job. @throws Error when one does less, or there is none to compare */
async function muster(context: Context): Promise<Record<"present" | "leftOut", Contender[]>> {
  const present: Contender[] = [];
  const leftOut: Contender[] = [];
  for (const contender of CONTENDERS) {
    context.say(`trying ${contender.name}`);
    await inDirectory(context, async (directory) => {
      const running = await startIn(context, contender, directory).catch((error: Error) => error);
      if (running instanceof Error) {
        if (contender === OURS) throw running;
        console.error(`\n${contender.name} IS LEFT OUT: ${running.message}`);
        leftOut.push(contender);
        return;
      }
      await using service = running;
      if (contender.role !== "limit") await checkJob(service.url).catch((error: Error) => refuse(contender, error));
      present.push(contender);
    });
  }
  if (!present.some(({ role }) => role === "peer")) throw new Error("No peer can be run here");
  return { present, leftOut };
}

function refuse({ name }: Contender, error: Error): never {
  throw new Error(`${name} does not do the job: ${error.message}`);
}

/** A B C … A B C …, so that whatever else happens on the machine meets all alike. */
async function takeTurns(context: Context, kind: Kind, present: readonly Contender[]): Promise<Line[]> {
  const count = context.rounds ?? ROUNDS;
  const lines = present
    .filter(({ kinds }) => kinds.includes(kind))
    .map((contender) => ({ ...contender, turns: [] as Turn[], measure: () => measure(context, contender, kind) }));
  const limit = { name: BATCHES, role: "limit" as const, turns: [] as Turn[], measure: () => measureBatches(context) };
  const all = kind === "starts" ? [...lines, limit] : lines;
  for (let i = 1; i <= count; i += 1) {
    for (const { name, turns, measure } of all) {
      const turn = await measure();
      turns.push(turn);
      const perSecond = Math.round(turn.perSecond).toLocaleString("en");
      context.say(`${kind}, round ${i} of ${count}: ${name}: ${perSecond}/s, p99 ${turn.p99Ms.toFixed(1)} ms`);
    }
  }
  return all;
}

/** A new process with an empty disk, warmed up by the same load, killed with -9, and its rows counted. */
async function measure(context: Context, contender: Contender, kind: Kind): Promise<Turn> {
  const { processes, connections, seconds } = context;
  const bodies = bodiesOf(context);
  return await inDirectory(context, async (directory) => {
    await using service = await startIn(context, contender, directory);
    if (kind === "events") await openSessions(service.url, SESSIONS, bodies);
    const options = { kind, url: service.url, directory: bodies, connections };
    const warmUp = await load(processes, { ...options, from: 0, seconds: WARM_UP_SECONDS });
    const result = await watched(service.cpuSeconds, () =>
      load(processes, { ...options, from: warmUp.requests + connections, seconds }),
    );
    await service.kill();
    const acknowledged = warmUp.requests + result.requests;
    const stored = (await service.countStored?.(kind)) ?? acknowledged;
    if (stored < acknowledged) {
      throw new Error(`${contender.name} acknowledged ${acknowledged} ${kind}, but ${stored} are stored`);
    }
    return result;
  }).catch((error: Error) => {
    throw new Error(`${contender.name}, ${kind}: ${error.message}`);
  });
}

/** What SQLite takes when nothing stands before it: no contender with it can be faster. */
async function measureBatches(context: Context): Promise<Turn> {
  const { processes, seconds } = context;
  return await inDirectory(context, async (directory) => {
    const command = [process.execPath, join(PEERS, "limit-sqlite.ts"), join(directory, "limit.db"), String(seconds)];
    const child = processes.spawn(command, { core: SERVER_CORE, lifeMsMax: seconds * 1000 + LIMIT_GRACE_MS });
    const [text, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (code !== 0) throw new Error(`${BATCHES} ended with ${code}`);
    return JSON.parse(text) as Turn;
  });
}

function startIn(context: Context, contender: Contender, directory: string): Promise<Running> {
  return contender.start({ processes: context.processes, directory, schemasPath: schemasPathOf(context) });
}

async function inDirectory<T>({ directory }: Context, work: (turn: string) => Promise<T>): Promise<T> {
  const turn = join(directory, "turn");
  mkdirSync(turn);
  try {
    return await work(turn);
  } finally {
    rmSync(turn, { recursive: true, force: true });
  }
}

/** The very schemas that Playhead validates with; their names are for a web of schemas that no framework here reads. */
function writeSchemas(context: Context): void {
  const schemaOf = (type: string) => {
    const { $schema: _, $id: __, ...schema } = findSchema(type, "standard") as Record<string, unknown>;
    return schema;
  };
  const types = listSchemas().map(({ eventType }) => eventType);
  const events = types.filter((type) => type !== "sessionStart").map(schemaOf);
  writeFileSync(schemasPathOf(context), JSON.stringify({ start: schemaOf("sessionStart"), events }));
}

function schemasPathOf({ directory }: Context): string {
  return join(directory, "schemas.json");
}

function bodiesOf({ directory }: Context): string {
  return join(directory, "bodies");
}

function figuresOf(kind: Kind, lines: readonly Line[]): Figure[] {
  const ours = lines.find(({ name }) => name === OURS.name);
  if (!ours) throw new Error("Playhead itself is missing");
  const others = lines.filter((line) => line !== ours);
  const ratioTo = ({ turns }: Line) =>
    median(turns.map(({ perSecond }, round) => (ours.turns[round]?.perSecond ?? Number.NaN) / perSecond));
  const ratio = (name: string, value: number, min?: number): Figure => {
    const target: Target | undefined = min === undefined ? undefined : { is: ">=", value: min };
    return { figure: `${kind}: Playhead / ${name}`, value, unit: "times", ...(target && { target }) };
  };
  const least = Math.min(...others.filter(({ role }) => role === "peer").map(ratioTo));
  const [leastMin, naiveMin] = kind === "starts" ? [BEST_PEER_RATIO_MIN, NAIVE_RATIO_MIN] : [];
  return [
    ...lines.flatMap((line) => speedOf(kind, line)),
    ...others.map((line) => ratio(line.name, ratioTo(line), line.name === NAIVE.name ? naiveMin : undefined)),
    ratio("the best peer", least, leastMin),
    {
      figure: `${kind}: other work, at most`,
      value: Math.max(...lines.flatMap(({ turns }) => turns.map(({ otherCores = 0 }) => otherCores))),
      unit: "cores",
    },
  ];
}

function speedOf(kind: Kind, { name, turns }: Line): Figure[] {
  const speeds = turns.map(({ perSecond }) => perSecond);
  const unit = `${kind}/s`;
  return [
    { figure: `${kind}: ${name}`, value: median(speeds), unit },
    { figure: `${kind}: ${name}, lowest`, value: Math.min(...speeds), unit },
    { figure: `${kind}: ${name}, highest`, value: Math.max(...speeds), unit },
    { figure: `${kind}: ${name}, p99`, value: median(turns.map(({ p99Ms }) => p99Ms)), unit: "ms" },
  ];
}
