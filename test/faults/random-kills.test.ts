/** Kill -9 at random moments under load: what was acknowledged is there after each, and the server goes on. */

import { describe, expect, test } from "bun:test";
import { SEED, sized } from "../support/effort.ts";
import { Ledger, SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { Random } from "../support/random.ts";
import { eventAt } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";

const KILLS = sized({ full: 20, fast: 3 });
const CLIENTS = 200;
const ANSWERS = { min: 100, max: sized({ full: 4000, fast: 2000 }) };
const KILLED = 137;
const LOOKED_AT = 20;
const TEST_MS_MAX = 300_000;

/** Sends one more event to each of the latest sessions that are open. @returns the statuses */
function goOnWith(url: string, { sessions }: Ledger, second: number): Promise<number[]> {
  const open = sessions.filter(({ ended }) => !ended).slice(-LOOKED_AT);
  const body = JSON.stringify(eventAt(second, "ping"));
  return Promise.all(
    open.map(async ({ sid, acknowledged }) => {
      const { status } = await fetch(`${url}/api/v1/sessions/${sid}/events`, { method: "POST", body });
      if (status === 204) acknowledged.push(second);
      return status;
    }),
  );
}

describe(`kill -9 (seed ${SEED})`, () => {
  test(
    `of a server with ${CLIENTS} players loses nothing that was acknowledged, kill after kill (${KILLS})`,
    async () => {
      const random = new Random(SEED);
      const ledger = new Ledger();
      // One directory for all: each restart must also leave whole what the deaths before it had left.
      using directory = tempDir();
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await using server = await startProcess(directory.path);
        const load = new Load(server, { clients: CLIENTS, ledger });
        await load.answered(random.between(ANSWERS.min, ANSWERS.max));
        server.signal("SIGKILL");
        expect(await server.exited).toBe(KILLED);
        await load.ended;
        expect(load.unexpected).toEqual([]);
        await using restarted = await startProcess(directory.path);
        const statuses = await goOnWith(restarted.url, ledger, 1000 + kill);
        expect(new Set(statuses)).toEqual(new Set([204]));
        expect(ledger.lookUp(directory.path)).toMatchObject(SOUND);
        restarted.signal("SIGTERM");
        expect(await restarted.exited).toBe(0);
      }
      process.stdout.write(`${KILLS} kills, ${JSON.stringify(ledger.lookUp(directory.path))}\n`);
    },
    TEST_MS_MAX,
  );

  test("what is not in the database counts as lost", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const load = new Load(server, { clients: 1 });
    await load.acknowledged(10);
    await load.stop();
    const { ledger } = load;
    expect(ledger.lookUp(directory.path)).toMatchObject({ ...SOUND, acknowledged: ledger.acknowledged });
    ledger.sessions[0]?.acknowledged.push(999);
    ledger.sessions.push({ sid: "none", acknowledged: [], refused: [], ended: false });
    ledger.sessions[0]?.refused.push(1);
    expect(ledger.lookUp(directory.path)).toMatchObject({ lost: 2, keptThoughRefused: 1 });
    ledger.refusedStarts.push("Session 1 of the ledger");
    expect(ledger.lookUp(directory.path)).toMatchObject({ lost: 2, keptThoughRefused: 2 });
  });
});
