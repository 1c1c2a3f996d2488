/** More than the disk can take, from a crowd that never rests: it is refused at once, and what was taken is stored. */

import { describe, expect, test } from "bun:test";
import { sized } from "../support/effort.ts";
import { SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { type Crowd, connectionsOf, memoryOf, startCrowd } from "./support/crowd.ts";
import { tamper } from "./support/strace.ts";
import { canMake } from "./support/tools.ts";

/** More than Bun reads from in one go: beyond that it hardly gives anything else its turn. */
const CLIENTS = sized({ full: 2500, fast: 1200 });
const PLAYERS = 20;
const QUEUE_EVENTS_MAX = 100;
const SYNC_MS = 200;
/** What players wait for an answer. */
const ANSWER_MS_MAX = 5000;
const MEMORY_MIB_MAX = 350;
const ROUNDS = sized({ full: 5, fast: 1 });
const PROGRESS_MS_MAX = 30_000;
const TEST_MS_MAX = 200_000;

/** Waits until so many more have been refused, and so many more been stored. */
function progressOf(crowd: Crowd, { refused, stored }: { refused: number; stored: number }): Promise<void> {
  const before = { ...crowd.now().statuses };
  const more = (status: string) => (crowd.now().statuses[status] ?? 0) - (before[status] ?? 0);
  return waitFor(() => more("503") >= refused && more("201") >= stored, PROGRESS_MS_MAX);
}

const CAN_SLOW = canMake("a slow disk", { tools: ["strace"] });

describe.skipIf(!CAN_SLOW)("overload", () => {
  test(
    "is refused at once, even when the disk is slow; others are stored meanwhile, memory is bounded, and it passes",
    async () => {
      using directory = tempDir();
      const settings = { QUEUE_EVENTS_MAX: String(QUEUE_EVENTS_MAX) };
      await using server = await startProcess(directory.path, { settings });
      const load = new Load(server, { clients: PLAYERS });
      {
        await using crowd = startCrowd(server.port, connectionsOf(CLIENTS), 0);
        await waitFor(() => crowd.now().answered >= CLIENTS / 2, PROGRESS_MS_MAX);
        for (let round = 1; round <= ROUNDS; round += 1) {
          await progressOf(crowd, { refused: 1000, stored: 10 * QUEUE_EVENTS_MAX });
          await using tampering = await tamper(server.pid, `fsync:delay_enter=${SYNC_MS * 1000}`);
          await waitFor(() => tampering.calls() > 1);
          await progressOf(crowd, { refused: 1000, stored: 2 * QUEUE_EVENTS_MAX });
        }
        const { gone, statuses } = crowd.now();
        const memory = memoryOf(server.pid);
        const slowestMs = Math.max(crowd.slowestMs(), load.slowestMs);
        process.stdout.write(`${JSON.stringify({ clients: CLIENTS, statuses, slowestMs, memory })}\n`);
        expect([gone, Object.keys(statuses).toSorted()]).toEqual([0, ["201", "503"]]);
        expect(slowestMs).toBeLessThan(ANSWER_MS_MAX);
        expect(memory.mibMax).toBeLessThan(MEMORY_MIB_MAX);
      }
      await waitFor(async () => (await fetch(`${server.url}/readyz`)).status === 200);
      const { refused } = load.ledger;
      await load.acknowledged(200);
      expect(load.ledger.refused).toBeLessThanOrEqual(refused + PLAYERS);
      await load.stop();
      expect([load.unexpected, load.hopeless]).toEqual([[], 0]);
      const found = load.ledger.lookUp(directory.path);
      process.stdout.write(`overload: ${JSON.stringify(found)}\n`);
      expect(found).toMatchObject(SOUND);
      expect(found.refused).toBeGreaterThan(0);
    },
    TEST_MS_MAX,
  );
});
