/**
 * Nodes and their PostgreSQL are killed and frozen while players send each event to whichever node they like: what was
 * acknowledged is stored as often as it was sent at most, each session closes once, no event is taken behind an end, and
 * reports say what a fold of all that is stored says.
 */

import { describe, expect, test } from "bun:test";
import { openReaderAt } from "../../src/app/stores.ts";
import { foldStored } from "../../src/store/fold-stored.ts";
import { sessionsOf } from "../../src/store/pages.ts";
import { type Cluster, startCluster } from "../support/cluster.ts";
import { SEED, sized } from "../support/effort.ts";
import { hasPostgres } from "../support/postgres.ts";
import { Random } from "../support/random.ts";
import { eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client, reportPath } from "./support/client.ts";

const NODES = sized({ full: 4, fast: 3 });
const PLAYERS = sized({ full: 24, fast: 12 });
const GIVE_UP_MS = 5000;
const TEST_MS_MAX = 300_000;
const IDLE_MS = 4000;
const SETTINGS = { IDLE_TIMEOUT_MS: String(IDLE_MS), LATE_GRACE_MS: "1500", QUEUE_WAIT_MS_MAX: "2000" };

/** What players were told. */
class Told {
  /** The seconds of acknowledged events, by session. */
  readonly acknowledged = new Map<string, number[]>();
  /** How often each event was sent, by session and second. */
  readonly sent = new Map<string, number>();
  /** Events of a later `ts` that were acknowledged although their session had ended or been refused. */
  afterEnd = 0;
  /** Answers that no player should get. */
  readonly unexpected: number[] = [];
  repeats = 0;

  note(sid: string, second: number): void {
    const seconds = this.acknowledged.get(sid) ?? [];
    seconds.push(second);
    this.acknowledged.set(sid, seconds);
  }

  noteSent(sid: string, second: number): void {
    const key = `${sid} ${second}`;
    this.sent.set(key, (this.sent.get(key) ?? 0) + 1);
  }

  get events(): number {
    return [...this.acknowledged.values()].reduce((sum, seconds) => sum + seconds.length, 0);
  }
}

interface Play {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly told: Told;
  readonly isOver: () => boolean;
}

/** Posts to one node after another until one answers. @param onSend called before each time */
async function post(
  { cluster, random, told, isOver }: Play,
  path: string,
  body: object,
  onSend = () => {},
): Promise<Response | undefined> {
  for (let tries = 0; !isOver() || tries < 20; tries += 1) {
    onSend();
    const url = cluster.urls[Math.floor(random.next() * cluster.urls.length)];
    const init = { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(GIVE_UP_MS) };
    const response = await fetch(`${url}${path}`, init).catch(() => undefined);
    await response?.arrayBuffer().catch(() => {});
    if (response && response.status !== 503) return response;
    told.repeats += 1;
    await Bun.sleep(50);
  }
  return undefined;
}

/** Plays sessions until the time is over: some end, some fall silent. */
async function playOn(play: Play): Promise<void> {
  const { random, told, isOver } = play;
  while (!isOver()) {
    const opened = await post(play, "/api/v1/sessions", sessionStart());
    if (opened?.status !== 201) return;
    const sid = sidOf(opened);
    told.note(sid, 0);
    const length = 3 + Math.floor(random.next() * 20);
    for (let second = 1; second <= length && !isOver(); second += 1) {
      if (!(await send(play, sid, second, second === 1 ? "play" : "ping"))) break;
      await Bun.sleep(random.next() * 60);
    }
    if (random.chance(0.6)) await endAndGoOn(play, sid, length + 1);
  }
}

/** @returns whether the session took it */
async function send(play: Play, sid: string, second: number, type: string): Promise<boolean> {
  const path = `/api/v1/sessions/${sid}/events`;
  const status = (await post(play, path, eventAt(second, type), () => play.told.noteSent(sid, second)))?.status;
  if (status === 204) play.told.note(sid, second);
  // A session may have timed out while nodes were away.
  else if (status !== undefined && status !== 410) play.told.unexpected.push(status);
  if (status === 410) await endAndGoOn(play, sid, second, { isRefused: true });
  return status === 204;
}

/** Ends a session, and sends an event of a later `ts`, which no node may take any more. */
async function endAndGoOn(play: Play, sid: string, second: number, { isRefused = false } = {}): Promise<void> {
  if (!isRefused && !(await send(play, sid, second, "sessionEnd"))) return;
  const path = `/api/v1/sessions/${sid}/events`;
  const later = await post(play, path, eventAt(second + 100, "ping"));
  if (later?.status === 204) play.told.afterEnd += 1;
}

