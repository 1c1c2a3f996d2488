/**
 * Recorded sessions of real clients, each request at whichever node: every answer and every number is that of one
 * server on SQLite.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MINUTE_MS, SECOND_MS } from "../../src/base/units.ts";
import { play, SCENARIOS } from "../http/edge/play.ts";
import { ManualClock } from "../support/clock.ts";
import { SEED, sized } from "../support/effort.ts";
import { hasPostgres, type Postgres, startPostgres } from "../support/postgres.ts";
import { Random } from "../support/random.ts";
import { sidOf, startTestServer, type TestServer } from "../support/server.ts";

const NODES = sized({ full: 4, fast: 2 });
/** Plays every Nth recording. */
const EVERY = sized({ full: 1, fast: 24 });
const RECORDINGS_MIN = 100 / EVERY;
const TEST_MS_MAX = sized({ full: 300_000, fast: 60_000 });
const GOLDEN = join(import.meta.dir, "../golden");
const SESSIONS = "/api/v1/sessions";
/** However long a recorded client was silent. */
const SILENCE_MS_MAX = 5 * MINUTE_MS;

interface Body {
  readonly playerTime: { readonly ts: number };
  readonly params?: Record<string, unknown>;
}

/** What a client sent: a start or a whole session, and then events. */
interface Recording {
  readonly name: string;
  readonly path: string;
  readonly start: Body | readonly Body[];
  readonly events: readonly Body[];
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(GOLDEN, file), "utf8"));
}

function filesOf(pattern: string): string[] {
  return [...new Bun.Glob(pattern).scanSync(GOLDEN)].filter((file) => !file.endsWith("expected.json")).sort();
}

/** The events of a session one by one, as a client sends them live. */
function liveOf(name: string): Recording {
  const [start, ...events] = read(name) as [Body, ...Body[]];
  const { "media.downloaded": _, ...params } = start.params ?? {};
  return { name, path: SESSIONS, start: { ...start, params }, events };
}

function requestsOf(name: string): Recording {
  const { requests } = read(name) as { requests: readonly { path: string; body: Body }[] };
  const [first, ...others] = requests;
  return { name, path: first?.path ?? "", start: first?.body ?? [], events: others.map(({ body }) => body) };
}

const RECORDINGS: readonly Recording[] = [
  ...filesOf("*.requests.json").map(requestsOf),
  ...["mending/*.json", "healthy/*.json", "sessions/*/*.events.json"].flatMap(filesOf).map(liveOf),
].filter((_, at) => at % EVERY === 0);

let postgres: Postgres;
let clock: ManualClock;
let single: TestServer;
let nodes: TestServer[];
const random = new Random(SEED);

function anyNode(): TestServer {
  return nodes[Math.floor(random.next() * nodes.length)] as TestServer;
}

/** Plays a recording against the server that is named for each request. @returns the answers */
async function playRecording({ path, start, events }: Recording, servers: () => readonly TestServer[]) {
  const answers: (readonly [status: number, text: string])[][] = [];
  const post = async (pathOf: (at: number) => string, body: unknown) => {
    const responses = await Promise.all(servers().map((server, at) => server.post(pathOf(at), body)));
    const texts = await Promise.all(responses.map((response) => response.text()));
    answers.push(responses.map(({ status }, at) => [status, texts[at] ?? ""] as const));
    return responses;
  };
  const sids = (await post(() => path, start)).map(sidOf);
  let lastMs = Array.isArray(start) ? 0 : (start as Body).playerTime.ts;
  for (const event of events) {
    const { ts } = event.playerTime;
    clock.pass(Math.round(Math.min(Math.max(ts - lastMs, 0), SILENCE_MS_MAX)));
    lastMs = ts;
    await post((at) => `${SESSIONS}/${sids[at]}/events`, event);
  }
  return answers;
}

/** All that a server says of each session, by the instant of its start, without what is the store's own: ids. */
async function sessionsOf(server: TestServer): Promise<Map<number, unknown>> {
  const found = new Map<number, unknown>();
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: { sessions: readonly { sid: string; startedAt: number }[]; nextCursor: string | null } =
      await server.admin(`/admin/api/sessions?limit=100${cursor && `&cursor=${cursor}`}`);
    for (const { sid, startedAt } of page.sessions) {
      const told = await server.admin(`/admin/api/sessions/${sid}`);
      const { session, ...others } = JSON.parse(JSON.stringify(told).replaceAll(sid, "its id"));
      found.set(startedAt, { ...others, session: { ...session, viewer: typeof session.viewer } });
    }
    cursor = page.nextCursor;
  }
  return found;
}

describe.if(hasPostgres())(`recorded sessions at any of ${NODES} nodes (seed ${SEED})`, () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    clock = new ManualClock();
    const config = { store: await postgres.createDatabase() };
    single = await startTestServer({ clock });
    nodes = await Promise.all(Array.from({ length: NODES }, () => startTestServer({ clock, config })));
  }, TEST_MS_MAX);
  afterAll(async () => {
    await Promise.all([single, ...nodes].map((server) => server[Symbol.asyncDispose]()));
    await postgres[Symbol.asyncDispose]();
  });

  test(
    "are answered as on SQLite",
    async () => {
      expect(RECORDINGS.length).toBeGreaterThanOrEqual(RECORDINGS_MIN);
      for (const recording of RECORDINGS) {
        const answers = await playRecording(recording, () => [single, anyNode()]);
        const differing = answers.filter(([one, other]) => JSON.stringify(one) !== JSON.stringify(other));
        expect({ name: recording.name, differing }).toEqual({ name: recording.name, differing: [] });
        expect(answers[0]?.[0]?.[0]).toBe(201);
        clock.pass(SECOND_MS);
      }
      for (const scenario of SCENARIOS.filter((_, at) => at % EVERY === 0)) {
        const expected = await play(single.url, scenario);
        expect({ name: scenario.name, said: await play(() => anyNode().url, scenario) }).toEqual({
          name: scenario.name,
          said: expected,
        });
        clock.pass(SECOND_MS);
      }
    },
    TEST_MS_MAX,
  );

  test(
    "have the numbers that they have on SQLite",
    async () => {
      clock.pass(60 * MINUTE_MS);
      for (const server of [single, ...nodes]) await server.app.work();
      const expected = await sessionsOf(single);
      const found = await sessionsOf(anyNode());
      expect(expected.size).toBeGreaterThanOrEqual(RECORDINGS.length);
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [startedAt, told] of expected) expect(found.get(startedAt)).toEqual(told);
    },
    TEST_MS_MAX,
  );
});
