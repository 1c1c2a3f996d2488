/**
 * What is asked of reports is right by a second program, which reads the exported events alone: viewers by a dozen
 * dimensions, playing by the hour over two changes of the clocks, ratios, changes and histograms, on both stores.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  type AskedRange,
  groupsBy,
  playingByHour,
  sessionsOf,
  sumOf,
  type ToldSession,
  viewersIn,
} from "../reports/oracle/second.ts";
import { sized } from "../support/effort.ts";
import { hasPostgres, startPostgres } from "../support/postgres.ts";
import { type ProcessOptions, runProcess, type ServerProcess, startProcess } from "../support/process.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const SESSIONS = sized({ full: 20_000, fast: 250 });
/** Clocks change in Europe on the 25th of October, in New York on the 1st of November. */
const UNTIL = "2026-11-05T00:00:00Z";
const RANGE = { fromMs: Date.parse("2026-10-20T00:00:00Z"), toMs: Date.parse(UNTIL) };
const BEFORE = { fromMs: Date.parse("2026-10-04T00:00:00Z"), toMs: RANGE.fromMs };
const SETUP_MS_MAX = sized({ full: 900_000, fast: 60_000 });
const DIMENSIONS = [
  ...["media.name", "media.channel", "media.playerName", "media.show", "media.season", "media.genre"],
  ...["viewer.device", "viewer.browser", "viewer.os", "viewer.country", "customMetadata.connection", "closeReason"],
];
const BOUNDS = [
  ...[0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200],
  ...[1800, 3600, 7200, 14_400, 28_800, 86_400],
];

const directory = tempDir();
const dataDir = join(directory.path, "data");
const exported = join(directory.path, "events.ndjson");
let sessions: ToldSession[];

async function playhead(args: readonly string[], options: ProcessOptions = {}): Promise<void> {
  await using ran = runProcess(args, options);
  const code = await ran.exited;
  if (code !== 0) throw new Error(`playhead ${args.join(" ")} ended with ${code}: ${ran.stderr()}`);
}

beforeAll(async () => {
  const fill = ["--sessions", String(SESSIONS), "--days", "32", "--seed", "24", "--until", UNTIL];
  await playhead(["simulate", "--data-dir", dataDir, ...fill]);
  await playhead(["export", "events", "--data-dir", dataDir, "--out", exported]);
  sessions = await sessionsOf(exported);
}, SETUP_MS_MAX);

afterAll(() => directory[Symbol.dispose]());

type Row = Readonly<Record<string, string | number | null>>;

/** The answer by the value of its first column, as JSON. */
type Ask = (question: Readonly<Record<string, unknown>>) => Promise<Map<string, Row>>;

interface Answer {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly Row[];
  readonly pending: number;
}

async function post({ url }: ServerProcess, question: object): Promise<{ status: number; answer: Answer }> {
  const body = { from: RANGE.fromMs, to: RANGE.toMs, limit: 10_000, ...question };
  const headers = { Authorization: `Bearer ${ADMIN_TOKEN}`, "Content-Type": "application/json" };
  const response = await fetch(`${url}/admin/api/reports`, { method: "POST", body: JSON.stringify(body), headers });
  return { status: response.status, answer: (await response.json()) as Answer };
}

/** Whether a server has every session in its reports. */
async function isLevel(server: ServerProcess): Promise<boolean> {
  const { status, answer } = await post(server, { metrics: "mediaStarts" });
  return status === 200 && answer.pending === 0;
}

function askerOf(server: ServerProcess): Ask {
  return async (question) => {
    const { status, answer } = await post(server, question);
    if (status !== 200) throw new Error(JSON.stringify(answer));
    const [first] = answer.columns;
    return new Map(answer.rows.map((row) => [JSON.stringify(row[first?.name ?? ""] ?? null), row]));
  };
}

function expectRows(found: ReadonlyMap<string, Row>, name: string, expected: ReadonlyMap<string, number | null>): void {
  expect([...found.keys()].toSorted()).toEqual([...expected.keys()].toSorted());
  const unlike = [...expected].filter(([key, value]) => !isSame(found.get(key)?.[name], value));
  expect(unlike.map(([key, value]) => [key, value, found.get(key)?.[name]])).toEqual([]);
}

function isSame(told: unknown, value: number | null): boolean {
  if (value === null || typeof told !== "number") return told === value;
  return Math.abs(told - value) <= 1e-9 * Math.max(1, Math.abs(value));
}

function mapped<T, U>(map: ReadonlyMap<string, T>, of: (value: T, key: string) => U): Map<string, U> {
  return new Map([...map].map(([key, value]) => [key, of(value, key)]));
}

const by = (name: string, range: AskedRange = RANGE) => groupsBy(sessions, range, ({ values }) => values[name]);
const shareOf = (part: number, whole: number) => (whole > 0 ? part / whole : null);

