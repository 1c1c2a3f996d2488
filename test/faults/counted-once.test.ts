/** Clients that repeat unanswered requests: what they watched counts once, to the last number. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { DAY_MS } from "../../src/base/units.ts";
import { type Body, liveSession } from "../protocol/bodies.ts";
import { SEED, sized } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client, eventsOf, reportPath, SESSIONS } from "./support/client.ts";
import { exchange, requestText } from "./support/wire.ts";

const RANDOM_SESSIONS = sized({ full: 300, fast: 6 });
const KILLS = sized({ full: 5, fast: 1 });
const AT_ONCE = 8;
const FOLDER = join(import.meta.dir, "../golden");
const SUFFIX = ".requests.json";
const TEST_MS_MAX = sized({ full: 300_000, fast: 120_000 });
/** Clocks are mended by when events arrive, which is not the same twice. */
const SETTINGS = { ADMIN_TOKEN, MENDING_OFF: "clock-forward,clock-back" };

/** The requests of one viewing: its start, or all of it if it was downloaded, and then its events. */
interface Viewing {
  readonly path: string;
  readonly start: Body | readonly Body[];
  readonly events: readonly Body[];
}

/** Sends one request, and repeats it after an answer that the client takes for lost. */
type Way = (request: Request) => Promise<Response>;

interface Request {
  readonly path: string;
  readonly body: unknown;
  readonly headers: Record<string, string>;
}

let directory: ReturnType<typeof tempDir>;
let server: ServerProcess;
let client: Client;

