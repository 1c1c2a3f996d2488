/** The demo: a server with made-up viewers in a directory that goes with it. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { openApp } from "../../src/app/app.ts";
import { DemoBeside, openDemo } from "../../src/app/demo.ts";
import { ADMIN_TOKEN } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const SESSIONS = 60;
const LOG = { error() {}, warn() {}, info() {}, debug() {} };
const OPTIONS = { open: openApp, log: LOG, adminToken: ADMIN_TOKEN, sessions: SESSIONS };

const SHARED = process.env["TMPDIR"];

/** For this file's demos alone: other tests have theirs at the same time. */
let directory: ReturnType<typeof tempDir>;
beforeAll(() => {
  directory = tempDir();
  process.env["TMPDIR"] = directory.path;
});
afterAll(() => {
  if (SHARED === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = SHARED;
  directory[Symbol.dispose]();
});

const left = () => readdirSync(directory.path).filter((name) => name.startsWith("playhead-demo-"));

async function sessionsAt(port: number): Promise<{ status: string }[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/admin/api/sessions?limit=500`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return ((await answer.json()) as { sessions: { status: string }[] }).sessions;
}

describe("the demo", () => {
  test("shows its month and viewers who play now, and leaves nothing", async () => {
    const told: number[] = [];
    const isStopped = () => false;
    const demo = await openDemo({ ...OPTIONS, ports: [0], onProgress: (done) => told.push(done), isStopped });
    expect(told.at(-1)).toBe(SESSIONS);
    expect(left()).toHaveLength(1);
    const port = demo?.app.port ?? 0;
    const closed = (await sessionsAt(port)).filter(({ status }) => status === "closed");
    expect(closed).toHaveLength(SESSIONS);
    await waitFor(async () => (await sessionsAt(port)).some(({ status }) => status === "open"));
    await demo?.[Symbol.asyncDispose]();
    expect(left()).toEqual([]);
  });

  test("takes another port where the first is taken, and no data directory's", async () => {
    using taken = holdPort();
    const isStopped = () => false;
    await using demo = await openDemo({ ...OPTIONS, ports: [taken.port, 0], onProgress() {}, isStopped });
    expect(demo?.app.port).not.toBe(taken.port);
  });

  test("leaves nothing when it is stopped while it is made", async () => {
    const isStopped = () => true;
    const demo = await openDemo({ ...OPTIONS, sessions: 1000, ports: [0], onProgress() {}, isStopped });
    expect(demo).toBeUndefined();
    expect(left()).toEqual([]);
  });

  test("beside a server tells how far it is, and ends with it", async () => {
    const beside = new DemoBeside(OPTIONS);
    expect(beside.view()).toMatchObject({ state: "none", port: null });
    beside.begin();
    beside.begin();
    expect(beside.view().state).toBe("filling");
    await waitFor(async () => beside.view().state === "ready");
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
