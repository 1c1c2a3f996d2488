/** Bodies under way: all of them together have a bound, each comes within its time, and a poor phone finishes. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { sized } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { Client, eventsOf } from "./support/client.ts";
import { memoryOf } from "./support/crowd.ts";
import { startProbe, WAIT_MS_MAX } from "./support/probe.ts";
import { beginUpload, type Upload } from "./support/uploads.ts";
import { statusesOf } from "./support/wire.ts";

const MIB = 2 ** 20;
const ARRAY_BYTES = 4 * MIB;
const UPLOADS = sized({ full: 600, fast: 60 });
const BUDGET_BYTES = 8 * MIB;
const EVENT_BYTES = 60_000;
/** Sockets, garbage and what is read ahead. */
const MORE_MIB_MAX = sized({ full: 120, fast: 100 });
const DOWNLOADED = "/api/v1/downloaded";
const TEST_MS_MAX = 60_000;

/** Lets uploads go that a test began. */
function leaving(uploads: readonly Upload[]): Disposable {
  return {
    [Symbol.dispose]: () => {
      for (const upload of uploads) upload.leave();
    },
  };
}

function refusedIn(uploads: readonly Upload[]): number {
  return uploads.filter((upload) => statusesOf(upload.answer()).includes(503)).length;
}

describe("arrays that are announced and come to all but their last byte", () => {
  test(
    "hold no more than their budget: more are 503 before they are read on, and players are served meanwhile",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path, { settings: { BODIES_BYTES_MAX: String(BUDGET_BYTES) } });
      const client = new Client(server);
      const sid = await client.open();
      const before = memoryOf(server.pid).mib;
      using probe = await startProbe(server);
      const first = new Uint8Array(ARRAY_BYTES - 1).fill(0x20);
      first[0] = "[".charCodeAt(0);
      const uploads = await Promise.all(
        Array.from({ length: UPLOADS }, () => beginUpload(server.port, { announced: ARRAY_BYTES, first })),
      );
      using _ = leaving(uploads);
      await waitFor(() => refusedIn(uploads) >= UPLOADS - BUDGET_BYTES / ARRAY_BYTES, TEST_MS_MAX);
      expect(uploads.filter((upload) => /^retry-after: 1/im.test(upload.answer())).length).toBe(refusedIn(uploads));
      expect(await client.add(sid, eventAt(1, "play"))).toBe(204);
      // As much as one event may have, while arrays have all that is theirs.
      const large = eventAt(2, "ping", { customMetadata: { a: "x".repeat(8000), b: "x".repeat(8000) } });
      expect(await client.add(sid, large)).toBe(204);
      const slowestMs = await probe.stop();
      const memory = memoryOf(server.pid);
      process.stdout.write(`${JSON.stringify({ uploads: UPLOADS, before, ...memory, slowestMs })}\n`);
      expect(memory.mibMax - before).toBeLessThan(MORE_MIB_MAX);
      expect(slowestMs).toBeLessThan(WAIT_MS_MAX);
    },
    TEST_MS_MAX,
  );
});

describe("bodies that are announced and never come", () => {
  test("leave room for those that do", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings: { BODIES_BYTES_MAX: String(BUDGET_BYTES) } });
    const client = new Client(server);
    const sid = await client.open();
    const count = (2 * BUDGET_BYTES) / EVENT_BYTES;
    const uploads = await Promise.all(
      Array.from({ length: count }, () => beginUpload(server.port, { announced: EVENT_BYTES })),
    );
    using _ = leaving(uploads);
    const large = eventAt(2, "ping", { customMetadata: { a: "x".repeat(8000), b: "x".repeat(8000) } });
    for (let at = 0; at < 5; at += 1) expect(await client.add(sid, large)).toBe(204);
    expect(refusedIn(uploads)).toBe(0);
  });
});

describe("a body of /sessions", () => {
  let directory: ReturnType<typeof tempDir>;
  let server: ServerProcess;
  beforeAll(async () => {
    directory = tempDir();
    server = await startProcess(directory.path);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  const rows: readonly (readonly [what: string, text: string, announced: number | undefined, status: number])[] = [
    ["an object that announces more than an event has", '{"a":"', ARRAY_BYTES - 1, 413],
    ["an object behind a byte order mark and white space", `\ufeff \n${"\t".repeat(100)}{`, ARRAY_BYTES - 1, 413],
    ["white space without an end", " ".repeat(70_000), ARRAY_BYTES - 1, 413],
    ["more than an array may have", "[", ARRAY_BYTES + 1, 413],
    ["an endless chunked object", `20000\r\n{${" ".repeat(0x20000 - 1)}\r\n`, undefined, 413],
  ];
  test.each(rows)("of %s is refused as soon as that shows", async (_, first, announced, status) => {
    const upload = await beginUpload(server.port, { ...(announced && { announced }), first });
    await waitFor(() => statusesOf(upload.answer()).length > 0);
    expect(statusesOf(upload.answer())).toEqual([status]);
    upload.leave();
  });
});

describe("a slow body", () => {
  const settings = { BODY_SECONDS_MAX: "1" };
  const start = JSON.stringify(
    sessionStart({}, { customMetadata: { note: "x".repeat(4000), more: "y".repeat(6000) } }),
  );

  test("of an array that doesn't keep coming ends with 408 when its time is over, however it trickles", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings });
    const upload = await beginUpload(server.port, { announced: ARRAY_BYTES, first: `[${start.slice(0, 100)}` });
    const timer = setInterval(() => upload.write("x"), 50);
    const endedMs = await upload.ended;
    clearInterval(timer);
    expect(statusesOf(upload.answer())).toEqual([408]);
    expect(endedMs).toBeLessThan(5000);
  });

  test("of an array that keeps coming has ten times as long, and is taken", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings });
    const note = { a: "x".repeat(7000), b: "y".repeat(7000) };
    const events = Array.from({ length: 10 }, (_, at) => eventAt(at + 1, "ping", { customMetadata: note }));
    const body = JSON.stringify([sessionStart({ "media.downloaded": true }), ...events]);
    const upload = await beginUpload(server.port, { path: DOWNLOADED, announced: body.length });
    const piece = Math.ceil(body.length / 14);
    for (let at = 0; at < body.length; at += piece) {
      upload.write(body.slice(at, at + piece));
      await Bun.sleep(100);
    }
    await waitFor(() => statusesOf(upload.answer()).length > 0);
    expect(statusesOf(upload.answer())).toEqual([201]);
    upload.leave();
  });

  test("leaves the connection one like any other", async () => {
    using directory = tempDir();
    await using server = await startProcess(directory.path, { settings });
    const client = new Client(server);
    const sid = await client.open(JSON.parse(start));
    for (let at = 1; at < 5; at += 1) {
      expect(
        (await client.post(eventsOf(sid), eventAt(at, "play", { customMetadata: { a: "x".repeat(8000) } }))).status,
      ).toBe(204);
    }
  });
});
