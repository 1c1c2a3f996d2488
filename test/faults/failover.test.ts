/**
 * A primary dies beside players, and its standby takes over at the same address: a synchronous one has all that was
 * acknowledged, and of one that lagged each node's operator learns that it hasn't.
 */

import { describe, expect, test } from "bun:test";
import { checkPostgresAt } from "../../src/store/postgres/open.ts";
import { VERSION } from "../../src/version.ts";
import { IS_FULL, sized } from "../support/effort.ts";
import { Load } from "../support/load.ts";
import { hasPostgres, type OwnPostgres } from "../support/postgres.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client, reportPath } from "./support/client.ts";
import { heldAgainst, type ProxiedNodes, startProxiedNodes } from "./support/proxied-nodes.ts";

const NODES = sized({ full: 3, fast: 1 });
const CLIENTS = sized({ full: 12, fast: 20 });
const TIMES = sized({ full: 3, fast: 1 });
const PLAYED = sized({ full: 2000, fast: 300 });
const SETTINGS = { QUEUE_WAIT_MS_MAX: "2000" };
const SETTLED_MS_MAX = 60_000;
const TEST_MS_MAX = 180_000;

/** Players at every node, who enter what they hear in one ledger. */
function play({ nodes }: ProxiedNodes) {
  const [first, ...others] = nodes.map((node) => ({ url: node.url }));
  const load = new Load(first ?? { url: "" }, { clients: CLIENTS });
  const { ledger } = load;
  const loads = [load, ...others.map((node) => new Load(node, { clients: CLIENTS, ledger }))];
  return {
    ledger,
    acknowledged: (count: number) => {
      const goal = ledger.acknowledged + count;
      return waitFor(() => ledger.acknowledged >= goal, SETTLED_MS_MAX);
    },
    /** Answers that players must not get, once all have left. */
    stop: async () => {
      await Promise.all(loads.map((each) => each.stop()));
      return loads.flatMap(({ unexpected, hopeless }) => [...unexpected, ...(hopeless > 0 ? ["no Retry-After"] : [])]);
    },
  };
}

/** Kills what the nodes have, and lets another take over. @returns how long the promotion took */
async function failOver(linked: ProxiedNodes, to: OwnPostgres, beforePromotion = async () => {}): Promise<number> {
  await linked.primary.kill();
  await beforePromotion();
  const sinceMs = performance.now();
  await to.run("SELECT pg_promote(true, 60)");
  linked.leadTo(to);
  return performance.now() - sinceMs;
}

/** The number of sessions that a node's reports have, open ones included. */
async function reported(client: Client): Promise<number> {
  const response = await client.ask(reportPath({ metrics: "mediaStarts" }));
  const body = (await response.json()) as { totals?: { mediaStarts: number } };
  return body.totals?.mediaStarts ?? -1;
}

const lossesOf = async (client: Client) =>
  Number(/^playhead_store_history_lost_total (\d+)$/m.exec(await (await client.ask("/metrics")).text())?.[1]);

describe.if(hasPostgres())("a failover", () => {
  test.skipIf(!IS_FULL)(
    "to a synchronous standby loses nothing that was acknowledged",
    async () => {
      await using stack = new AsyncDisposableStack();
      const linked = stack.use(await startProxiedNodes({ count: NODES, settings: SETTINGS }));
      for (let time = 1; time <= TIMES; time += 1) {
        const standby = stack.use(await linked.primary.startStandby({ synchronous: true }));
        const players = play(linked);
        await players.acknowledged(PLAYED);
        const promotionMs = await failOver(linked, standby);
        const sinceMs = performance.now();
        await players.acknowledged(1);
        const silentMs = performance.now() - sinceMs;
        await players.acknowledged(PLAYED);
        expect(await players.stop()).toEqual([]);
        const held = await heldAgainst(players.ledger, linked.query);
        const ms = { promotionMs: Math.round(promotionMs), silentMs: Math.round(silentMs) };
        process.stdout.write(`a synchronous standby: ${JSON.stringify({ ...ms, ...held })}\n`);
        expect(held).toMatchObject({ lost: 0, twice: 0 });
      }
      for (const node of linked.nodes) expect(await lossesOf(new Client(node))).toBe(0);
    },
    TEST_MS_MAX,
  );

  test(
    "to one that lagged is noticed, and the reports follow what there is",
    async () => {
      await using stack = new AsyncDisposableStack();
      const linked = stack.use(await startProxiedNodes({ count: NODES, settings: SETTINGS }));
      const clients = linked.nodes.map((node) => new Client(node));
      for (let time = 1; time <= TIMES; time += 1) {
        const lagging = stack.use(await startTcpProxy(linked.primary.port));
        const standby = stack.use(await linked.primary.startStandby({ port: lagging.port }));
        const before = play(linked);
        await before.acknowledged(PLAYED);
        lagging.isSilent = true;
        await before.acknowledged(PLAYED);
        await waitFor(async () => (await reported(clients[0] as Client)) > 0, SETTLED_MS_MAX);
        lagging.cutAll();
        // Every lane has given up by then, which must not hide the loss.
        const refused = before.ledger.refused + 2 * CLIENTS * NODES;
        await failOver(linked, standby, () => waitFor(() => before.ledger.refused > refused, SETTLED_MS_MAX));
        await waitFor(async () => (await clients[0]?.ask("/readyz"))?.status === 200, SETTLED_MS_MAX);
        await before.stop();
        const { lost, acknowledged } = await heldAgainst(before.ledger, linked.query);
        const after = play(linked);
        await after.acknowledged(PLAYED);
        expect(await after.stop()).toEqual([]);
        expect(await heldAgainst(after.ledger, linked.query)).toMatchObject({ lost: 0, twice: 0 });
        const losses = await Promise.all(clients.map(lossesOf));
        process.stdout.write(`one that lagged: ${JSON.stringify({ acknowledged, lost, losses })}\n`);
        expect(lost).toBeGreaterThan(0);
        expect(losses.reduce((sum, each) => sum + each, 0)).toBe(time);
        const { historyLostAt } = await (clients[0] as Client).admin("/admin/api/nodes");
        expect(Math.abs(historyLostAt - Date.now())).toBeLessThan(TEST_MS_MAX);
        const [row] = await linked.query<{ count: number }>("SELECT count(*)::int AS count FROM sessions");
        for (const each of clients) await waitFor(async () => (await reported(each)) === row?.count, SETTLED_MS_MAX);
      }
      const logged = linked.nodes.map(({ stdout }) => stdout()).join("");
      expect(logged.match(/The database lacks events that it had acknowledged/g)).toHaveLength(TIMES);
      const said = (await checkPostgresAt(linked.url, { version: VERSION, nowMs: Date.now })).map(
        ({ message }) => message,
      );
      expect(said).toContainEqual(expect.stringContaining("It lacked acknowledged events on "));
    },
    TEST_MS_MAX,
  );
});
