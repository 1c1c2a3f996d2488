/**
 * The recipe of docs/exports.md against a week of days: after each of them a warehouse that follows changes holds what
 * a full export holds.
 */

import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/base/units.ts";
import { EXPORT_KINDS } from "../../src/exports/query.ts";
import {
  ADMIN_HEADERS,
  eventAt,
  sessionStart,
  startTestServer,
  type TestServer,
  TS,
  tempDir,
} from "../support/server.ts";

import { runCommand } from "../support/terminal.ts";

const DOCS = readFileSync(join(import.meta.dir, "../../docs/exports.md"), "utf8");
const LOAD_SQL = /```sql\n([^`]+)```/.exec(DOCS)?.[1] ?? "";
/** Kinds that the recipe leaves to its reader: each is loaded like ads. */
const LIKE_ADS = ["adBreaks", "chapters", "states", "errors"];
const TABLES = EXPORT_KINDS.filter((kind) => kind !== "erased");

const PLAYED = [
  eventAt(1, "adBreakStart", {
    params: { "media.ad.podFriendlyName": "pod", "media.ad.podIndex": 1, "media.ad.podSecond": 0 },
  }),
  eventAt(2, "adStart", {
    params: { "media.ad.podPosition": 1, "media.ad.id": "ad", "media.ad.length": 2, "media.ad.playerName": "p" },
  }),
  eventAt(4, "adComplete"),
  eventAt(4, "adBreakComplete"),
  eventAt(5, "play"),
  eventAt(6, "chapterStart", {
    params: { "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 9 },
  }),
  eventAt(7, "stateStart", { params: { "media.state.name": "mute" } }),
  eventAt(9, "error", { qoeData: { "media.qoe.errorID": "e1", "media.qoe.errorSource": "player" } }),
];

/** What the recipe's statements are for one kind after the other. */
function loadSql(next: string): string {
  const statements = LOAD_SQL.split(";\n").flatMap((statement) => {
    const isOfAds = /\bads\b/.test(statement);
    return isOfAds ? ["ads", ...LIKE_ADS].map((kind) => statement.replace(/\bads\b/g, kind)) : [statement];
  });
  return statements.join(";\n").replaceAll("next/", `${next}/`);
}

class Warehouse implements AsyncDisposable {
  readonly #directory = tempDir();
  readonly #server: TestServer;
  #instance: DuckDBInstance | undefined;
  cursor = "";

  constructor(server: TestServer) {
    this.#server = server;
  }

  /** Loads what changed, as the recipe does. @returns the directory of the files */
  async load(): Promise<string> {
    const next = await this.export("--changed-since", this.cursor);
    await this.rows(loadSql(next));
    this.cursor = readFileSync(join(next, "cursor"), "utf8").trim();
    return next;
  }

  /** Exports every kind into a directory of its own. */
  async export(...args: string[]): Promise<string> {
    const directory = mkdtempSync(join(this.#directory.path, "export-"));
    const all = ["export", "all", ...args, "--format", "parquet", "--out", directory];
    const { code, err } = await runCommand([...all, "--data-dir", this.#server.dataDir]);
    expect([code, err]).toEqual([0, ""]);
    return directory;
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test names the columns that it looks at
  async rows(sql: string): Promise<any[]> {
    this.#instance ??= await DuckDBInstance.create(":memory:");
    const connection = await this.#instance.connect();
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    } finally {
      connection.closeSync();
    }
  }

  async session(sid: string) {
    return (await this.rows(`SELECT * FROM sessions WHERE sid = '${sid}'`)).at(0);
  }

  /** Expects of each table what a full export has now: of closed sessions all, of open ones at most some. */
  async expectWhole(): Promise<void> {
    const full = await this.export();
    const closed = `SELECT sid FROM '${full}/sessions.parquet' WHERE status = 'closed'`;
    for (const kind of TABLES) {
      // As texts, since DuckDB takes long to compare some hundred columns of a few rows.
      const [whole, held] = [`'${full}/${kind}.parquet'`, kind].map(
        (from) => `FROM (SELECT sid, t::VARCHAR FROM ${from} t WHERE sid IN (${closed}))`,
      );
      const differing = `((${whole}) EXCEPT ALL (${held})) UNION ALL ((${held}) EXCEPT ALL (${whole}))`;
      expect([kind, await this.rows(differing)]).toEqual([kind, []]);
      const unknown = `SELECT sid FROM ${kind} EXCEPT SELECT sid FROM '${full}/sessions.parquet'`;
      expect([kind, await this.rows(unknown)]).toEqual([kind, []]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#instance?.closeSync();
    this.#directory[Symbol.dispose]();
  }
}

/** Expects that an event is taken. */
async function expectStored(status: Promise<number>): Promise<void> {
  expect(await status).toBe(204);
}

async function play(server: TestServer, params: object = {}, events = PLAYED): Promise<string> {
  const sid = await server.open(sessionStart(params));
  for (const event of events) await expectStored(server.add(sid, event));
  return sid;
}

async function playToEnd(server: TestServer, params: object = {}): Promise<string> {
  const sid = await play(server, params);
  await expectStored(server.add(sid, eventAt(30, "sessionEnd")));
  return sid;
}

/** Content that was played offline weeks ago. */
async function download(server: TestServer, daysAgo: number): Promise<void> {
  const ts = server.clock.nowMs() - daysAgo * DAY_MS;
  const start = sessionStart({ "media.downloaded": true }, { playerTime: { playhead: 0, ts } });
  const moved = PLAYED.map((event) => {
    const { playhead, ts: at } = event["playerTime"] as { playhead: number; ts: number };
    return { ...event, playerTime: { playhead, ts: at - TS + ts } };
  });
  const answer = await server.post("/api/v1/downloaded", [start, ...moved]);
  expect(answer.status).toBe(201);
}

async function eraseVisitor(server: TestServer, visitorId: string): Promise<number> {
  const answer = await server.post("/admin/api/erasures", { visitorId }, ADMIN_HEADERS);
  const { erasedSessions } = (await answer.json()) as { erasedSessions: number };
  return erasedSessions;
}

/** Some 120 exports to Parquet. */
const TEST_MS_MAX = 240_000;
const EVE = { "analytics.visitorId": "eve" };

test(
  "a warehouse that follows changes holds what a full export holds, on each day of a week",
  async () => {
    await using server = await startTestServer({ config: { lateGraceMs: 7 * DAY_MS } });
    await using warehouse = new Warehouse(server);
    let overnight: string | undefined;
    /** An ordinary day: sessions that end, one that goes on over the night, and one from offline. */
    const day = async (special: () => Promise<unknown> = async () => {}) => {
      server.clock.pass(5 * MINUTE_MS);
      if (overnight) await expectStored(server.add(overnight, eventAt(600, "sessionEnd")));
      const sids = [await playToEnd(server), await playToEnd(server), await play(server)];
      await download(server, 20);
      server.clock.pass(20 * HOUR_MS);
      await server.app.work();
      overnight = await play(server);
      await special();
      await server.app.work();
      const files = await warehouse.load();
      await warehouse.expectWhole();
      return { sids, files };
    };
    const revisions: [number, number][] = [];
    const note = async (sid: string) => {
      const { revision, changedAt } = await warehouse.session(sid);
      revisions.push([Number(revision), changedAt.getTime() - server.clock.nowMs()]);
    };

    let amended = "";
    let eves: string[] = [];
    await day();
    await day(async () => {
      amended = await playToEnd(server);
      eves = [await playToEnd(server, EVE)];
    });
    await note(amended);

    // An amendment of a session that the warehouse has already.
    await day(() => expectStored(server.add(amended, eventAt(20, "pauseStart"))));
    await note(amended);
    expect((await warehouse.session(amended)).totalPauseDuration).toBe(10);

    // All numbers say that they have another unit, and no event changes.
    const recomputed = await day(async () => {
      expect((await runCommand(["recompute", "--bitrate-unit", "bps", "--data-dir", server.dataDir])).code).toBe(0);
    });
    await note(amended);
    const [{ sessions }] = await warehouse.rows(
      `SELECT count(*) AS sessions FROM '${recomputed.files}/sessions.parquet'`,
    );
    const [{ told }] = await warehouse.rows(
      `SELECT count(DISTINCT sid) AS told FROM '${recomputed.files}/events.parquet'`,
    );
    expect([Number(sessions), Number(told)]).toEqual([21, 5]);

    // One that was loaded, one that comes and goes between two loads, and one that is open.
    expect(await warehouse.session(eves[0] as string)).toBeDefined();
    await day(async () => {
      eves.push(await playToEnd(server, EVE), await play(server, EVE));
      await server.app.work();
      expect(await eraseVisitor(server, "eve")).toBe(3);
    });
    for (const sid of eves) expect(await warehouse.session(sid)).toBeUndefined();

    await day(async () => {
      await server.restart(MINUTE_MS);
      await expectStored(server.add(amended, eventAt(25, "play")));
    });
    await note(amended);
    expect((await warehouse.session(amended)).totalPauseDuration).toBe(5);
    expect(revisions).toEqual([
      [1, 0],
      [2, 0],
      [3, expect.any(Number)],
      [4, 0],
    ]);

    // A job that loads, and breaks down before it moves its cursor.
    const { cursor } = warehouse;
    await day();
    warehouse.cursor = cursor;
    await warehouse.load();
    await warehouse.expectWhole();
    expect(warehouse.cursor).not.toBe(cursor);
  },
  TEST_MS_MAX,
);