/** What is wrong with what is stored. */
async function oracle({ query }: Cluster, told: Told) {
  const stored = await query<{ sid: string; second: number }>(
    `SELECT encode(s.sid, 'hex') AS sid, (e.playhead / 1000)::int AS second FROM events e
     JOIN sessions s ON s.id = e.session UNION ALL SELECT encode(sid, 'hex'), 0 FROM sessions`,
  );
  const kept = new Map<string, number>();
  for (const { sid, second } of stored) kept.set(`${sid} ${second}`, (kept.get(`${sid} ${second}`) ?? 0) + 1);
  const tooOften = [...told.sent].filter(([key, times]) => (kept.get(key) ?? 0) > times);
  const acknowledged = [...told.acknowledged].flatMap(([sid, seconds]) => seconds.map((second) => `${sid} ${second}`));
  const [counts] = await query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM heads) AS open,
       (SELECT count(*)::int FROM sessions) - (SELECT count(*)::int FROM closes) AS "notClosed",
       (SELECT count(*)::int FROM closes WHERE pending) AS pending,
       (SELECT count(*)::int FROM closes c WHERE last_n <> (SELECT count(*) FROM events e WHERE e.session = c.session)
          OR last_n <> coalesce((SELECT max(n) FROM events e WHERE e.session = c.session), 0)) AS holes,
       (SELECT count(*)::int FROM closes WHERE folded_n <> last_n) AS stale,
       (SELECT count(*)::int FROM results) - (SELECT count(*)::int FROM closes) AS "withoutNumbers",
       (SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()) AS deadlocks,
       (SELECT count(DISTINCT revision)::int FROM results) - (SELECT count(*)::int FROM results) AS "sharedRevisions"`,
  );
  const lost = acknowledged.filter((each) => !kept.has(each)).length;
  return { lost, storedTooOften: tooOften.length, ...counts };
}

/** The sums of what a fold of each stored session says. */
async function foldAll({ query, store }: Cluster): Promise<Totals> {
  const ids = (await query<{ id: string }>("SELECT id FROM sessions ORDER BY id")).map(({ id }) => Number(id));
  const reader = openReaderAt(store, {});
  const totals = Object.fromEntries(METRICS.map((metric) => [metric, 0]));
  for await (const page of sessionsOf(reader, ids, () => {})) {
    for (const session of page) {
      const { metrics } = await foldStored(reader, session, session.seq ?? 0);
      for (const metric of METRICS) totals[metric] = (totals[metric] ?? 0) + Number(metrics[metric] ?? 0);
    }
  }
  await reader.close();
  return totals;
}

/** Sums of thousandths differ in their last digits by their order. */
function rounded(totals: Totals): Totals {
  return Object.fromEntries(METRICS.map((metric) => [metric, Number((totals[metric] ?? 0).toFixed(2))]));
}

/** What each node's reports say. */
async function totalsOf({ urls }: Cluster): Promise<Totals[]> {
  return Promise.all(
    urls.map(async (url) => {
      const { totals } = await new Client({ url }).admin(reportPath({ metrics: METRICS.join() }));
      return totals;
    }),
  );
}

type Totals = Record<string, number>;
const METRICS = ["mediaStarts", "mediaTimeSpent", "contentTimeSpent", "contentStarts", "uniqueTimePlayed"] as const;

const SOUND = {
  lost: 0,
  storedTooOften: 0,
  open: 0,
  notClosed: 0,
  pending: 0,
  holes: 0,
  stale: 0,
  withoutNumbers: 0,
  deadlocks: 0,
  sharedRevisions: 0,
};

type Fault = (cluster: Cluster, random: Random) => Promise<void>;

const anyNode = (random: Random) => Math.floor(random.next() * NODES);

const FAULTS: Readonly<Record<string, { readonly fault: Fault; readonly everyMs: number }>> = {
  "a node is killed": { fault: (cluster, random) => cluster.restart(anyNode(random)), everyMs: 300 },
  "PostgreSQL is killed": {
    fault: async ({ postgres }) => {
      await postgres.kill();
      await postgres.start();
    },
    everyMs: 2500,
  },
  "a node freezes": {
    fault: async (cluster, random) => frozen([cluster.pidOf(anyNode(random))], 2500),
    everyMs: 500,
  },
  // The run that found a loss: what was given up on wakes up, and must not count as the next batch.
  "PostgreSQL freezes for longer than its clients wait": {
    fault: ({ postgres }) => frozen(postgres.pids(), 6000),
    everyMs: 1000,
  },
};

async function frozen(pids: readonly (number | undefined)[], ms: number): Promise<void> {
  const signal = (name: "SIGSTOP" | "SIGCONT") => {
    for (const pid of pids) {
      try {
        if (pid !== undefined) process.kill(pid, name);
      } catch {
        // It has ended by itself.
      }
    }
  };
  signal("SIGSTOP");
  await Bun.sleep(ms);
  signal("SIGCONT");
}

/** Faults that come side by side for a while. */
interface Phase {
  readonly faults: readonly (keyof typeof FAULTS)[];
  readonly ms: number;
  /** How many times as rare they are. */
  readonly rarer?: number;
}

/** Brings faults about until their phase is over. @returns how often each came */
async function breakFor({ faults, ms, rarer = 1 }: Phase, cluster: Cluster, random: Random): Promise<number[]> {
  const endMs = performance.now() + ms;
  const breaking = faults.map(async (name) => {
    const { fault, everyMs } = FAULTS[name] ?? { fault: async () => {}, everyMs: ms };
    for (let count = 0; ; count += 1) {
      await Bun.sleep(everyMs * rarer * (0.5 + random.next()));
      if (performance.now() >= endMs) return count;
      await fault(cluster, random);
    }
  });
  return Promise.all(breaking);
}

/** Plays while faults come, one phase after the other. */
async function playBeside(phases: readonly Phase[], seed: number) {
  await using cluster = await startCluster(NODES, SETTINGS);
  const told = new Told();
  const random = new Random(seed);
  let isOver = false;
  const play = { cluster, random, told, isOver: () => isOver };
  const playing = Promise.all(Array.from({ length: PLAYERS }, () => playOn(play)));
  const counts: number[] = [];
  for (const phase of phases) counts.push(...(await breakFor(phase, cluster, random)));
  isOver = true;
  await playing;
  const isSettled = async () =>
    (
      await cluster.query<{ left: number }>(
        "SELECT (SELECT count(*)::int FROM heads) + (SELECT count(*)::int FROM closes WHERE pending) AS left",
      )
    )[0]?.left === 0;
  await waitFor(() => isSettled().catch(() => false), 60_000);
  // The last one to be killed may still be starting.
  const answers = (url: string) =>
    fetch(`${url}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false);
  await waitFor(async () => (await Promise.all(cluster.urls.map(answers))).every(Boolean), 30_000);
  const outcome = await oracle(cluster, told);
  return { told, counts, outcome, folded: await foldAll(cluster), reported: await totalsOf(cluster) };
}

