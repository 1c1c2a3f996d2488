/** The demo: a server with made-up viewers in a directory that goes with it. */

import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { openApp } from "../../src/app/app.ts";
import { DemoBeside, openDemo } from "../../src/app/demo.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { waitFor } from "../support/wait-for.ts";

const SESSIONS = 60;
const LOG = { error() {}, warn() {}, info() {}, debug() {} };
const OPTIONS = { open: openApp, log: LOG, adminToken: ADMIN_TOKEN, sessions: SESSIONS };

const scratch = () => readdirSync(tmpdir()).filter((name) => name.startsWith("playhead-demo-"));

async function sessionsAt(port: number): Promise<{ status: string }[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/admin/api/sessions?limit=500`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return ((await answer.json()) as { sessions: { status: string }[] }).sessions;
}

describe("the demo", () => {
  test("shows its month and viewers who play now, and leaves nothing", async () => {
    const before = scratch();
    const told: number[] = [];
    const isStopped = () => false;
    const demo = await openDemo({ ...OPTIONS, ports: [0], onProgress: (done) => told.push(done), isStopped });
    expect(told.at(-1)).toBe(SESSIONS);
    const port = demo?.app.port ?? 0;
    const closed = (await sessionsAt(port)).filter(({ status }) => status === "closed");
    expect(closed).toHaveLength(SESSIONS);
    await waitFor(async () => (await sessionsAt(port)).some(({ status }) => status === "open"), 20_000);
    await demo?.[Symbol.asyncDispose]();
    expect(scratch().filter((name) => !before.includes(name))).toEqual([]);
  });

  test("takes another port where the first is taken, and no data directory's", async () => {
    using taken = holdPort();
    const isStopped = () => false;
    await using demo = await openDemo({ ...OPTIONS, ports: [taken.port, 0], onProgress() {}, isStopped });
    expect(demo?.app.port).not.toBe(taken.port);
  });

  test("leaves nothing when it is stopped while it is made", async () => {
    const before = scratch();
    const isStopped = () => true;
    const demo = await openDemo({ ...OPTIONS, sessions: 1000, ports: [0], onProgress() {}, isStopped });
    expect(demo).toBeUndefined();
    expect(scratch().filter((name) => !before.includes(name))).toEqual([]);
  });

  test("beside a server tells how far it is, and ends with it", async () => {
    const beside = new DemoBeside(OPTIONS);
    expect(beside.view()).toMatchObject({ state: "none", port: null });
    beside.begin();
    beside.begin();
    expect(beside.view().state).toBe("filling");
    await waitFor(async () => beside.view().state === "ready", 20_000);
    const port = beside.view().port ?? 0;
    expect(await sessionsAt(port)).not.toHaveLength(0);
    await beside[Symbol.asyncDispose]();
    await expect(sessionsAt(port)).rejects.toThrow();
  });
});

function holdPort(): Disposable & { readonly port: number } {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  return { port: server.port ?? 0, [Symbol.dispose]: () => void server.stop(true) };
}
