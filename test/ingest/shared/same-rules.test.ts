/** Random sessions through both intakes: the same answers, closes and numbers, whichever store they have. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { AppError } from "../../../src/base/errors.ts";
import { hasMark } from "../../../src/base/ids.ts";
import type { Intake } from "../../../src/ingest/intake.ts";
import { settlePending } from "../../../src/ingest/settle.ts";
import { SharedIntake } from "../../../src/ingest/shared/intake.ts";
import { Load } from "../../../src/ingest/shared/lane.ts";
import { Ingest } from "../../../src/ingest/single/ingest.ts";
import { Writer } from "../../../src/ingest/single/writer.ts";
import type { EventType, PlayerEvent } from "../../../src/protocol/event.ts";
import { keysOfBodies, type OpeningRule } from "../../../src/store/opening.ts";
import { openPostgresStore } from "../../../src/store/postgres/open.ts";
import type { PostgresStore } from "../../../src/store/postgres/store.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import { ManualClock } from "../../support/clock.ts";
import { hasPostgres, type Postgres, startPostgres } from "../../support/postgres.ts";
import { REQUIRED_PARAMS, TS } from "../../support/requests.ts";
import { silentLog } from "../../support/silent-log.ts";
import { tempDir } from "../../support/temp-dir.ts";

const RULES = {
  timeouts: { idleMs: 60_000, stallMs: 150_000 },
  sizeLimits: { eventsMax: 7, bytesMax: 2000 },
  lateGraceMs: 20_000,
};
const QUEUE = { queueEventsMax: 10_000, queueWaitMsMax: 5000 };
const SLOTS = 2;
const MARK = "0123456789abcdef";

/** What happens: each act is of one of a few players, who may have no session yet. */
type Act =
  | { readonly kind: "open"; readonly slot: number; readonly isLive: boolean; readonly rule: OpeningRule | undefined }
  | { readonly kind: "download"; readonly slot: number; readonly length: number }
  | {
      readonly kind: "add";
      readonly slot: number;
      readonly type: EventType;
      readonly ts: number;
      readonly moved: boolean;
      readonly text: number;
    }
  | { readonly kind: "refused"; readonly slot: number }
  | { readonly kind: "erase"; readonly slot: number }
  | { readonly kind: "work" }
  | { readonly kind: "pass"; readonly ms: number };

const slot = fc.integer({ min: 0, max: SLOTS - 1 });
const ACT: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("open" as const),
      slot,
      isLive: fc.boolean(),
      rule: fc.constantFrom<(OpeningRule | undefined)[]>(undefined, undefined, "key", "body", "edge"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("download" as const), slot, length: fc.integer({ min: 1, max: 14 }) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      slot,
      type: fc.constantFrom<EventType[]>("ping", "ping", "ping", "play", "pauseStart", "bufferStart", "sessionEnd"),
      ts: fc.integer({ min: -30_000, max: 30_000 }),
      moved: fc.boolean(),
      text: fc.constantFrom(0, 0, 10, 700),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refused" as const), slot }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("erase" as const), slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("work" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      ms: fc.constantFrom(1, 1, 250, 400, 5000, 5000, 15_000, 21_000, 40_000, 59_999, 60_000, 90_000),
    }),
  },
);

/** One side: a store, and the intakes that a request may come to. */
interface Side {
  readonly store: Store;
  readonly intakes: readonly Intake[];
  readonly sids: (string | undefined)[];
  /** All sessions, in the order of their opening. */
  readonly opened: string[];
}

