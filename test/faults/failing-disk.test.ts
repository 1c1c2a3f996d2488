/** A failing disk: strace fails the server's syncs and writes with EIO. It exits, and the next start is complete. */

import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { IS_FULL, SEED } from "../support/effort.ts";
import { Ledger, SOUND } from "../support/ledger.ts";
import { Load } from "../support/load.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { Random } from "../support/random.ts";
import { eventAt, sessionStart, sidOf } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { tamper } from "./support/strace.ts";
import { canMake } from "./support/tools.ts";

const CLIENTS = 50;
/** A commit is several writes: the failure comes in one of the first few. */
const CALLS_MAX = 60;
const ENDS_MS_MAX = 10_000;
const STORE_FAILED = "The store failed; the server takes no more events";

/** Waits until the server exits by itself. */
async function endOf(server: ServerProcess): Promise<number> {
  let code: number | undefined;
  void server.exited.then((its) => {
    code = its;
  });
  await waitFor(() => code !== undefined, ENDS_MS_MAX);
  expect(server.stdout()).toContain(STORE_FAILED);
  return code ?? 0;
}

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: "POST", body: JSON.stringify(body) });
}

const CAN_FAIL = canMake("a failing disk", { tools: ["strace"] });

describe.skipIf(!CAN_FAIL)(`a failing disk (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const anyCall = random.between(2, CALLS_MAX);
  const common = [
    ["every sync fails from now on", "fsync:error=EIO"],
    ["one write fails", `pwrite64:error=EIO:when=${anyCall}`],
  ] as const;
  const further = [
    ["one sync fails", `fsync:error=EIO:when=${Math.ceil(anyCall / 3)}`],
    ["every write fails from some moment on", `pwrite64:error=EIO:when=${anyCall}+`],
  ] as const;
  for (const [what, inject] of IS_FULL ? [...common, ...further] : common) {
    test(`under load: ${what}; the process exits with 1, the next start is complete`, async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path);
      const load = new Load(server, { clients: CLIENTS });
      await load.acknowledged(300);
      await using tampering = await tamper(server.pid, inject);
      expect(await endOf(server)).toBe(1);
      await load.ended;
      expect(tampering.calls()).toBeGreaterThan(0);
      expect([load.unexpected, load.hopeless]).toEqual([[], 0]);
      await using restarted = await startProcess(directory.path);
      const found = load.ledger.lookUp(directory.path);
      process.stdout.write(`${inject}: ${JSON.stringify(found)}\n`);
      expect(found).toMatchObject(SOUND);
      expect((await post(`${restarted.url}/api/v1/sessions`, sessionStart())).status).toBe(201);
    });
  }

  test("answers 503 to the request that meets it, of which no row exists after the next start", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const sid = sidOf(await post(`${server.url}/api/v1/sessions`, sessionStart()));
    await using tampering = await tamper(server.pid, "fsync:error=EIO");
    const refused = await post(`${server.url}/api/v1/sessions/${sid}/events`, eventAt(1, "ping"));
    expect([refused.status, refused.headers.has("Retry-After"), tampering.calls() > 0]).toEqual([503, true, true]);
    expect(await endOf(server)).toBe(1);
    await using _ = await startProcess(directory.path);
    const ledger = new Ledger();
    ledger.sessions.push({ sid, acknowledged: [], refused: [1], ended: false });
    expect(ledger.lookUp(directory.path)).toMatchObject({ ...SOUND, acknowledged: 1, refused: 1 });
  });

  test("without a player is noticed by a readiness probe, and ends the server with 1", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await using _ = await tamper(server.pid, "fsync:error=EIO");
    const statuses: number[] = [];
    await waitFor(async () => {
      statuses.push(
        await fetch(`${server.url}/readyz`).then(
          ({ status }) => status,
          () => 0,
        ),
      );
      return statuses.at(-1) !== 200;
    });
    expect(statuses.at(-1)).toBe(503);
    expect(await endOf(server)).toBe(1);
  });

  test("that fails as a session's numbers are stored ends it with 1, and the next start stores them", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const sid = sidOf(await post(`${server.url}/api/v1/sessions`, sessionStart()));
    // The first sync stores the session's end, the second its numbers.
    await using _ = await tamper(server.pid, "fsync:error=EIO:when=2+");
    const end = await post(`${server.url}/api/v1/sessions/${sid}/events`, eventAt(1, "sessionEnd"));
    expect(end.status).toBe(204);
    expect(await endOf(server)).toBe(1);
    await using _restarted = await startProcess(directory.path);
    using reader = new Database(join(directory.path, "playhead.db"), { readonly: true });
    const count = reader.query<{ results: number }, []>("SELECT count(*) AS results FROM results");
    await waitFor(() => count.get()?.results === 1);
  });

  test("that fails only at the last checkpoint of a stop ends it with 1, and loses no event", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const load = new Load(server, { clients: 5 });
    await load.acknowledged(50);
    await load.stop();
    await using _ = await tamper(server.pid, "fsync:error=EIO");
    server.signal("SIGTERM");
    expect(await endOf(server)).toBe(1);
    await using restarted = await startProcess(directory.path);
    expect(load.ledger.lookUp(directory.path)).toMatchObject({ ...SOUND, acknowledged: load.ledger.acknowledged });
    expect((await post(`${restarted.url}/api/v1/sessions`, sessionStart())).status).toBe(201);
  });
});
