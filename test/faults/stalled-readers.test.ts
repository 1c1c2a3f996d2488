/** Readers of long answers that take nothing: each is cut off, and keeps its place among those that may read till then. */

import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { startProcess } from "../support/process.ts";
import { ADMIN_TOKEN, eventAt } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client } from "./support/client.ts";

/** More than the kernel keeps for a connection, at both of its ends. */
const EVENTS = 240;
const NOTE = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`note-${at}`, "x".repeat(8000)]));
const TAIL = "/admin/api/live/tail";
const EXPORT = "/admin/api/export/events?format=ndjson";
const CUT_MS_MAX = 15_000;
const TEST_MS_MAX = 40_000;

/** Asks for something, and takes nothing of the answer but its head. */
function stall(port: number, path: string): Promise<Disposable> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`);
    });
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.pause();
      resolve({ [Symbol.dispose]: () => socket.destroy() });
    });
  });
}

async function statusOf(client: Client, path: string): Promise<number> {
  const leaving = new AbortController();
  const { status } = await client.ask(path, { signal: leaving.signal });
  leaving.abort();
  return status;
}

async function fill(client: Client): Promise<void> {
  const sid = await client.open();
  for (let at = 1; at <= EVENTS; at += 1) {
    expect(await client.add(sid, eventAt(at, "ping", { customMetadata: NOTE }))).toBe(204);
  }
}

describe("a reader that takes nothing", () => {
  test(
    "of the live tail or of an export keeps its place until it is cut off",
    async () => {
      using directory = tempDir();
      const settings = { ADMIN_TOKEN, STALLED_SECONDS_MAX: "2", LIVE_WATCHERS_MAX: "1" };
      await using server = await startProcess(directory.path, { settings });
      const client = new Client(server);
      using _ = await stall(server.port, TAIL);
      await fill(client);
      using _first = await stall(server.port, EXPORT);
      using _second = await stall(server.port, EXPORT);
      expect([await statusOf(client, TAIL), await statusOf(client, EXPORT)]).toEqual([503, 503]);
      await waitFor(async () => (await statusOf(client, TAIL)) === 200, CUT_MS_MAX);
      await waitFor(async () => (await statusOf(client, EXPORT)) === 200, CUT_MS_MAX);
    },
    TEST_MS_MAX,
  );
});
