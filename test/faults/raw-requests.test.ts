/** Malformed HTTP: refused or cut off, without taking hidden bytes for a request, while others are served. */

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, SESSIONS } from "./support/client.ts";
import { HIDDEN, RAW_REQUESTS } from "./support/raw-requests.ts";
import { exchange, requestText } from "./support/wire.ts";

/** Bun's own answer to a first line that it can't read. */
const NO_SUCH_VERSION = 505;
/** Asked after each request on its connection: the answer to this shows that the request's own are complete. */
const NEXT = "GET /next HTTP/1.1\r\nHost: x\r\n\r\n";
const NEXT_ANSWER = "There is nothing at this path";

let directory: ReturnType<typeof tempDir>;
let server: ServerProcess;
let client: Client;
let reader: Database;

beforeAll(async () => {
  directory = tempDir();
  server = await startProcess(directory.path);
  client = new Client(server);
  reader = new Database(join(directory.path, "playhead.db"), { readonly: true });
});
afterAll(async () => {
  reader.close();
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** How many sessions there are once everything sent is stored: commits keep the order of requests. */
async function countBehind(): Promise<number> {
  expect((await client.post(SESSIONS, sessionStart({ "media.name": "other" }))).status).toBe(201);
  return Number(reader.query("SELECT count(*) FROM sessions").values()[0]?.[0]);
}

function countNamed(name: string): number {
  const count = reader.query<never, [string]>("SELECT count(*) FROM sessions WHERE instr(payload, ?)");
  return Number(count.values(name)[0]?.[0]);
}

describe("a client that sends", () => {
  for (const { name, bytes, opens = 0 } of RAW_REQUESTS) {
    test(`${name} is ${opens ? "taken, once" : "refused or cut off, and opens nothing"}`, async () => {
      const before = await countBehind();
      const { text, statuses } = await exchange(server.port, bytes, {
        next: NEXT,
        until: (received) => received.includes(NEXT_ANSWER),
      });
      // Leaves out the answer to the request that follows.
      const own = text.includes(NEXT_ANSWER) ? statuses.slice(0, -1) : statuses;
      expect(own.filter((status) => status >= 500 && status !== NO_SUCH_VERSION)).toEqual([]);
      expect(own.filter((status) => status < 400).length).toBeLessThanOrEqual(1);
      expect(own.filter((status) => status === 201).length).toBe(opens);
      // The other client's start, twice.
      expect(await countBehind()).toBe(before + 1 + opens);
    });
  }

  test("none of it has let a hidden request through, or is an error in the log", () => {
    expect(countNamed("hidden")).toBe(0);
    expect(countNamed("sent")).toBe(RAW_REQUESTS.reduce((sum, { opens = 0 }) => sum + opens, 0));
    expect(server.stdout()).not.toMatch(/"level":"(error|warn)"/);
  });

  test("a hidden request by itself opens a session, so the refusals above mean something", async () => {
    const { statuses } = await exchange(server.port, HIDDEN, { until: (text) => text.includes("\r\n\r\n") });
    expect(statuses).toEqual([201]);
    expect(countNamed("hidden")).toBe(1);
  });
});

describe("pipelined requests on one connection", () => {
  test("that read are answered in their order", async () => {
    const three = ["/healthz", "/nothing", "/api/v1/schemas"].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const { statuses } = await exchange(server.port, three.join(""), { until: (text) => text.includes("stateEnd") });
    expect(statuses).toEqual([200, 404, 200]);
  });

  test("that write are stored at most as often as sent, whether Bun answers them or cuts them off", async () => {
    const start = JSON.stringify(sessionStart({ "media.name": "pipelined" }));
    const { statuses } = await exchange(server.port, requestText(SESSIONS, start).repeat(5), {
      until: (text) => text.split("HTTP/1.1 201").length === 6,
    });
    await countBehind();
    expect(statuses.filter((status) => status !== 201)).toEqual([]);
    expect(countNamed("pipelined")).toBeWithin(statuses.length, 6);
  });
});
