/** Small bodies made to be expensive: each is refused as fast as an ordinary one, and other clients wait no longer. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { KIB } from "../../src/base/units.ts";
import { sized } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { eventAt, sessionStart, TS } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, eventsOf, SESSIONS } from "./support/client.ts";
import { medianOf, quantileOf } from "./support/statistics.ts";

/** Just below the 64 KiB of one event. */
const BYTES = 60 * KIB;
const EACH_MS_MAX = 50;
const TIMES = sized({ full: 25, fast: 3 });
const BLOCKS = sized({ full: 15, fast: 3 });
const EVENTS_PER_BLOCK = sized({ full: 200, fast: 60 });
/** How much longer another client may wait among bombs than among wrong bodies of the same size. */
const P99_RATIO_MAX = 3;
const P99_MORE_MS_MAX = 30;
const TEST_MS_MAX = sized({ full: 300_000, fast: 60_000 });

const clock = `"playerTime":{"playhead":0,"ts":${TS}}`;
/** An event that is refused only for its `params`. */
const withParams = (params: string) => `{"eventType":"ping",${clock},"params":${params}}`;
const fill = (length: number, piece: (at: number) => string) => {
  const pieces: string[] = [];
  for (let size = 0; size < length; size += (pieces.at(-1) ?? "").length + 1) pieces.push(piece(pieces.length));
  return pieces.join();
};
const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;

/** Bodies of one event, each at most 64 KiB. */
const BOMBS: Readonly<Record<string, string>> = {
  "30,000 arrays in each other": "[".repeat(30_000) + "]".repeat(30_000),
  "arrays in each other that never end": "[".repeat(BYTES),
  "10,000 objects in each other": nested('{"a":', "}", 10_000),
  "10,000 objects in a parameter": withParams(nested('{"":', "}", 10_000)),
  "29,000 arrays in a parameter": withParams(`{"media.name":${nested("[", "]", 29_000)}}`),
  "arrays in each other where a number stands": `{"eventType":"ping","playerTime":{"playhead":${nested("[", "]", 29_000)}}}`,
  "arrays in each other for an event type": `{"eventType":${nested("[", "]", 29_000)}}`,
  "a key of 60 KB": withParams(`{"${"k".repeat(BYTES)}":1}`),
  "a key of 60 KB beside the event": `{"eventType":"ping",${clock},"${"k".repeat(BYTES)}":1}`,
  "a key of slashes, which a pointer doubles": withParams(`{"${"/~".repeat(BYTES / 2)}":[]}`),
  "5,000 keys": withParams(`{${fill(BYTES, (at) => `"k${at}":1`)}}`),
  "5,000 keys that are numbers": withParams(`{${fill(BYTES, (at) => `"${at * 65_537}":1`)}}`),
  "5,000 keys in customMetadata": `{"eventType":"ping",${clock},"customMetadata":{${fill(BYTES, (at) => `"k${at}":""`)}}}`,
  "500 keys of the wrong type": withParams(`{${fill(20 * KIB, (at) => `"key-${at}":[]`).slice(0, -1)}]}`),
  "the same key 5,000 times": `{${fill(BYTES, () => '"eventType":"x"')}}`,
  "an event type of 60 KB": `{"eventType":"${"p".repeat(BYTES)}",${clock}}`,
  "a number of 60,000 digits": withParams(`{"media.length":${"9".repeat(BYTES)}}`).replace("ping", "sessionStart"),
  "a fraction of 60,000 digits": `{"eventType":"ping","playerTime":{"playhead":0.${"1".repeat(BYTES)},"ts":"x"}}`,
  "an exponent of 60,000 digits": `{"eventType":"ping","playerTime":{"playhead":0,"ts":1e${"9".repeat(BYTES)}}}`,
  "10,000 escapes": withParams(`{"media.name":"${"\\u0041".repeat(10_000)}"}`),
  "10,000 halves of pairs": withParams(`{"media.name":"${"\\ud83d".repeat(10_000)}"}`),
  "a half of a pair in each of 500 texts": withParams(`{${fill(15 * KIB, (at) => `"k${at}":"\\ud83d"`)}}`),
  "30,000 escaped backslashes": withParams(`{"media.name":"${"\\\\".repeat(BYTES / 2)}"}`),
  "10,000 empty objects": `[${fill(BYTES, () => "{}")}]`,
  "10,000 arrays of arrays": withParams(`{"media.name":[${fill(BYTES, () => "[[],[]]")}]}`),
  "30,000 numbers": `[${fill(BYTES, () => "1")}]`,
  "60 KB of white space": " \n\t\r".repeat(BYTES / 4),
  "60 KB of no UTF-8 but for its last byte": `"${"é".repeat(BYTES / 2 - 2)}`,
};
/** Just below the 4 MiB of downloaded content, which any client may send too. */
const VAST_BYTES = 4 * KIB * KIB - 100;
const START = JSON.stringify(sessionStart());
const VAST_BOMBS: Readonly<Record<string, string>> = {
  "2 M arrays in each other": "[".repeat(VAST_BYTES / 2) + "]".repeat(VAST_BYTES / 2),
  "2 M arrays in each other behind a start": `[${START},${nested("[", "]", VAST_BYTES / 2 - KIB)}]`,
  "600,000 objects in each other": `[${nested('{"a":', "}", Math.floor(VAST_BYTES / 6) - 9)}]`,
  "1.4 M empty objects": `[${"{},".repeat(VAST_BYTES / 3 - 1)}{}]`,
  "2 M numbers": `[${START},{"a":[${"1,".repeat(VAST_BYTES / 2 - KIB)}1]}]`,
  "300,000 keys": `[${START},{${fill(VAST_BYTES - KIB, (at) => `"k${at}":1`)}}]`,
  "600,000 escapes": `["${"\\u0041".repeat(VAST_BYTES / 6 - 1)}"]`,
};
/** A wrong body of the same size, to compare bombs with. */
const ordinaryOf = (bytes: number) => withParams(`{"media.name":"${"text ".repeat(bytes / 5)}"}`);
const ORDINARY = ordinaryOf(BYTES);
const VAST_ORDINARY = `[${ordinaryOf(VAST_BYTES - KIB)}]`;

