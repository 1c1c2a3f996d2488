/** The calendar of one node is ten minutes ahead: its sessions have the instants, ends and numbers of all others. */

import { describe, expect, test } from "bun:test";
import { MINUTE_MS } from "../../src/base/units.ts";
import { hasPostgres } from "../support/postgres.ts";
import { type ProcessOptions, runProcess } from "../support/process.ts";
import { eventAt, sessionStart, TS } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";
import { startProxiedNodes } from "./support/proxied-nodes.ts";
import { canMake } from "./support/tools.ts";

const AHEAD_MS = 10 * MINUTE_MS;
const IDLE_MS = 1500;
const STEP_MS = 150;
const STEPS = 8;
/** How far instants may differ on a busy machine; a wrong clock's differ by ten minutes. */
const NEAR_MS = MINUTE_MS;
const SETTLED_MS_MAX = 30_000;
const TEST_MS_MAX = 120_000;

/** A process whose calendar is wrong; its stopwatch is right, as everywhere. */
function wrongCalendar(): ProcessOptions {
  const library = Bun.spawnSync(["faketime", "now", "printenv", "LD_PRELOAD"]).stdout.toString().trim();
  const environment = { LD_PRELOAD: library, FAKETIME: "+10m", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
  return { environment };
}

interface Detail {
  readonly session: Readonly<Record<string, number | string>>;
  readonly metrics: object | null;
}

/** Plays a session, each request at one of some nodes in turn. @returns its sid */
async function play(nodes: readonly Client[], { ends }: { readonly ends: boolean }): Promise<string> {
  const at = (step: number) => nodes[step % nodes.length] as Client;
  const sinceMs = Date.now();
  const beginMs = TS + (sinceMs % MINUTE_MS);
  const playerTime = (second: number) => ({ playhead: second, ts: beginMs + second * 1000 });
  const sid = await at(0).open({ ...sessionStart(), playerTime: playerTime(0) });
  for (let step = 1; step <= STEPS; step += 1) {
    await Bun.sleep(Math.max(0, sinceMs + step * STEP_MS - Date.now()));
    const second = (step * STEP_MS) / 1000;
    const type = step === 1 ? "play" : step === STEPS && ends ? "sessionEnd" : "ping";
    expect(await at(step).add(sid, { ...eventAt(second, type), playerTime: playerTime(second) })).toBe(204);
  }
  return sid;
}

describe.if(hasPostgres() && canMake("a node with a wrong clock", { tools: ["faketime"] }))("a wrong clock", () => {
  test(
    "of one node changes no instant, no end and no number",
    async () => {
      await using linked = await startProxiedNodes({
        count: 2,
        settings: { IDLE_TIMEOUT_MS: String(IDLE_MS), LATE_GRACE_MS: "200", QUEUE_WAIT_MS_MAX: "1000" },
        processOf: (node) => (node === 1 ? wrongCalendar() : {}),
      });
      const [right, wrong] = linked.nodes.map((node) => new Client(node)) as [Client, Client];
      const beginMs = Date.now();
      const sids = await Promise.all(
        [[right], [wrong], [right, wrong]].flatMap((nodes) => [
          play(nodes, { ends: true }),
          play(nodes, { ends: false }),
        ]),
      );
      const details = async () =>
        Promise.all(sids.map((sid) => right.admin(`/admin/api/sessions/${sid}`) as Promise<Detail>));
      await waitFor(
        async () => (await details()).every(({ session, metrics }) => session["status"] === "closed" && metrics),
        SETTLED_MS_MAX,
      );
      const found = await details();
      const reasons = found.map(({ session }) => session["closeReason"]);
      expect(reasons).toEqual([
        "session-end",
        "idle-timeout",
        "session-end",
        "idle-timeout",
        "session-end",
        "idle-timeout",
      ]);
      for (const { session } of found) {
        expect(Math.abs(Number(session["startedAt"]) - beginMs)).toBeLessThan(NEAR_MS);
        expect(Math.abs(Number(session["closedAt"]) - beginMs)).toBeLessThan(NEAR_MS);
      }
      const [ended, silent] = found.map(({ metrics }) => metrics) as [object, object];
      expect(found.map(({ metrics }) => metrics)).toEqual([ended, silent, ended, silent, ended, silent]);
      expect(await wrong.admin(`/admin/api/sessions/${sids[0]}`)).toEqual(found[0]);
      // Unless its own calendar is wrong, all this proves nothing.
      const said = /"time":"([^"]+)"/.exec(linked.nodes[1]?.stdout() ?? "")?.[1] ?? "";
      expect(Math.abs(Date.parse(said) - AHEAD_MS - beginMs)).toBeLessThan(NEAR_MS);
      const settings = { STORE: linked.url };
      await using check = runProcess(["check"], { ...wrongCalendar(), settings });
      await check.exited;
      expect(check.stdout() + check.stderr()).toMatch(/Its clock differs from this machine's by (599|600|601)\.\d s/);
    },
    TEST_MS_MAX,
  );
});
