/** Playhead's nodes over PostgreSQL: beside SQLite, beside the usual way to build the same, and several at once. */

import { join } from "node:path";
import { writeTemplates } from "./support/bodies.ts";
import { SHARING } from "./support/contenders.ts";
import { format, median } from "./support/figures.ts";
import { type Nodes, startNodes } from "./support/nodes.ts";
import type { Side } from "./support/pairs/paired-question.ts";
import { BY_CLOCK, type Other, servicePair } from "./support/pairs/service-pair.ts";
import { type Comparison, takePairs } from "./support/pairs/take-pairs.ts";
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
/** A pair takes some 25 seconds, and six of them give an interval. */
const BOUNDS = { within: 5, rounds: 60, minutes: 2.3, seconds: 2 };

const SESSIONS = 10_000;
const NODES = [1, 2, 4] as const;
/** What the target compares is measured twice. */
const ORDER = [1, 4, 2, 4, 1] as const satisfies (typeof NODES)[number][];
const WARM_UP_SECONDS = 3;
const SECONDS_MAX = 4;
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
    let perSecond = 0;
    for (const { other, min } of RATIOS) {
      const pairs = await compare(context, other);
      figures.push(...figuresOf(pairs, other, min));
      perSecond = mostOf(pairs) / 2;
    }
    return [...figures, ...(await measureSeveral(context, perSecond))];
  },
};

async function compare(context: Context, other: Other): Promise<Comparison> {
  const sideOf = (name: string): Side => ({ name, root: context.directory });
  const say = (text: string) => context.say(`beside ${other.name}: ${text}`);
  const seconds = Math.min(context.seconds, BOUNDS.seconds);
  const bounds = { ...BOUNDS, rounds: context.rounds ?? BOUNDS.rounds };
  return await takePairs(
    servicePair(other),
    { ...context, seconds, say },
    [sideOf("a node"), sideOf(other.name)],
    bounds,
  );
}

function figuresOf({ figures, pairs }: Comparison, other: Other, min: (typeof RATIOS)[number]["min"]): Figure[] {
  return [
    ...figures.flatMap(({ figure: { figure, unit }, ratio, low, high, here, there }): Figure[] => {
      const kind = unit === "events/s" ? "events" : "starts";
      const isByClock = figure.endsWith(BY_CLOCK);
      return [
        { figure, value: ratio, unit: "times", ...(!isByClock && { target: { is: ">=", value: min[kind] } as const }) },
        // Without an interval there is none to tell.
        ...(Number.isFinite(high) ? [{ figure: `${figure}, interval from`, value: low, unit: "times" }] : []),
        ...(Number.isFinite(high) ? [{ figure: `${figure}, interval to`, value: high, unit: "times" }] : []),
        ...(isByClock
          ? []
          : [costOf(`${kind}: a node beside ${other.name}`, here), costOf(`${kind}: ${other.name}`, there)]),
      ];
    }),
    { figure: `pairs beside ${other.name}`, value: pairs, unit: "pairs" },
  ];
}

/** The most events a second that a node took. */
function mostOf({ figures }: Comparison): number {
  const events = figures.find(({ figure }) => figure.unit === "events/s" && figure.figure.endsWith(BY_CLOCK));
  return median(events?.here ?? []);
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
async function measureSeveral(context: Context, perSecond: number): Promise<Figure[]> {
  const all: Steady[] = [];
  for (const [at, nodes] of ORDER.entries()) {
    const each = await inDirectory(context, (directory) => measureSteadily(context, directory, nodes, perSecond));
    const { nodesUs, postgresUs, p99Ms } = each;
    const cost = `${format(nodesUs)} and in PostgreSQL ${format(postgresUs)} us an event`;
    context.say(`${nodes} nodes, ${at + 1} of ${ORDER.length}: ${cost}, p99 ${format(p99Ms)} ms`);
    all.push(each);
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

async function measureSteadily(context: Context, directory: string, count: number, perSecond: number): Promise<Steady> {
  const { processes, connections } = context;
  const seconds = Math.min(context.seconds, SECONDS_MAX);
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