beforeAll(async () => {
  process.stdout.write(`seed ${SEED}\n`);
  directory = tempDir();
  server = await startProcess(directory.path, { settings: SETTINGS });
  client = new Client(server);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

const send: Way = ({ path, body, headers }) => client.post(path, body, headers);

/** Sends a request on a connection that it cuts, before the answer or at its first bytes. */
async function cutOff({ path, body, headers }: Request, isAnswered: boolean): Promise<void> {
  const until = isAnswered ? (text: string) => text.length > 0 : () => true;
  await exchange(server.port, requestText(path, JSON.stringify(body), headers), { until });
}

const WAYS: Readonly<Record<string, Way>> = {
  "after its answer": async (request) => {
    await (await send(request)).arrayBuffer();
    return send(request);
  },
  "cut off before its answer": async (request) => {
    await cutOff(request, false);
    return send(request);
  },
  "cut off at its answer": async (request) => {
    await cutOff(request, true);
    return send(request);
  },
  "three times at once": async (request) => {
    const [first] = await Promise.all([send(request), send(request), send(request)]);
    return first;
  },
};

/** Recordings of real clients, and made-up sessions with every kind of event. */
function viewings(): Viewing[] {
  const samples = readdirSync(FOLDER).filter((name) => name.endsWith(SUFFIX));
  const sampled = samples.map((name): Viewing => {
    const { requests } = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as {
      requests: readonly { path: string; body: Body }[];
    };
    const [first, ...rest] = requests;
    return { path: first?.path ?? "", start: first?.body ?? [], events: rest.map(({ body }) => body) };
  });
  const random = fc.sample(liveSession, { numRuns: RANDOM_SESSIONS, seed: SEED });
  return [...sampled, ...random.map(([start, ...events]) => ({ path: SESSIONS, start, events }))];
}

/** The same start on another channel. */
function onChannel(start: Viewing["start"], channel: string): Viewing["start"] {
  const named = (body: Body): Body => ({ ...body, params: { ...body.params, "media.channel": channel } });
  if (!Array.isArray(start)) return named(start as Body);
  const [first, ...rest] = start as readonly Body[];
  return first ? [named(first), ...rest] : [];
}

/**
 * Plays a viewing as a client that waits for each answer.
 *
 * Every other event also comes a second time, after the next ones have arrived.
 */
async function play({ path, start, events }: Viewing, channel: string, way: Way): Promise<string> {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const opened = await way({ path, body: onChannel(start, channel), headers });
  expect([opened.status, channel]).toEqual([201, channel]);
  const sid = sidOf(opened);
  for (const body of events) {
    const added = await way({ path: eventsOf(sid), body, headers: {} });
    expect([added.status, body]).toEqual([204, body]);
  }
  if (way === send) return sid;
  for (const [at, body] of events.entries()) {
    // After the session's end the server refuses a later event, which a client must accept as an answer.
    if (at % 2 === 0) expect([204, 410]).toContain((await send({ path: eventsOf(sid), body, headers: {} })).status);
  }
  return sid;
}

async function playAll(all: readonly Viewing[], channel: string, way: Way): Promise<string[]> {
  const sids: string[] = new Array(all.length);
  const left = [...all.entries()];
  const playSome = async () => {
    for (let next = left.shift(); next; next = left.shift()) sids[next[0]] = await play(next[1], channel, way);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, playSome));
  return sids;
}

/** Everything that was counted for a session. */
async function numbersOf(sid: string): Promise<object> {
  const { metrics, ads, adBreaks, chapters, states, errors, watched } = await client.admin(
    `/admin/api/sessions/${sid}`,
  );
  return { metrics, ads, adBreaks, chapters, states, errors, watched };
}

/** Totals of a channel, once reports have so many starts of it. */
async function totalsOf(channel: string, starts: number): Promise<Record<string, unknown>> {
  const filter = `media.channel==${channel}`;
  await waitFor(async () => {
    const response = await client.ask(reportPath({ metrics: "mediaStarts", filter }));
    const { totals } = (await response.json()) as { totals?: { mediaStarts: number } };
    return response.ok && totals?.mediaStarts === starts;
  }, TEST_MS_MAX);
  // How often events were sent is the one thing in which the ways differ.
  const totals = Object.entries(await client.totals(filter, RANGE)).filter(([name]) => !OF_EVENTS.test(name));
  // Made-up sessions have numbers near 2^53, whose sums differ in the last digits by the order of addition.
  const cut = (value: unknown) => (typeof value === "number" ? Number(value.toPrecision(12)) : value);
  return Object.fromEntries(totals.map(([name, value]) => [name, cut(value)]));
}

/** Playing counts where it lies: made-up sessions play on into days to come. */
const RANGE = { from: dayIn(-1), to: dayIn(8 * 365) };
const OF_EVENTS = /^(?:events|flaggedEvents|ignoredEvents):/;

/** How many events of some sessions are stored. */
function storedEvents(sids: readonly string[]): number {
  using reader = new Database(join(directory.path, "playhead.db"), { readonly: true });
  const count = reader.query<never, [string]>(
    "SELECT count(*) FROM events JOIN sessions ON sessions.id = events.session WHERE sid IN (SELECT value FROM json_each(?))",
  );
  return Number(count.values(JSON.stringify(sids))[0]?.[0]);
}

describe("a client that sends each request again", () => {
  const all = viewings();
  const once = { name: "once", sids: [] as string[], numbers: [] as object[], totals: {} };
  const repeated = new Map<string, readonly string[]>();
  let watched: object[] = [];

  beforeAll(async () => {
    once.sids = await playAll(all, once.name, send);
    once.numbers = await Promise.all(once.sids.map(numbersOf));
    for (const [name, way] of Object.entries(WAYS)) repeated.set(name, await playAll(all, channelOf(name), way));
    watched = [await watchTimes("single", 1), await watchTimes("double", 2)];
    once.totals = await totalsOf(once.name, all.length);
  }, TEST_MS_MAX);

  for (const name of Object.keys(WAYS)) {
    test(
      `${name} has the numbers of one that sends it once`,
      async () => {
        const sids = repeated.get(name) ?? [];
        expect(new Set(sids).size).toBe(all.length);
        // Beyond the late repetitions, requests were stored twice, and so could have been counted twice.
        expect(storedEvents(sids) / storedEvents(once.sids)).toBeGreaterThan(1.6);
        expect(await Promise.all(sids.map(numbersOf))).toEqual(once.numbers);
        expect(await totalsOf(channelOf(name), all.length)).toEqual(once.totals);
      },
      TEST_MS_MAX,
    );
  }

  test("differs from one that watches twice: another ts counts, and so does a start without a key", async () => {
    expect(watched[0]).not.toEqual(watched[1]);
    expect(await totalsOf("single", 1)).not.toEqual(await totalsOf("double", 2));
  });
});

/** Watches a title several times. @returns the numbers of one viewing, which has as many pauses */
async function watchTimes(channel: string, times: number): Promise<object> {
  const start = sessionStart({ "media.channel": channel });
  const sids = await Promise.all(Array.from({ length: times }, () => client.open(start)));
  const [sid = ""] = sids;
  for (let second = 0; second < times; second += 1) {
    await client.add(sid, eventAt(second, "play"));
    await client.add(sid, eventAt(second, "pauseStart"));
  }
  return numbersOf(sid);
}

/** The name of a channel to filter by. */
function channelOf(name: string): string {
  return name.replaceAll(" ", "-");
}

describe("a client whose server is killed between its request and the repetition", () => {
  test(
    "has the numbers of one that sends it once",
    async () => {
      using place = tempDir();
      const moments = Array.from({ length: KILLS }, (_, at) => eventAt(at * 10, at % 2 === 0 ? "play" : "pauseStart"));
      const end = eventAt(KILLS * 10, "sessionEnd");
      let sid = "";
      for (const [at, event] of moments.entries()) {
        await using killed = await startProcess(place.path, { settings: SETTINGS });
        const player = new Client(killed);
        if (at === 0) sid = await player.open();
        else expect(await player.add(sid, moments[at - 1] as object)).toBe(204);
        // The kill may come before or after it is stored.
        const under = exchange(killed.port, requestText(eventsOf(sid), JSON.stringify(event)));
        killed.signal("SIGKILL");
        await Promise.all([under, killed.exited]);
      }
      await using last = await startProcess(place.path, { settings: SETTINGS });
      const player = new Client(last);
      for (const event of [moments.at(-1), end, end]) {
        expect(await player.add(sid, event as object)).toBe(204);
      }
      const single = await player.open();
      for (const event of [...moments, end]) expect(await player.add(single, event)).toBe(204);
      const metricsOf = async (each: string) => (await player.admin(`/admin/api/sessions/${each}`)).metrics;
      expect(await metricsOf(sid)).toEqual(await metricsOf(single));
    },
    TEST_MS_MAX,
  );
});

function dayIn(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
}
