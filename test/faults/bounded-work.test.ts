/** Large arrays that are legal, or refused at their last event: no other client waits for them, and their sender pays. */

import { describe, expect, test } from "bun:test";
import { IS_FULL } from "../support/effort.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { eventAt, sessionStart } from "../support/requests.ts";
import { tempDir } from "../support/temp-dir.ts";
import { Client, SESSIONS } from "./support/client.ts";
import { startProbe, WAIT_MS_MAX } from "./support/probe.ts";
import { beginUpload } from "./support/uploads.ts";
import { statusesOf } from "./support/wire.ts";

const DOWNLOADED = "/api/v1/downloaded";
const ARRAYS = 40;
const EVENTS = 19_998;
/** Others that are answered while one is parsed: one or two where it is parsed at once. */
const ANSWERS_MIN = 5;
const READING_ASKS = 50;
/** 190 at a hundred events a second, less what a busy machine takes to read the array. */
const DEBT_SECONDS_MIN = 130;
const TEST_MS_MAX = 60_000;

/** 3.2 MB of events, the last of which is none. */
function spoiltArray(): string {
  const members = { params: { "media.x": "a".repeat(28) }, qoeData: { "media.qoe.bitrate": 1 } };
  const events = Array.from({ length: EVENTS }, (_, at) => eventAt(at + 1, "ping", members));
  return JSON.stringify([sessionStart({ "media.downloaded": true }), ...events, eventAt(1, "nonsense")]);
}

/** Posts an array, and counts who else was answered between its last byte and its own answer. */
async function answersBeside(server: ServerProcess, path: string, body: string) {
  const upload = await beginUpload(server.port, { path, announced: body.length, first: body.slice(0, -1) });
  // What the server has not read by then it reads in between, which is not what this is about.
  for (let asked = 0; asked < READING_ASKS; asked += 1) await fetch(`${server.url}/healthz`);
  upload.write(body.slice(-1));
  let answers = 0;
  for (; statusesOf(upload.answer()).length === 0; answers += 1) await fetch(`${server.url}/healthz`);
  upload.leave();
  return { answers, statuses: statusesOf(upload.answer()) };
}

describe("a large array that is refused at its end", () => {
  test.each([DOWNLOADED, SESSIONS])("posted to %s is parsed in turns with others", async (path) => {
    using directory = tempDir();
    await using server = await startProcess(directory.path);
    const body = spoiltArray();
    const { answers, statuses } = await answersBeside(server, path, body);
    expect(statuses).toEqual([400]);
    expect(answers).toBeGreaterThan(ANSWERS_MIN);
  });

  test.skipIf(!IS_FULL)(
    "delays no other client, again and again",
    async () => {
      using directory = tempDir();
      await using server = await startProcess(directory.path);
      const client = new Client(server);
      const body = spoiltArray();
      using probe = await startProbe(server);
      for (let at = 0; at < ARRAYS; at += 1) {
        const response = await client.post(at % 2 === 0 ? DOWNLOADED : SESSIONS, body);
        const { errors } = (await response.json()) as { errors: readonly { pointer: string }[] };
        expect([response.status, errors[0]?.pointer]).toEqual([400, `/${EVENTS + 1}/eventType`]);
      }
      const slowestMs = await probe.stop();
      process.stdout.write(`${JSON.stringify({ arrays: ARRAYS, bytes: body.length, slowestMs })}\n`);
      expect(slowestMs).toBeLessThan(WAIT_MS_MAX);
    },
    TEST_MS_MAX,
  );

  test("is paid by its events, before it is looked at", async () => {
    using directory = tempDir();
    const settings = { CLIENT_EVENTS_PER_SECOND: "100", CLIENT_EVENTS_BURST: "1000" };
    await using server = await startProcess(directory.path, { settings });
    const client = new Client(server);
    expect((await client.post(DOWNLOADED, spoiltArray())).status).toBe(400);
    const next = await client.post(SESSIONS, sessionStart());
    expect(next.status).toBe(429);
    expect(Number(next.headers.get("Retry-After"))).toBeGreaterThan(DEBT_SECONDS_MIN);
  });

  test("is paid by its bytes where those are more", async () => {
    using directory = tempDir();
    const settings = { CLIENT_EVENTS_PER_SECOND: "1", CLIENT_EVENTS_BURST: "10" };
    await using server = await startProcess(directory.path, { settings });
    const client = new Client(server);
    expect((await client.post(SESSIONS, `{"eventType":"${"x".repeat(60_000)}"}`)).status).toBe(400);
    expect((await client.post(SESSIONS, sessionStart())).status).toBe(429);
  });
});
