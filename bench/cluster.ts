/** Playhead's nodes over PostgreSQL: beside SQLite, beside the usual way to build the same, and several at once. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { SHARING } from "./support/contenders.ts";
import { format, median } from "./support/figures.ts";
import { load } from "./support/load.ts";
import { type Nodes, startNodes } from "./support/nodes.ts";
import type { Side } from "./support/pairs/paired-question.ts";
import { type Other, servicePair } from "./support/pairs/service-pair.ts";
import { takePairs } from "./support/pairs/take-pairs.ts";
import { checkJob } from "./support/peer-check.ts";
import { installPeers } from "./support/peer-packages.ts";
import { writeSchemas } from "./support/peer-schemas.ts";
import { startPlayhead } from "./support/playhead-trial.ts";
import type { Context, Figure, Question } from "./support/question.ts";
import { openSessions } from "./support/sessions.ts";
import { loadSteadily } from "./support/steady-load.ts";
import { inDirectory } from "./support/turns.ts";

const SQLITE: Other = {
  name: "SQLite",
  start: ({ processes }, directory) => startPlayhead(processes, directory),
};
const FASTIFY: Other = {
  name: SHARING.name,
  start: async (context, directory) => {
    const { processes } = context;
    const running = await SHARING.start({ processes, directory, schemasPath: schemasPathOf(context) });
    await checkJob(running.url);
    return running;
  },
};

/** How many times as much of each kind a node must take as another, by processor time. */
const RATIOS: readonly { readonly other: Other; readonly min: Readonly<Record<"events" | "starts", number>> }[] = [
  { other: SQLITE, min: { events: 0.5, starts: 0.65 } },
  { other: FASTIFY, min: { events: 4, starts: 3 } },
];
/** A pair takes some 20 seconds, and six of them give an interval. */
const BOUNDS = { within: 5, rounds: 60, minutes: 2.2 };

const ROUNDS = 2;
const SESSIONS = 10_000;
const NODES = [1, 2, 4] as const;
const WARM_UP_SECONDS = 3;
const TARGETS = { postgresTimes: 1.5, p99Ms: 25, hotRatio: 0.99, rowBytes: 140 };

export const question: Question = {
  name: "cluster",
  asks: "What do nodes over PostgreSQL take beside SQLite and a usual service, and what do several of them cost?",
  takes: ["rounds", "seconds", "connections"],
  async run(context) {
    await installPeers(context.say);
    writeSchemas(schemasPathOf(context));
    writeTemplates(bodiesOf(context));
    const figures: Figure[] = [];
    for (const ratio of RATIOS) figures.push(...(await compare(context, ratio)));
    return [...figures, ...(await measureSeveral(context))];
  },
};

async function compare(context: Context, { other, min }: (typeof RATIOS)[number]): Promise<Figure[]> {
  const sideOf = (name: string): Side => ({ name, root: context.directory });
  const sides = [sideOf("a node"), sideOf(other.name)] as const;
  const { rounds = BOUNDS.rounds } = context;
  const say = (text: string) => context.say(`beside ${other.name}: ${text}`);
  const pairs = await takePairs(servicePair(other), { ...context, say }, sides, { ...BOUNDS, rounds });
  return [
    ...pairs.figures.flatMap(({ figure: { figure, unit }, ratio, low, high, here, there }): Figure[] => {
      const kind = unit === "events/s" ? "events" : "starts";
      const isByClock = figure.endsWith("clock");
      return [
        { figure, value: ratio, unit: "times", ...(!isByClock && { target: { is: ">=", value: min[kind] } as const }) },
        // Without an interval there is none to tell.
        ...(Number.isFinite(high) ? [{ figure: `${figure}, interval from`, value: low, unit: "times" }] : []),
        ...(Number.isFinite(high) ? [{ figure: `${figure}, interval to`, value: high, unit: "times" }] : []),
        ...(isByClock ? [] : [costOf(`${kind}: a node`, here), costOf(`${kind}: ${other.name}`, there)]),
      ];
    }),
    { figure: `pairs beside ${other.name}`, value: pairs.pairs, unit: "pairs" },
  ];
}

function costOf(what: string, perCpuSecond: readonly number[]): Figure {
  return { figure: `${what}, processor time`, value: 1e6 / median(perCpuSecond), unit: "us each" };
}

interface Steady {
  readonly nodes: number;
  /** Microseconds of processor time for an event. */
  readonly nodesUs: number;
  readonly postgresUs: number;
  readonly p99Ms: number;
  readonly hotRatio: number;
  readonly rowBytes: number;
  readonly walBytes: number;
}

