/** SIGTERM under load, with very many half-sent requests. */

import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { sized } from "../support/effort.ts";
import { halfSend } from "../support/half-sent.ts";
import { SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { startProcess } from "../support/process.ts";
import { eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const STOPS = sized({ full: 5, fast: 1 });
const HALVES = 200;
/** A stop waits five seconds for requests that never end; test/e2e has one such stop. */
const ENDLESS = sized({ full: HALVES / 2, fast: 0 });
const PLAYERS = 50;
const STOP_MS_MAX = 8000;
const TEST_MS_MAX = 120_000;

describe("a stop", () => {
  test(
    `under load with ${HALVES} requests half sent, of which ${ENDLESS} never end, stores the others and loses nothing`,
    async () => {
      using directory = tempDir();
      for (let stop = 1; stop <= STOPS; stop += 1) {
        await using server = await startProcess(directory.path);
        const load = new Load(server, { clients: PLAYERS });
        const { ledger } = load;
        const body = JSON.stringify(sessionStart());
        const sid = sidOf(await fetch(`${server.url}/api/v1/sessions`, { method: "POST", body }));
        const seconds = Array.from({ length: HALVES }, (_, at) => at + 1);
        const halves = await Promise.all(
          seconds.map((second) => halfSend(server.port, `/api/v1/sessions/${sid}/events`, eventAt(second, "ping"))),
        );
        await load.acknowledged(500);
        const sinceMs = performance.now();
        server.signal("SIGTERM");
        await waitFor(() => server.stdout().includes("Stopping"));
        const isFinished = (at: number) => at >= ENDLESS;
        for (const [at, half] of halves.entries()) if (isFinished(at)) half.finish();
        const answers = await Promise.all(halves.map(({ answer }) => answer));
        expect(await server.exited).toBe(0);
        expect(performance.now() - sinceMs).toBeLessThan(STOP_MS_MAX);
        await load.ended;
        expect(answers.map((answer) => answer.startsWith("HTTP/1.1 204"))).toEqual(
          halves.map((_, at) => isFinished(at)),
        );
        // An unfinished request counts as refused: it must not be stored.
        const [acknowledged, refused] = [isFinished, (at: number) => !isFinished(at)].map((of) =>
          seconds.filter((_, at) => of(at)),
        );
        ledger.sessions.push({ sid, acknowledged: acknowledged ?? [], refused: refused ?? [], ended: false });
        const found = ledger.lookUp(directory.path);
        process.stdout.write(`stop ${stop}: ${JSON.stringify(found)}\n`);
        expect(found).toMatchObject(SOUND);
        expect(load.unexpected).toEqual([]);
        // Everything is in the one file, so a copy of it is complete.
        const log = statSync(join(directory.path, "playhead.db-wal"), { throwIfNoEntry: false });
        expect(log?.size ?? 0).toBe(0);
      }
    },
    TEST_MS_MAX,
  );
});
