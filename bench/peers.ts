/** Playhead against the usual ways of building the same, turn by turn, and against what the machine gives at most. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { CONTENDERS, type Contender, NAIVE, OURS } from "./support/contenders.ts";
import { median } from "./support/figures.ts";
import type { Kind } from "./support/load.ts";
import { checkJob } from "./support/peer-check.ts";
import { installPeers, PEERS } from "./support/peer-packages.ts";
import { writeSchemas } from "./support/peer-schemas.ts";
import { SERVER_CORE } from "./support/processes.ts";
import type { Context, Figure, Question, Target } from "./support/question.ts";
import {
  inDirectory,
  type Line,
  measureService,
  otherWorkOf,
  type Running,
  ratiosOf,
  speedOf,
  type Turn,
  takeTurns,
} from "./support/turns.ts";

/** A contender's turns, a round each. */
interface Ranked extends Line {
  readonly role: Contender["role"];
}

const LIMIT_GRACE_MS = 15_000;
/** How many times as many starts Playhead must take. */
const BEST_PEER_RATIO_MIN = 8;
const NAIVE_RATIO_MIN = 10;
const BATCHES = "SQLite, batches of 64";
const KINDS: readonly Kind[] = ["starts", "events"];

export const question: Question = {
  name: "peers",
  asks: "How many durable starts a second do the usual ways of building this give on the same machine?",
  takes: ["rounds", "seconds", "connections"],
  async run(context) {
    await installPeers(context.say);
    writeTemplates(bodiesOf(context));
    writeSchemas(schemasPathOf(context));
    const { present, leftOut } = await muster(context);
    const figures: Figure[] = [];
    for (const kind of KINDS) figures.push(...figuresOf(kind, await compete(context, kind, present)));
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

async function compete(context: Context, kind: Kind, present: readonly Contender[]): Promise<Ranked[]> {
  const bodies = bodiesOf(context);
  const entrants = present
    .filter(({ kinds }) => kinds.includes(kind))
    .map((contender) => {
      const { name, role } = contender;
      const start = (directory: string) => startIn(context, contender, directory);
      return { name, role, measure: () => measureService(context, { name, kind, bodies, start }) };
    });
  const limit = { name: BATCHES, role: "limit" as const, measure: () => measureBatches(context) };
  const all = kind === "starts" ? [...entrants, limit] : entrants;
  const lines = await takeTurns(context, kind, all);
  return lines.map((line, i) => ({ ...line, role: all[i]?.role ?? "limit" }));
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

function schemasPathOf({ directory }: Context): string {
  return join(directory, "schemas.json");
}

function bodiesOf({ directory }: Context): string {
  return join(directory, "bodies");
}

function figuresOf(kind: Kind, lines: readonly Ranked[]): Figure[] {
  const ours = lines.find(({ name }) => name === OURS.name);
  if (!ours) throw new Error("Playhead itself is missing");
  const others = lines.filter((line) => line !== ours);
  const ratioTo = (line: Line) => median(ratiosOf(ours, line));
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
    otherWorkOf(kind, lines),
  ];
}