/** One node, two and four under equal load: half of what one bears. */
async function measureSeveral(context: Context): Promise<Figure[]> {
  const perSecond = (await measureMost(context)) / 2;
  const all: Steady[] = [];
  for (let round = 1; round <= Math.min(context.rounds ?? ROUNDS, ROUNDS); round += 1) {
    for (const nodes of NODES) {
      const each = await inDirectory(context, (directory) => measureSteadily(context, directory, nodes, perSecond));
      const { nodesUs, postgresUs, p99Ms } = each;
      const cost = `${format(nodesUs)} and in PostgreSQL ${format(postgresUs)} us an event`;
      context.say(`${nodes} nodes, round ${round}: ${cost}, p99 ${format(p99Ms)} ms`);
      all.push(each);
    }
  }
  const middle = (nodes: number, of: (steady: Steady) => number) =>
    median(all.filter((each) => each.nodes === nodes).map(of));
  const figures = NODES.flatMap((nodes): Figure[] => {
    const name = nodes === 1 ? "1 node" : `${nodes} nodes`;
    const times = middle(nodes, ({ postgresUs }) => postgresUs) / middle(1, ({ postgresUs }) => postgresUs);
    return [
      {
        figure: `${name}: processor time of the nodes`,
        value: middle(nodes, ({ nodesUs }) => nodesUs),
        unit: "us each",
      },
      { figure: `${name}: of PostgreSQL`, value: middle(nodes, ({ postgresUs }) => postgresUs), unit: "us each" },
      ...(nodes === 4
        ? [targeted(`${name} / 1 node, of PostgreSQL`, times, "times", "<=", TARGETS.postgresTimes)]
        : []),
      nodes === 1
        ? targeted(
            `${name}: p99`,
            middle(nodes, ({ p99Ms }) => p99Ms),
            "ms",
            "<=",
            TARGETS.p99Ms,
          )
        : { figure: `${name}: p99`, value: middle(nodes, ({ p99Ms }) => p99Ms), unit: "ms" },
    ];
  });
  return [
    { figure: "equal load", value: perSecond, unit: "events/s" },
    ...figures,
    targeted(
      "HOT updates of open sessions",
      middle(1, ({ hotRatio }) => hotRatio),
      "ratio",
      ">=",
      TARGETS.hotRatio,
    ),
    targeted(
      "disk per ping",
      middle(1, ({ rowBytes }) => rowBytes),
      "bytes",
      "<=",
      TARGETS.rowBytes,
    ),
    { figure: "log per ping, with whole pages", value: middle(1, ({ walBytes }) => walBytes), unit: "bytes" },
  ];
}

function targeted(figure: string, value: number, unit: string, is: ">=" | "<=", target: number): Figure {
  return { figure, value, unit, target: { is, value: target } };
}

/** The most events a second that one node takes. */
async function measureMost(context: Context): Promise<number> {
  return await inDirectory(context, async (directory) => {
    await using nodes = await startNodes({ processes: context.processes, directory, count: 1 });
    const bodies = bodiesOf(context);
    await openSessions(nodes.url, SESSIONS, bodies);
    const { processes, connections, seconds } = context;
    const options = { kind: "events", url: nodes.url, directory: bodies, connections } as const;
    const { requests } = await load(processes, { ...options, from: 0, seconds: WARM_UP_SECONDS });
    return (await load(processes, { ...options, from: requests + connections, seconds })).perSecond;
  });
}

async function measureSteadily(context: Context, directory: string, count: number, perSecond: number): Promise<Steady> {
  const { processes, connections, seconds } = context;
  await using nodes = await startNodes({ processes, directory, count });
  const bodies = bodiesOf(context);
  await openSessions(nodes.url, SESSIONS, bodies);
  const options = { url: nodes.urls.join(","), perSecond, connections, sids: join(bodies, "sids") };
  await loadSteadily(processes, { ...options, seconds: WARM_UP_SECONDS });
  const before = await lookAt(nodes);
  const { p99Ms } = await loadSteadily(processes, { ...options, seconds });
  const after = await lookAt(nodes);
  const events = after.events - before.events;
  const each = (of: (look: Look) => number) => (of(after) - of(before)) / events;
  const postgresUs = each(({ postgresCpuSeconds }) => postgresCpuSeconds) * 1e6;
  return {
    nodes: count,
    postgresUs,
    nodesUs: each(({ cpuSeconds }) => cpuSeconds) * 1e6 - postgresUs,
    p99Ms,
    hotRatio: after.hotUpdates / after.updates,
    rowBytes: after.bytes / after.events,
    walBytes: each(({ walBytes }) => walBytes),
  };
}

interface Look {
  readonly cpuSeconds: number;
  readonly postgresCpuSeconds: number;
  readonly events: number;
  readonly bytes: number;
  readonly walBytes: number;
  readonly updates: number;
  readonly hotUpdates: number;
}

async function lookAt({ ask, cpuSeconds, postgresCpuSeconds }: Nodes): Promise<Look> {
  const used = { cpuSeconds: cpuSeconds(), postgresCpuSeconds: postgresCpuSeconds() };
  const stored = await ask<Omit<Look, "cpuSeconds" | "postgresCpuSeconds">>(
    `SELECT (SELECT count(*)::int FROM events) AS events, pg_total_relation_size('events')::float8 AS bytes,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS "walBytes",
       n_tup_upd::float8 AS updates, n_tup_hot_upd::float8 AS "hotUpdates"
     FROM pg_stat_user_tables WHERE relname = 'heads'`,
  );
  return { ...used, ...stored };
}

function schemasPathOf({ directory }: Context): string {
  return join(directory, "schemas.json");
}

function bodiesOf({ directory }: Context): string {
  return join(directory, "bodies");
}
