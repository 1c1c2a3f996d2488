/**
 * Many clients at once that send whatever there is, mostly almost right: nothing is a fault of the server's, what was
 * taken reads back equal, and what was refused left nothing.
 */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { VALIDATION_MODES, type ValidationMode } from "../../src/protocol/mode.ts";
import { SEED, sized } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, eventsOf, reportPath } from "./support/client.ts";
import { keptOf, shownOf, unitOf } from "./support/kept-event.ts";
import { type PlayerPlan, playerPlan, REQUESTS_PER_PLAN, type Text } from "./support/player-plan.ts";

const REQUESTS = sized({ full: 100_000, fast: 3_000 });
const AT_ONCE = 32;
const TEST_MS_MAX = sized({ full: 1_200_000, fast: 60_000 });
const REFUSED = [400, 413];
/** What a failure shows of a body. */
const BODY_CHARS_MAX = 2000;

/** A server of one mode, and what it has acknowledged. */
interface Scene extends AsyncDisposable {
  readonly client: Client;
  readonly server: ServerProcess;
  readonly sids: Set<string>;
  events: number;
  countRows(): { readonly sessions: number; readonly events: number };
}

const scenes = {} as Record<ValidationMode, Scene>;
const answers = new Map<string, number>();

beforeAll(async () => {
  process.stdout.write(`seed ${SEED}\n`);
  for (const mode of VALIDATION_MODES) scenes[mode] = await openScene(mode);
});
afterAll(async () => {
  for (const scene of Object.values(scenes)) await scene[Symbol.asyncDispose]();
});

async function openScene(mode: ValidationMode): Promise<Scene> {
  const directory = tempDir();
  const server = await startProcess(directory.path, { settings: { ADMIN_TOKEN, VALIDATION: mode } });
  const reader = new Database(join(directory.path, "playhead.db"), { readonly: true });
  const rows = reader.query<{ sessions: number; events: number }, []>(
    "SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM events) AS events",
  );
  return {
    client: new Client(server),
    server,
    sids: new Set(),
    events: 0,
    countRows: () => rows.get() ?? { sessions: -1, events: -1 },
    [Symbol.asyncDispose]: async () => {
      reader.close();
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

function textOf(body: Text): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

/** Sends a body, and holds the answer against those that there may be. */
async function send(
  scene: Scene,
  path: string,
  body: Text,
  options: { allowed: number[]; headers: PlayerPlan["headers"] },
) {
  const response = await scene.client.post(path, body, options.headers);
  const said = await response.text();
  const { status } = response;
  answers.set(String(status), (answers.get(String(status)) ?? 0) + 1);
  if (!options.allowed.includes(status) || status >= 400 !== said.startsWith('{"code":')) {
    throw new Error(`${path} answered ${status}: ${said}\nto ${textOf(body).slice(0, BODY_CHARS_MAX)}`);
  }
  return response;
}

/** Plays a plan, and compares what the admin API shows with what was taken. */
async function play({ mode, path, opening, events, strays, headers }: PlayerPlan): Promise<void> {
  const scene = scenes[mode];
  const opened = await send(scene, path, opening, { allowed: [201, ...REFUSED], headers });
  // Its events need a session in any case.
  const start = opened.ok ? textOf(opening) : JSON.stringify(sessionStart());
  const sid = opened.ok ? sidOf(opened) : await scene.client.open(sessionStart());
  const unitMs = unitOf(start);
  const kept = keptOf(start, unitMs);
  for (const event of events) {
    const added = await send(scene, eventsOf(sid), event, { allowed: [204, 410, ...REFUSED], headers });
    if (added.ok) kept.push(...keptOf(textOf(event), unitMs));
  }
  for (const [stray, body] of strays) {
    await send(scene, stray, body, { allowed: [404, 405, ...REFUSED], headers });
  }
  expect(scene.sids.has(sid)).toBe(false);
  scene.sids.add(sid);
  scene.events += kept.length - 1;
  const shown = await scene.client.admin(`/admin/api/sessions/${sid}`);
  const read: string[] = shown.events.map(shownOf);
  if (read.toSorted().join("\n") === kept.toSorted().join("\n")) return;
  const differing = kept.filter((each) => !read.includes(each)).concat(read.filter((each) => !kept.includes(each)));
  throw new Error(`${sid} in ${mode} reads back differently:\n${differing.join("\n").slice(0, 2 * BODY_CHARS_MAX)}`);
}

/** Rounds of as many plans as there are clients. A failure is not made smaller: bodies of one client are small. */
function playRounds(rounds: number): Promise<void> {
  const round = fc.array(playerPlan, { minLength: AT_ONCE, maxLength: AT_ONCE });
  const property = fc.asyncProperty(round, async (plans) => {
    await Promise.all(plans.map(play));
  });
  return fc.assert(property, {
    seed: SEED,
    numRuns: rounds,
    endOnFailure: true,
    asyncReporter: async ({ failed, errorInstance, numRuns }) => {
      if (failed) throw new Error(`seed ${SEED}, round ${numRuns}: ${errorInstance}`);
    },
  });
}

describe(`${REQUESTS} requests of ${AT_ONCE} clients at once`, () => {
  test(
    "are taken and read back equal, or refused without a row, and the servers run on",
    async () => {
      const sinceMs = performance.now();
      await playRounds(Math.ceil(REQUESTS / (AT_ONCE * REQUESTS_PER_PLAN)));
      const counts = [...answers].toSorted().map(([status, count]) => `${count}x ${status}`);
      process.stdout.write(`${counts.join(", ")} in ${Math.round(performance.now() - sinceMs)} ms\n`);
      expect([...answers.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(REQUESTS);
      // Every way was gone, or this says little.
      for (const status of ["201", "204", "400", "404", "405", "410", "413"]) expect(answers.has(status)).toBe(true);
      for (const scene of Object.values(scenes)) {
        expect(scene.countRows()).toEqual({ sessions: scene.sids.size, events: scene.events });
        expect((await scene.client.ask("/readyz")).status).toBe(200);
        expect((await scene.client.ask(reportPath({ metrics: "mediaStarts,expectedFrames" }))).status).toBe(200);
        expect(scene.server.stdout()).not.toMatch(/"level":"(error|warn)"/);
      }
    },
    TEST_MS_MAX,
  );
});