/** Does an act and tells what is answered. */
async function answer(side: Side, act: Act, clock: ManualClock, at: number): Promise<string> {
  const intake = side.intakes[at % side.intakes.length] as Intake;
  try {
    return await perform(side, intake, act, clock);
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.message}`;
    throw error;
  }
}

async function perform(side: Side, intake: Intake, act: Act, clock: ManualClock): Promise<string> {
  const sid = "slot" in act ? (side.sids[act.slot] ?? "0".repeat(64)) : "";
  switch (act.kind) {
    case "open": {
      const known = act.rule && { rule: act.rule, key: `${run} ${act.slot} ${act.rule}`, request: String(act.isLive) };
      const opening = await intake.open(startAt(clock, act.isLive), { known, mark: MARK });
      expect(hasMark(opening, MARK)).toBe(true);
      return opened(side, act.slot, opening);
    }
    case "download": {
      const start = { ...startAt(clock, false), tsMs: clock.nowMs() - 100_000 };
      const pings = Array.from({ length: act.length - 1 }, (_, i) => event("ping", start.tsMs + i * 1000, i * 1000));
      return opened(side, act.slot, await intake.openDownloaded([start, ...pings]));
    }
    case "add":
      await intake.add(sid, () => ({
        ...event(act.type, clock.nowMs() + act.ts, act.moved ? clock.elapsedMs() : 0),
        ...(act.text > 0 && { customMetadata: { text: "x".repeat(act.text) } }),
      }));
      return "taken";
    case "refused":
      await intake.add(sid, () => {
        throw new AppError("invalid-body", "refused");
      });
      return "never";
    case "erase": {
      const number = await side.store.findNumber(sid);
      return String(number === undefined ? 0 : await intake.eraseNow([number], "session"));
    }
    case "work":
      await intake.closeDue();
      return "";
    default:
      return "";
  }
}

/** Names a session by its place among all, since sids are random. */
function opened(side: Side, at: number, sid: string): string {
  side.sids[at] = sid;
  if (!side.opened.includes(sid)) side.opened.push(sid);
  return `session ${side.opened.indexOf(sid)}`;
}

function event(type: EventType, tsMs: number, playheadMs: number): PlayerEvent {
  return { type, tsMs, playheadMs, flags: [] };
}

function startAt(clock: ManualClock, isLive: boolean): PlayerEvent {
  const live = { "media.contentType": "live", "media.length": 86_400 };
  const params = { ...REQUIRED_PARAMS, ...(isLive ? live : { "media.contentType": "vod" }) };
  return { ...event("sessionStart", clock.nowMs(), 0), params };
}

/** What is left of each session, once all have closed and have their numbers. */
async function outcomeOf({ store, opened: sids }: Side) {
  return Promise.all(
    sids.map(async (sid) => {
      const session = await store.findSession(sid);
      if (!session) return "erased";
      const { id, sid: _, seq, result, start, ...rest } = session;
      const { edition: __, changedAtMs: ___, ...numbers } = result ?? { edition: 0, changedAtMs: 0 };
      const events = await store.readEvents({ id, seq: seq ?? 0 });
      return { ...rest, start, events, numbers };
    }),
  );
}

let server: Postgres;
let nodes: PostgresStore[];
let clock = new ManualClock(TS);
let run = 0;

async function sharedIntake(store: PostgresStore): Promise<SharedIntake> {
  return new SharedIntake({
    store,
    clock,
    steadyMs: () => clock.nowMs(),
    keyOfBody: keysOfBodies(await store.hashKey()),
    rules: RULES,
    load: new Load({ ...QUEUE, elapsedMs: () => clock.elapsedMs() }),
    log: silentLog,
    openImport: () => {
      throw new AppError("overloaded", "Cannot import here: this test has no import; ask another");
    },
  });
}

async function singleIntake(path: string) {
  const store = openSqliteStore({ path, synchronous: "NORMAL" });
  const writer = new Writer({ store, ...QUEUE, elapsedMs: () => clock.elapsedMs(), onFailure: () => {} });
  return { store, intake: await Ingest.restore({ store, writer, clock, log: silentLog, ...RULES }) };
}

/** Waits until a session that is due must have closed, and gives all sessions their numbers. */
async function settle({ intakes, store }: Side): Promise<void> {
  for (const intake of intakes) await intake.closeDue();
  const steadyMs = () => clock.nowMs();
  const onFailure = (_: unknown, error: unknown) => {
    throw error;
  };
  await settlePending({ store, elapsedMs: () => clock.elapsedMs(), steadyMs, onFailure });
}

describe.if(hasPostgres())("both intakes", () => {
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase();
    const options = { url, version: "0.1.0", nowMs: () => clock.nowMs(), elapsedMs: () => performance.now() };
    nodes = [await openPostgresStore({ ...options, node: "a" }), await openPostgresStore({ ...options, node: "b" })];
  });
  afterAll(async () => {
    for (const node of nodes) await node.close();
    await server[Symbol.asyncDispose]();
  });

  test("answer, close and count the same, whatever comes and whichever node it comes to", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ACT, { minLength: 20, maxLength: 80 }), async (acts) => {
        run += 1;
        clock = new ManualClock(TS);
        using directory = tempDir();
        const { store, intake } = await singleIntake(join(directory.path, "playhead.db"));
        const single: Side = { store, intakes: [intake], sids: [], opened: [] };
        const shared: Side = {
          store: nodes[0] as Store,
          intakes: await Promise.all(nodes.map(sharedIntake)),
          sids: [],
          opened: [],
        };
        for (const [at, act] of acts.entries()) {
          if (act.kind === "pass") clock.pass(act.ms);
          const expected = await answer(single, act, clock, 0);
          expect([act, await answer(shared, act, clock, at * 7 + acts.length)]).toEqual([act, expected]);
        }
        clock.pass(1_000_000);
        for (const side of [single, shared]) await settle(side);
        expect(await outcomeOf(shared)).toEqual(await outcomeOf(single));
        await store.close();
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
