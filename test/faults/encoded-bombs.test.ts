/** Encoded bodies that grow a thousandfold: many at once take little memory, and others are served meanwhile. */

import { describe, expect, test } from "bun:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { sized } from "../support/effort.ts";
import { startProcess } from "../support/process.ts";
import { eventAt } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, SESSIONS } from "./support/client.ts";
import { memoryOf } from "./support/crowd.ts";
import { startProbe, WAIT_MS_MAX } from "./support/probe.ts";

const MIB = 2 ** 20;
const GIB_OF_ZEROS = new Uint8Array(sized({ full: 1024, fast: 256 }) * MIB);
const ARRAY = Buffer.concat([Buffer.from("["), new Uint8Array(32 * MIB).fill(0x20)]);
const BOMBS: readonly (readonly [encoding: string, body: Uint8Array])[] = [
  ["gzip", gzipSync(GIB_OF_ZEROS)],
  ["br", brotliCompressSync(GIB_OF_ZEROS.subarray(0, 64 * MIB))],
  ["zstd", zstdCompressSync(GIB_OF_ZEROS)],
  ["gzip", gzipSync(ARRAY)],
  ["br", brotliCompressSync(ARRAY)],
  ["zstd", zstdCompressSync(ARRAY)],
];
const AT_ONCE = sized({ full: 300, fast: 60 });
const BUDGET_BYTES = 8 * MIB;
/** The budget, one decoder, sockets and garbage. */
const MORE_MIB_MAX = 200;
const TEST_MS_MAX = 120_000;

describe("gzip, br and zstd of up to a gibibyte, many at once", () => {
  test(
    "are refused, hold no more than the budget and one decoder, and keep no player waiting",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path, { settings: { BODIES_BYTES_MAX: String(BUDGET_BYTES) } });
      const client = new Client(server);
      const sid = await client.open();
      const before = memoryOf(server.pid).mib;
      using probe = await startProbe(server);
      const sent = Array.from({ length: AT_ONCE }, async (_, at) => {
        const [encoding, body] = BOMBS[at % BOMBS.length] as (typeof BOMBS)[number];
        const response = await client.post(SESSIONS, body, { "Content-Encoding": encoding });
        await response.text();
        return response.status;
      });
      expect(await client.add(sid, eventAt(1, "play"))).toBe(204);
      const statuses = await Promise.all(sent);
      // Too many at once are told to come again, as plain bodies are.
      expect(statuses.filter((status) => status !== 413 && status !== 503)).toEqual([]);
      expect(statuses.filter((status) => status === 413).length).toBeGreaterThan(0);
      const slowestMs = await probe.stop();
      const memory = memoryOf(server.pid);
      process.stdout.write(`${JSON.stringify({ bombs: AT_ONCE, before, ...memory, slowestMs })}\n`);
      expect(memory.mibMax - before).toBeLessThan(MORE_MIB_MAX);
      expect(slowestMs).toBeLessThan(WAIT_MS_MAX);
      // What they took of the budget is given back.
      const large = eventAt(2, "ping", { customMetadata: { a: "x".repeat(8000), b: "x".repeat(8000) } });
      for (let n = 0; n < 5; n += 1) expect(await client.add(sid, large)).toBe(204);
      const zipped = new Uint8Array(gzipSync(JSON.stringify(large)));
      const taken = await client.post(`${SESSIONS}/${sid}/events`, zipped, { "Content-Encoding": "gzip" });
      expect(taken.status).toBe(204);
    },
    TEST_MS_MAX,
  );
});
