/** The bounds of a session: it ends with the very same event whether or not the server was started again before. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { AppError } from "../../../src/base/errors.ts";
import { MINUTE_MS } from "../../../src/base/units.ts";
import { Ingest } from "../../../src/ingest/single/ingest.ts";
import { Writer } from "../../../src/ingest/single/writer.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { arrivedAt } from "../../store/writes.ts";
import { ManualClock } from "../../support/clock.ts";
import { SEED } from "../../support/effort.ts";
import { REQUIRED_PARAMS } from "../../support/requests.ts";
import { silentLog } from "../../support/silent-log.ts";
import { tempDir } from "../../support/temp-dir.ts";

const RUNS = 30;
const SIZE_LIMITS = { eventsMax: 12, bytesMax: 2000 };
const GRACE_MS = 60 * MINUTE_MS;
/** Beyond this the intake has forgotten a closed session, and asks the store. */
const FORGOTTEN_MS = 3 * MINUTE_MS;

/** Seconds: every event but the end is earlier than it, and so may be late. */
const SOONER = 1;
const END = 2;
const NO_ROOM = "session-closed: Cannot take the event";

type Step =
  | { readonly do: "add"; readonly texts: readonly string[] }
  | { readonly do: "end" }
  | { readonly do: "pass" }
  | { readonly do: "restart"; readonly by: "stop" | "kill" };

const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: "grapheme", maxLength: 60 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ do: fc.constant("add" as const), texts: fc.array(text, { minLength: 1, maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pass" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("restart" as const), by: fc.constantFrom("stop", "kill") }) },
);

/** A server's intake on a file, which may be stopped, or let go of as by a kill. */
class Life {
  readonly clock = new ManualClock();
  readonly #directory = tempDir();
  readonly #options = { path: join(this.#directory.path, "playhead.db"), synchronous: "NORMAL" as const };
  store = openSqliteStore(this.#options);
  intake!: Ingest;

  async start(): Promise<void> {
    const { store, clock } = this;
    const elapsedMs = () => clock.elapsedMs();
    const writer = new Writer({ store, elapsedMs, queueEventsMax: 100, queueWaitMsMax: 1000, onFailure: () => {} });
    const timeouts = { idleMs: 60 * MINUTE_MS, stallMs: 60 * MINUTE_MS };
    const bounds = { timeouts, sizeLimits: SIZE_LIMITS, lateGraceMs: GRACE_MS };
    this.intake = await Ingest.restore({ ...bounds, store, writer, clock, log: silentLog });
  }

  async restart(by: "stop" | "kill"): Promise<void> {
    if (by === "stop") await this.intake[Symbol.asyncDispose]();
    await this.store.close();
    this.store = openSqliteStore(this.#options);
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    this.#directory[Symbol.dispose]();
  }
}

/** How each event was answered, and how the session stands in the end. */
async function answersTo(steps: readonly Step[], { restarts }: { restarts: boolean }) {
  await using life = new Life();
  await life.start();
  const sid = await life.intake.open(arrivedAt(0, "sessionStart", { params: REQUIRED_PARAMS }));
  const add = async (...event: Parameters<typeof arrivedAt>) =>
    life.intake
      .add(sid, () => arrivedAt(...event))
      .then(
        () => "stored",
        (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : Promise.reject(error)),
      );
  const answers: string[][] = [];
  for (const each of steps) {
    if (each.do === "restart") {
      if (restarts) await life.restart(each.by);
    }
    if (each.do === "pass") {
      life.clock.pass(FORGOTTEN_MS);
      await life.intake.closeDue();
    }
    if (each.do === "end") answers.push([await add(END, "sessionEnd")]);
    if (each.do === "add") {
      const metadata = each.texts.map((text) => ({ customMetadata: { text } }));
      answers.push(await Promise.all(metadata.map((members) => add(SOONER, "ping", members))));
    }
  }
  const { close, size } = (await life.store.findSession(sid)) ?? {};
  return { answers, close, size };
}

describe("a session", () => {
  test("takes as many events, and ends with the same one, with restarts and without", async () => {
    process.stdout.write(`seed ${SEED}\n`);
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: "max" }), async (steps) => {
        const without = await answersTo(steps, { restarts: false });
        expect(await answersTo(steps, { restarts: true })).toEqual(without);
        const { close, size = { events: 0, bytes: 0 } } = without;
        expect([size.events <= SIZE_LIMITS.eventsMax, size.bytes <= SIZE_LIMITS.bytesMax]).toEqual([true, true]);
        const refused = without.answers.flat().some((answer) => answer.startsWith(NO_ROOM));
        const end = close ? `${close.reason}${refused ? ", then full" : ""}` : "open";
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    process.stdout.write(`${JSON.stringify(Object.fromEntries(ends))}\n`);
    // Otherwise the bounds, and those of late events, would never have been put to the test.
    expect(ends.get("limit, then full")).toBeGreaterThan(0);
    expect(ends.get("session-end, then full")).toBeGreaterThan(0);
  });
});