/** @param openServer a server on a store with the sessions */
function agrees(openServer: () => Promise<AsyncDisposable & { readonly server: ServerProcess }>): void {
  let opened: Awaited<ReturnType<typeof openServer>>;
  let ask: Ask;

  beforeAll(async () => {
    opened = await openServer();
    await waitFor(() => isLevel(opened.server), SETUP_MS_MAX);
    ask = askerOf(opened.server);
  }, SETUP_MS_MAX);
  afterAll(() => opened[Symbol.asyncDispose]());

  test(`has the viewers of ${DIMENSIONS.length} dimensions`, async () => {
    for (const name of DIMENSIONS) {
      expectRows(
        await ask({ metrics: "uniqueViewers", dimension: name }),
        "uniqueViewers",
        mapped(by(name), viewersIn),
      );
    }
  });

  test.each(["Europe/Berlin", "America/New_York"])("has the time of playing in each hour of %s", async (timezone) => {
    const metrics = "playingTime,adPlayingTime,averageAudience";
    const found = await ask({ metrics, granularity: "hour", timezone });
    const hours = playingByHour(sessions, RANGE, timezone);
    const expected = new Map([...hours].map(([time, hour]) => [JSON.stringify(time), hour]));
    expect(expected.size).toBe((RANGE.toMs - RANGE.fromMs) / 3_600_000);
    expectRows(
      found,
      "playingTime",
      mapped(expected, ({ ms }) => ms / 1000),
    );
    expectRows(
      found,
      "adPlayingTime",
      mapped(expected, ({ adMs }) => adMs / 1000),
    );
    expectRows(
      found,
      "averageAudience",
      mapped(expected, ({ ms }) => ms / 3_600_000),
    );
    expect([...expected.values()].some(({ adMs }) => adMs > 0)).toBe(true);
  });

  test("has ratios of any two", async () => {
    const metrics = "adTimeSpent/contentTimeSpent,mediaStarts/uniqueViewers,errorEvents/mediaStarts";
    const found = await ask({ metrics, dimension: "media.channel" });
    const groups = by("media.channel");
    const ofSums = (of: string, per: string) => mapped(groups, (each) => shareOf(sumOf(each, of), sumOf(each, per)));
    expectRows(found, "adTimeSpent/contentTimeSpent", ofSums("adTimeSpent", "contentTimeSpent"));
    expectRows(found, "errorEvents/mediaStarts", ofSums("errorEvents", "mediaStarts"));
    const perViewer = mapped(groups, (each) => shareOf(each.length, viewersIn(each)));
    expectRows(found, "mediaStarts/uniqueViewers", perViewer);
  });

  test("has what changed since the period before, with rows that only that has", async () => {
    const metrics = "mediaStarts:change,contentTimeSpent:change";
    const found = await ask({ metrics, dimension: "media.name", compare: "previous" });
    const now = by("media.name");
    const before = by("media.name", BEFORE);
    const keys = new Map([...now.keys(), ...before.keys()].map((key) => [key, key]));
    expect(keys.size).toBeGreaterThan(now.size);
    for (const id of ["mediaStarts", "contentTimeSpent"]) {
      const changes = mapped(keys, (key) => {
        const [is, was] = [now, before].map((groups) => sumOf(groups.get(key) ?? [], id)) as [number, number];
        return was > 0 ? (is - was) / was : null;
      });
      expectRows(found, `${id}:change`, changes);
    }
  });

  test.each(["contentTimeSpent", "timeToStart", "totalPauseDuration"])("has a histogram of %s", async (id) => {
    const found = await ask({ metrics: "mediaStarts", dimension: `${id}:bucket` });
    const groups = groupsBy(sessions, RANGE, ({ metrics }) => {
      const value = metrics[id] ?? null;
      return value === null ? null : BOUNDS.findLast((bound) => bound <= value);
    });
    expectRows(
      found,
      "mediaStarts",
      mapped(groups, (each) => each.length),
    );
  });
}

describe(`${SESSIONS} sessions on SQLite`, () => {
  agrees(async () => {
    const server = await startProcess(dataDir, { settings: { ADMIN_TOKEN } });
    return { server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  });
});

describe.skipIf(!hasPostgres())(`${SESSIONS} sessions on PostgreSQL`, () => {
  agrees(async () => {
    const postgres = await startPostgres();
    const settings = { STORE: await postgres.createDatabase(), ADMIN_TOKEN };
    const own = join(directory.path, "postgres");
    await playhead(["import", "--data-dir", own, exported], { settings });
    const server = await startProcess(own, { settings });
    return {
      server,
      [Symbol.asyncDispose]: async () => {
        await server[Symbol.asyncDispose]();
        await postgres[Symbol.asyncDispose]();
      },
    };
  });
});