let directory: ReturnType<typeof tempDir>;
let server: ServerProcess;
let client: Client;
let sid: string;

beforeAll(async () => {
  directory = tempDir();
  server = await startProcess(directory.path);
  client = new Client(server);
  sid = await client.open(sessionStart());
  // By then the code is compiled and the connection open.
  for (let time = 0; time < 20; time += 1) await timeOf(eventsOf(sid), ORDINARY);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** Sends a body to be refused. @returns the milliseconds to the end of the answer */
async function timeOf(path: string, body: string): Promise<number> {
  const sinceMs = performance.now();
  const response = await client.post(path, body);
  const said = await response.text();
  const tookMs = performance.now() - sinceMs;
  expect([response.status, said.length < 4 * KIB]).toEqual([400, true]);
  return tookMs;
}

/** Sends both in turn, so that other load on the machine affects both. */
async function compare(path: string, bomb: string, wrong: string): Promise<{ bombMs: number; wrongMs: number }> {
  const [bombs, wrongs]: [number[], number[]] = [[], []];
  for (let time = 0; time < TIMES; time += 1) {
    wrongs.push(await timeOf(path, wrong));
    bombs.push(await timeOf(path, bomb));
  }
  return { bombMs: medianOf(bombs), wrongMs: medianOf(wrongs) };
}

describe("a bomb", () => {
  for (const [name, bomb] of Object.entries(BOMBS)) {
    test(`of ${name} is refused within ${EACH_MS_MAX} ms of an ordinary body, as an event and as a start`, async () => {
      expect(Buffer.byteLength(bomb)).toBeLessThanOrEqual(64 * KIB);
      for (const path of [eventsOf(sid), SESSIONS]) {
        const { bombMs, wrongMs } = await compare(path, bomb, ORDINARY);
        expect(bombMs - wrongMs).toBeLessThan(EACH_MS_MAX);
      }
    });
  }

  for (const [name, bomb] of Object.entries(VAST_BOMBS)) {
    test(`of ${name} in 4 MiB is refused within ${EACH_MS_MAX} ms of an ordinary body of that size`, async () => {
      expect(Buffer.byteLength(bomb)).toBeWithin(3.5 * KIB * KIB, 4 * KIB * KIB + 1);
      const { bombMs, wrongMs } = await compare("/api/v1/downloaded", bomb, VAST_ORDINARY);
      expect(bombMs - wrongMs).toBeLessThan(EACH_MS_MAX);
    });
  }
});

/** The 99th percentile of a client's waits as it plays on, while bodies arrive one after another. */
async function p99Among(bodies: readonly string[]): Promise<number> {
  let isPlaying = true;
  const bomber = (async () => {
    for (let at = 0; isPlaying; at += 1) await timeOf(SESSIONS, bodies[at % bodies.length] as string);
  })();
  const waits: number[] = [];
  for (let second = 0; second < EVENTS_PER_BLOCK; second += 1) {
    const sinceMs = performance.now();
    expect(await client.add(sid, eventAt(second, "ping"))).toBe(204);
    waits.push(performance.now() - sinceMs);
  }
  isPlaying = false;
  await bomber;
  return quantileOf(waits, 0.99);
}

const SMALL = ["60 KB", Object.values(BOMBS), ORDINARY] as const;
const VAST = ["4 MiB", Object.values(VAST_BOMBS), VAST_ORDINARY] as const;
/** This process takes longer to send the vast bodies than the server to refuse them. */
const MEANWHILE = sized({ full: [SMALL, VAST], fast: [SMALL] });

describe("another client", () => {
  for (const [size, bombs, wrong] of MEANWHILE) {
    test(
      `waits no longer among bombs of ${size} than among ordinary bodies that are refused`,
      async () => {
        const [among, otherwise]: [number[], number[]] = [[], []];
        // In turn, and by the median of the blocks: other load on the machine affects both, or few of the blocks.
        for (let block = 0; block < BLOCKS; block += 1) {
          otherwise.push(await p99Among([wrong]));
          among.push(await p99Among(bombs));
        }
        const amongMs = medianOf(among);
        const otherwiseMs = medianOf(otherwise);
        process.stdout.write(`p99 ${amongMs.toFixed(1)} ms among bombs, ${otherwiseMs.toFixed(1)} ms among others\n`);
        expect(amongMs).toBeLessThan(otherwiseMs * P99_RATIO_MAX + P99_MORE_MS_MAX);
      },
      TEST_MS_MAX,
    );
  }
});
