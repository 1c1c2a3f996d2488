/** Starts that are asked for again while the first is on its way to the disk. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { AppError } from "../../../src/base/errors.ts";
import { MINUTE_MS } from "../../../src/base/units.ts";
import { Ingest } from "../../../src/ingest/single/ingest.ts";
import { Writer } from "../../../src/ingest/single/writer.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { arrivedAt } from "../../store/writes.ts";
import { ManualClock } from "../../support/clock.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { silentLog } from "../../support/silent-log.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { waitFor } from "../../support/wait-for.ts";

const AGAIN_MS = 500;
const BY_BODY = { known: { rule: "body", key: "a" } } as const;
const BY_KEY = { known: { rule: "key", key: "b", request: "c" } } as const;
const START = arrivedAt(0, "sessionStart", { params: REQUIRED_PARAMS });

/** An intake on a file that takes as long as a test wants, and may refuse what comes first. */
async function openIntake() {
  const directory = tempDir();
  const clock = new ManualClock();
  const elapsedMs = () => clock.elapsedMs();
  const store = openSqliteStore({ path: join(directory.path, "playhead.db"), synchronous: "NORMAL" });
  const append = store.append.bind(store);
  const gate = Promise.withResolvers<void>();
  const appends = { begun: 0, refused: 0 };
  store.append = async (writes) => {
    appends.begun += 1;
    const isRefused = appends.begun <= appends.refused;
    await gate.promise;
    if (isRefused) throw new AppError("store-full", "The disk is full");
    await append(writes);
  };
  const writer = new Writer({ store, elapsedMs, queueEventsMax: 100, queueWaitMsMax: MINUTE_MS, onFailure: () => {} });
  const timeouts = { idleMs: 60 * MINUTE_MS, stallMs: 60 * MINUTE_MS };
  const bounds = { timeouts, sizeLimits: { eventsMax: 100, bytesMax: 100_000 }, lateGraceMs: 0 };
  const intake = await Ingest.restore({ ...bounds, store, writer, clock, log: silentLog });
  const close = async () => {
    await store.close();
    directory[Symbol.dispose]();
  };
  return { intake, clock, appends, openGate: gate.resolve, [Symbol.asyncDispose]: close };
}

type Asks = Awaited<ReturnType<typeof openIntake>>;

/** Asks four times, each time so much later, while the first is being stored; then lets it be stored or refused. */
async function askAll(
  { intake, clock, appends, openGate }: Asks,
  asked: typeof BY_BODY | typeof BY_KEY,
  waitMs: number,
) {
  const answers = [intake.open(START, asked)];
  await waitFor(() => appends.begun === 1);
  for (let times = 0; times < 3; times += 1) {
    clock.pass(waitMs);
    answers.push(intake.open(START, asked));
  }
  openGate();
  const settled = await Promise.allSettled(answers);
  return settled.map((each) => (each.status === "fulfilled" ? each.value : each.reason.code));
}

describe("a start that is asked for again before the first is stored", () => {
  test.each([
    ["by its body, as an SDK does", BY_BODY, AGAIN_MS, 1],
    ["by its body at once, as a load generator does", BY_BODY, 0, 4],
    ["under its key", BY_KEY, 0, 1],
  ])("%s", async (_, asked, waitMs, sessions) => {
    await using it = await openIntake();
    expect(new Set(await askAll(it, asked, waitMs)).size).toBe(sessions);
    expect(it.intake.countOpen()).toBe(sessions);
  });

  test.each([
    ["by its body", BY_BODY, AGAIN_MS],
    ["under its key", BY_KEY, 0],
  ])("is one session when the first could not be stored: %s", async (_, asked, waitMs) => {
    await using it = await openIntake();
    it.appends.refused = 1;
    const [first, ...others] = await askAll(it, asked, waitMs);
    expect(first).toBe("store-full");
    expect(new Set(others).size).toBe(1);
    expect(it.intake.countOpen()).toBe(1);
    expect(it.intake.stats().repeatedStarts.get(asked.known.rule)).toBe(2);
  });

  test.each([
    ["by its body", BY_BODY],
    ["under its key", BY_KEY],
  ])("opens once there is room: %s", async (_, asked) => {
    await using it = await openIntake();
    it.openGate();
    const full = () => {
      throw new AppError("overloaded", "as many as may be");
    };
    await expect(it.intake.open(START, { ...asked, admit: full })).rejects.toThrow("as many as may be");
    it.clock.pass(AGAIN_MS);
    expect(await it.intake.open(START, asked)).toMatch(/^[0-9a-f]{64}$/);
  });
});