const FULL_MS = 40_000;
const JUDGED_MS = 120_000;
/** The faults by themselves and the two that meet; in a fast run one play goes through all that lost something once. */
const PLAYS = sized<readonly (readonly Phase[])[]>({
  full: [
    ...[...Object.keys(FAULTS).map((name) => [name]), ["a node is killed", "PostgreSQL is killed"]].map((faults) => [
      { faults, ms: FULL_MS },
    ]),
    [{ faults: ["a node is killed", "a node freezes", "PostgreSQL is killed"], ms: JUDGED_MS, rarer: 4 }],
  ],
  fast: [
    [
      { faults: ["a node is killed", "PostgreSQL is killed"], ms: 6000 },
      { faults: ["PostgreSQL freezes for longer than its clients wait"], ms: 3000 },
    ],
  ],
});

describe.if(hasPostgres())(`nodes that share a store (seed ${SEED})`, () => {
  for (const [at, phases] of PLAYS.entries()) {
    const name = phases.map(({ faults }) => faults.join(" and ")).join(", then ");
    test(
      `lose nothing while ${name}`,
      async () => {
        const { told, counts, outcome, folded, reported } = await playBeside(phases, SEED + at);
        const said = { faults: counts, events: told.events, repeats: told.repeats, ...outcome, ...folded };
        process.stdout.write(`${name}: ${JSON.stringify(said)}\n`);
        expect(told.events).toBeGreaterThan(100);
        expect(counts.every((count) => count > 0)).toBe(true);
        expect({ ...outcome, afterEnd: told.afterEnd, unexpected: told.unexpected }).toEqual({
          ...SOUND,
          afterEnd: 0,
          unexpected: [],
        });
        expect(folded["contentTimeSpent"]).toBeGreaterThan(0);
        for (const totals of reported) expect(rounded(totals)).toEqual(rounded(folded));
      },
      TEST_MS_MAX,
    );
  }
});
