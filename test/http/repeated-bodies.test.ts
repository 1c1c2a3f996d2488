/** Starts that are known by their body: what SDKs do that can't name a key, and what load generators and tests do. */

import { describe, expect, test } from "bun:test";
import { ANN, eraseAnn } from "../ingest/erasing.ts";
import { openingsIn, sessionsIn } from "../support/openings.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, sidOf, startTestServer, type TestServer } from "../support/server.ts";

const SESSIONS = "/api/v1/sessions";
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** What SDKs wait at least before they ask again. */
const AGAIN_MS = 500;

/** A start of now, or of so long ago. */
function startOf({ clock }: TestServer, params: object = ANN, agoMs = 0): object {
  return sessionStart(params, { playerTime: { playhead: 0, ts: clock.nowMs() - agoMs } });
}

/** Asks for a session, and again after each wait. @returns which of the sessions each answer named, from 0 */
async function askAll(server: TestServer, body: object, waitsMs: readonly number[]): Promise<number[]> {
  const sids = [await server.open(body)];
  for (const waitMs of waitsMs) {
    server.clock.pass(waitMs);
    sids.push(await server.open(body));
  }
  const different = [...new Set(sids)];
  expect(await sessionsIn(server)).toBe(different.length);
  return sids.map((sid) => different.indexOf(sid));
}

describe("a start that is asked for again with the same body", () => {
  test.each([
    ["as an SDK does", [500, 500, 500], [0, 0, 0, 0]],
    ["as an SDK does whose requests take their time", [5500, 5500, 5500], [0, 0, 0, 0]],
    ["300 ms later", [300], [0, 0]],
    ["299 ms later", [299], [0, 1]],
    ["at once, as a load generator does", [0, 0, 0], [0, 1, 2, 3]],
    ["each 100 ms, which is never 300 after the last", [100, 100, 100, 100], [0, 1, 2, 3, 4]],
    ["after such a crowd", [100, 300], [0, 1, 1]],
    ["just within the minute", [MINUTE_MS - 1], [0, 0]],
    ["a minute later", [MINUTE_MS], [0, 1]],
    ["all the time: it is known for a minute from its opening", [50_000, 5000, 5000, 500], [0, 0, 0, 1, 1]],
  ])("%s", async (_, waitsMs, expected) => {
    await using server = await startTestServer();
    expect(await askAll(server, startOf(server), waitsMs)).toEqual(expected);
  });

  test.each([
    ["analytics.visitorId", "ann", true],
    ["visitor.marketingCloudUserId", "12345678901234567890123456789012345678", true],
    ["analytics.aid", "2F-A", true],
    ["appInstallationId", "an-app", true],
    ["analytics.visitorId", "", false],
    ["visitor.customerIDs", { crm: { id: "ann" } }, false],
    ["media.name", "ann", false],
  ])("is known where it names a viewer: %s %p", async (key, value, isKnown) => {
    await using server = await startTestServer();
    expect(await askAll(server, startOf(server, { [key]: value }), [AGAIN_MS])).toEqual([0, isKnown ? 0 : 1]);
  });

  test.each([
    ["a day old", DAY_MS - AGAIN_MS, true],
    ["older than a day", DAY_MS - AGAIN_MS + 1, false],
    ["a day ahead", -DAY_MS, true],
    ["more than a day ahead", -DAY_MS - AGAIN_MS - 1, false],
  ])("is known where it is of today by the server's clock: %s", async (_, agoMs, isKnown) => {
    await using server = await startTestServer();
    expect(await askAll(server, startOf(server, ANN, agoMs), [AGAIN_MS])).toEqual([0, isKnown ? 0 : 1]);
  });

  test("is another of another viewer, or if it says anything else", async () => {
    await using server = await startTestServer();
    const start = startOf(server);
    const sid = await server.open(start);
    server.clock.pass(AGAIN_MS);
    expect(
      await server.open({ ...start, params: { ...(sessionStart().params as object), ...ANN, "media.id": "2" } }),
    ).not.toBe(sid);
    expect(await server.open({ ...start, customMetadata: { own: "1" } })).not.toBe(sid);
    expect(await server.open({ ...start, own: true })).not.toBe(sid);
    expect(sidOf(await server.post(SESSIONS, `${JSON.stringify(start)}\n`))).toBe(sid);
    expect(await server.open(startOf(server, { "analytics.visitorId": "bob" }))).not.toBe(sid);
  });

  test.each(["ping", "sessionEnd"])("is another viewing once its session has a %s", async (type) => {
    await using server = await startTestServer();
    const start = startOf(server);
    const sid = await server.open(start);
    expect(await server.add(sid, eventAt(1, type))).toBe(204);
    server.clock.pass(AGAIN_MS);
    expect(await server.open(start)).not.toBe(sid);
  });

  test("is known after a restart, unless its session has an event", async () => {
    await using server = await startTestServer();
    const start = startOf(server);
    const other = startOf(server, { "analytics.visitorId": "bob" });
    const sid = await server.open(start);
    const otherSid = await server.open(other);
    await server.add(otherSid, eventAt(1, "ping"));
    const keyed = startOf(server, { "analytics.visitorId": "cid" });
    const keyedSid = sidOf(await server.post(SESSIONS, keyed, { "Idempotency-Key": "0123456789abcdef" }));
    await server.restart(AGAIN_MS);
    expect(await server.open(start)).toBe(sid);
    expect(await server.open(other)).not.toBe(otherSid);
    expect(await server.open(keyed)).not.toBe(keyedSid);
    await server.restart(MINUTE_MS);
    expect(await server.open(start)).not.toBe(sid);
  });

  test("is counted, and needs no room", async () => {
    await using server = await startTestServer({ config: { openSessionsMax: 1 } });
    await askAll(server, startOf(server), [AGAIN_MS, AGAIN_MS]);
    const text = await (await fetch(`${server.url}/metrics`, { headers: ADMIN_HEADERS })).text();
    expect(text).toContain('playhead_repeated_starts_total{rule="body"} 2');
    expect(text).toContain('playhead_repeated_starts_total{rule="key"} 0');
    expect((await server.post(SESSIONS, startOf(server, { "analytics.visitorId": "bob" }))).status).toBe(503);
  });

  test("under a key of its own is another session", async () => {
    await using server = await startTestServer();
    const start = startOf(server);
    const sid = await server.open(start);
    server.clock.pass(AGAIN_MS);
    const keyed = await server.post(SESSIONS, start, { "Idempotency-Key": "0123456789abcdef" });
    expect(sidOf(keyed)).not.toBe(sid);
  });

  test("is another session once its visitor is erased, and has no row of its own", async () => {
    await using server = await startTestServer();
    const start = startOf(server);
    const sid = await server.open(start);
    expect(await openingsIn(server)).toEqual([]);
    await eraseAnn(server);
    server.clock.pass(AGAIN_MS);
    expect(await server.open(start)).not.toBe(sid);
  });
});

describe("the rows of openings", () => {
  test("go when no rule knows them any more", async () => {
    await using server = await startTestServer();
    await server.open(startOf(server));
    await server.post("/api/v1/downloaded", [startOf(server)]);
    await server.post(SESSIONS, startOf(server), { "Idempotency-Key": "0123456789abcdef" });
    await server.app.work();
    expect((await openingsIn(server)).map(({ rule }) => rule)).toEqual(["array", "key"]);
    await server.restart(DAY_MS + MINUTE_MS);
    await server.app.work();
    expect(await openingsIn(server)).toEqual([]);
  });
});
