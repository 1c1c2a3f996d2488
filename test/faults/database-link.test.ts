/**
 * What can go wrong between a node and its PostgreSQL: answers and questions get lost, the host falls silent, a statement
 * comes at last, the address leads to a standby, the password changes. Each event is stored once, players hear 503 in
 * time, and the node recovers by itself.
 */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { IS_FULL, SEED, sized } from "../support/effort.ts";
import { Load } from "../support/load.ts";
import { GUARDED_ROLE, hasPostgres } from "../support/postgres.ts";
import { Random } from "../support/random.ts";
import { eventAt } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";
import { heldAgainst, type ProxiedNodes, SECRET, startProxiedNodes } from "./support/proxied-nodes.ts";

const CLIENTS = 20;
const LOSSY_MS = sized({ full: 40_000, fast: 1500 });
/** Four seconds, unless there is no time for it. */
const SETTINGS = sized({ full: {}, fast: { QUEUE_WAIT_MS_MAX: "1500" } });
/** What players wait for an answer, as a bound for this machine at its busiest. */
const ANSWER_MS_MAX = 15_000;
const RECOVERY_MS_MAX = 30_000;
const TEST_MS_MAX = 120_000;

let linked: ProxiedNodes;
let client: Client;

const countOf = async (sid: string, second: number) => {
  const [row] = await linked.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM events e JOIN sessions s ON s.id = e.session
     WHERE s.sid = decode('${sid}', 'hex') AND e.playhead = ${second * 1000}`,
  );
  return row?.count;
};

/** Sends an event to a session. @returns the answer, which comes in time */
async function answerOf(sid: string, second: number) {
  const response = await fetch(`${client.url}/api/v1/sessions/${sid}/events`, {
    method: "POST",
    body: JSON.stringify(eventAt(second, "ping")),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  });
  const { code } = (await response.json().catch(() => ({}))) as { code?: string };
  return { status: response.status, code, retryAfter: response.headers.get("Retry-After") };
}

/** As a player does. Only a machine that stands still for long makes it necessary. */
const repeatUntilTaken = (sid: string, second: number) =>
  waitFor(async () => (await answerOf(sid, second)).status === 204, RECOVERY_MS_MAX);

const REFUSED = { status: 503, code: "store-unreachable", retryAfter: "1" };

async function expectRecovery(sid: string, second: number): Promise<void> {
  await waitFor(async () => (await client.ask("/readyz")).status === 200, RECOVERY_MS_MAX);
  expect((await answerOf(sid, second)).status).toBe(204);
  expect(await countOf(sid, second)).toBe(1);
}

describe.if(hasPostgres())(`the way to the database (seed ${SEED})`, () => {
  beforeAll(async () => {
    linked = await startProxiedNodes({ count: sized({ full: 3, fast: 1 }), settings: SETTINGS });
    client = new Client(linked.nodes[0] ?? { url: "" });
  }, TEST_MS_MAX);
  afterAll(() => linked[Symbol.asyncDispose]());

  test(
    "loses questions and answers, and each event is stored once",
    async () => {
      const random = new Random(SEED);
      const { proxy, nodes, query } = linked;
      const lost = { cut: 0, "cut-answer": 0, "drop-answer": 0 };
      proxy.fateOf = () => {
        const fate = random.chance(0.01) ? "cut" : random.chance(0.02) ? "cut-answer" : "pass";
        // A lost answer on a connection that stays costs its lane the whole deadline.
        const rare = fate === "pass" && random.chance(0.001) ? "drop-answer" : fate;
        if (rare !== "pass") lost[rare] += 1;
        return rare;
      };
      const first = new Load(nodes[0] ?? client, { clients: CLIENTS });
      const loads = [
        first,
        ...nodes.slice(1).map((node) => new Load(node, { clients: CLIENTS, ledger: first.ledger })),
      ];
      await Bun.sleep(LOSSY_MS);
      await waitFor(() => lost["cut-answer"] > 0, RECOVERY_MS_MAX);
      await Promise.all(loads.map((load) => load.stop()));
      proxy.fateOf = () => "pass";
      const held = await heldAgainst(first.ledger, query);
      process.stdout.write(`lost on the way: ${JSON.stringify({ ...lost, ...held })}\n`);
      expect(held).toMatchObject({ lost: 0, twice: 0 });
      expect(loads.map(({ unexpected, hopeless }) => [unexpected, hopeless])).toEqual(loads.map(() => [[], 0]));
    },
    TEST_MS_MAX,
  );

  test(
    "brings a statement late: it is stored by then, or never will be",
    async () => {
      const { proxy } = linked;
      const sid = await client.open();
      let kept = 0;
      proxy.fateOf = (question) => {
        // Its second sending goes through, on another connection.
        if (!question.includes(sid) || kept > 0) return "pass";
        kept += 1;
        return "keep";
      };
      await repeatUntilTaken(sid, 1);
      expect([kept, await countOf(sid, 1)]).toEqual([1, 1]);
      proxy.fateOf = (question) => (question.includes(sid) ? "keep" : "pass");
      // Neither sending goes through: the player is told so, and repeats it.
      expect(await answerOf(sid, 2)).toMatchObject(REFUSED);
      proxy.fateOf = () => "pass";
      expect((await answerOf(sid, 2)).status).toBe(204);
      expect(proxy.left).toBeGreaterThan(0);
      proxy.release();
      await waitFor(() => proxy.left === 0);
      expect([await countOf(sid, 1), await countOf(sid, 2)]).toEqual([1, 1]);
      expect((await answerOf(sid, 3)).status).toBe(204);
    },
    TEST_MS_MAX,
  );

  test(
    "falls silent: players hear 503 in time, and all goes on once there is an answer",
    async () => {
      const { proxy } = linked;
      const sid = await client.open();
      proxy.isSilent = true;
      // More than one: what waits behind the first must not wait as long again.
      const answers = Promise.all([1, 2, 3].map((second) => answerOf(sid, second)));
      expect((await client.ask("/healthz")).status).toBe(200);
      expect((await client.ask("/readyz")).status).toBe(503);
      for (const answer of await answers) expect(answer).toMatchObject(REFUSED);
      // The host that answers now knows nothing of the former connections.
      proxy.isSilent = false;
      await expectRecovery(sid, 4);
      expect((await client.admin("/admin/api/nodes")).nodes).toHaveLength(linked.nodes.length);
      proxy.release();
      await waitFor(() => proxy.left === 0);
      expect(await Promise.all([1, 2, 3, 4].map((second) => countOf(sid, second)))).toEqual([0, 0, 0, 1]);
    },
    TEST_MS_MAX,
  );

  test.skipIf(!IS_FULL)(
    "leads to a database that takes no writes: the node looks again where its address leads",
    async () => {
      const { proxy, query, url } = linked;
      const sid = await client.open();
      const database = new URL(url).pathname.slice(1);
      // Connections keep what they began with.
      await query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
      proxy.cutAll();
      expect(await answerOf(sid, 1)).toMatchObject(REFUSED);
      await linked.primary.run(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
      await expectRecovery(sid, 2);
    },
    TEST_MS_MAX,
  );

  test.skipIf(!IS_FULL)(
    "needs another password: the node says so, and no log has either",
    async () => {
      const { proxy, primary, nodes } = linked;
      const sid = await client.open();
      await primary.run(`ALTER ROLE ${GUARDED_ROLE} PASSWORD 'another'`);
      proxy.cutAll();
      expect(await answerOf(sid, 1)).toMatchObject(REFUSED);
      await primary.run(`ALTER ROLE ${GUARDED_ROLE} PASSWORD '${SECRET}'`);
      await expectRecovery(sid, 2);
      for (const { pid, stdout, stderr } of nodes) {
        expect(stdout()).toContain("it refuses the password");
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        for (const said of [stdout(), stderr(), command]) expect(said).not.toContain(SECRET);
      }
    },
    TEST_MS_MAX,
  );

  test.skipIf(!IS_FULL)(
    "is silent while a node stops: it ends in time, and in order",
    async () => {
      const { proxy, nodes } = linked;
      proxy.isSilent = true;
      const node = nodes.at(-1);
      node?.signal("SIGTERM");
      expect(await node?.exited).toBe(0);
      proxy.isSilent = false;
    },
    TEST_MS_MAX,
  );
});
