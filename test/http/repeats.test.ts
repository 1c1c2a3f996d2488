/** Openings under a key: asked for again they give the same session, and the key stands in for its id. */

import { describe, expect, test } from "bun:test";
import { EVENT_EXAMPLES } from "../../src/protocol/collection/examples.ts";
import { ANN, eraseAnn, Gate, slowAppend } from "../ingest/erasing.ts";
import { openingsIn, sessionsIn } from "../support/openings.ts";
import { eventAt, sessionStart, sidOf, startTestServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const KEY = "0123456789abcdef";
const SESSIONS = "/api/v1/sessions";
const DOWNLOADED = "/api/v1/downloaded";
const HOUR_MS = 3_600_000;
const { play } = EVENT_EXAMPLES;

function ask(server: TestServer, body: unknown, { path = SESSIONS, key = KEY } = {}): Promise<Response> {
  return server.post(path, body, { "Idempotency-Key": key });
}

describe("an opening under a key", () => {
  test.each([
    [SESSIONS, sessionStart()],
    [SESSIONS, [sessionStart({ "media.downloaded": true })]],
    [DOWNLOADED, [sessionStart()]],
  ])("that is known gives the same session for a day, even after a restart: %s %#", async (path, body) => {
    await using server = await startTestServer();
    const sid = sidOf(await ask(server, body, { path }));
    expect(sidOf(await ask(server, body, { path }))).toBe(sid);
    await server.restart(24 * HOUR_MS - 1);
    const again = await ask(server, body, { path });
    expect([again.status, sidOf(again)]).toEqual([201, sid]);
    server.clock.pass(1);
    expect(sidOf(await ask(server, body, { path }))).not.toBe(sid);
    expect(await sessionsIn(server)).toBe(2);
  });

  test.each([
    ["another body", SESSIONS, sessionStart({ "media.id": "other" })],
    ["the same text with a space", SESSIONS, `${JSON.stringify(sessionStart())} `],
    ["the whole session", DOWNLOADED, [sessionStart(), eventAt(1, "play")]],
  ])("is refused with 409 when the key has opened something else: %s", async (_, path, other) => {
    await using server = await startTestServer();
    const sid = sidOf(await ask(server, sessionStart()));
    const refused = await ask(server, other, { path });
    expect([refused.status, refused.headers.get("Access-Control-Allow-Origin")]).toEqual([409, "*"]);
    expect(await refused.json()).toEqual({
      code: "key-reused",
      message: expect.stringContaining("Idempotency-Key has opened another in the last 24 hours; name a new key"),
    });
    expect(await sessionsIn(server)).toBe(1);
    expect(sidOf(await ask(server, sessionStart()))).toBe(sid);
    // Without the key it is an opening of its own, and so it is under another.
    expect((await server.post(path, other)).status).toBe(201);
    expect((await ask(server, other, { path, key: `${KEY}-2` })).status).toBe(201);
    expect(await sessionsIn(server)).toBe(3);
  });

  test("opens nothing for a body that is refused, and takes the mended one", async () => {
    await using server = await startTestServer();
    const mistyped = sessionStart({ "media.length": "60" });
    expect((await ask(server, mistyped)).status).toBe(400);
    expect((await ask(server, sessionStart())).status).toBe(201);
    expect((await ask(server, mistyped)).status).toBe(400);
  });

  test("needs no room of its own, of which there is none for others", async () => {
    await using server = await startTestServer({ config: { openSessionsMax: 1 } });
    const sid = sidOf(await ask(server, sessionStart()));
    expect((await ask(server, sessionStart(), { key: `${KEY}-2` })).status).toBe(503);
    expect(sidOf(await ask(server, sessionStart()))).toBe(sid);
  });

  test("stands in place of the sid, for a client that goes before it is answered", async () => {
    await using server = await startTestServer();
    const sid = sidOf(await ask(server, sessionStart()));
    await server.restart();
    expect((await server.post(`${SESSIONS}/${KEY}/events`, play)).status).toBe(204);
    expect((await server.post(`${SESSIONS}/${KEY}-2/events`, play)).status).toBe(404);
    const { events } = await server.admin(`/admin/api/sessions/${sid}`);
    expect(events.map(({ type }: { type: string }) => type)).toEqual(["sessionStart", "play"]);
  });

  test("is one session, however many ask at once before the first is stored", async () => {
    const gate = new Gate();
    await using server = await startTestServer({ openStore: slowAppend(gate) });
    gate.shut();
    const first = ask(server, sessionStart());
    await waitFor(() => gate.reached > 0);
    const others = Array.from({ length: 20 }, () => ask(server, sessionStart()));
    const whole = ask(server, [sessionStart()], { path: DOWNLOADED });
    const event = server.post(`${SESSIONS}/${KEY}/events`, play);
    gate.open();
    const sid = sidOf(await first);
    for (const answer of await Promise.all(others)) expect(sidOf(answer)).toBe(sid);
    expect([(await whole).status, (await event).status]).toEqual([409, 204]);
    expect(await sessionsIn(server)).toBe(1);
    expect(await openingsIn(server)).toEqual([{ rule: "key", count: 1 }]);
  });

  test("is forgotten with its session when the visitor is erased", async () => {
    await using server = await startTestServer();
    const sid = sidOf(await ask(server, sessionStart(ANN)));
    await eraseAnn(server);
    expect(await openingsIn(server)).toEqual([]);
    expect((await server.post(`${SESSIONS}/${KEY}/events`, play)).status).toBe(404);
    const again = await ask(server, sessionStart(ANN));
    expect([again.status, sidOf(again) === sid]).toEqual([201, false]);
  });

  test.each([
    ["short", "1"],
    ["one short of the least", KEY.slice(1)],
    ["too long", "x".repeat(101)],
    ["with a space", `${KEY} ${KEY}`],
    ["with a control character", `${KEY}\t${KEY}`],
    ["beyond ASCII", `${KEY}é`],
  ])("that is no key is an opening of its own: %s", async (_, key) => {
    await using server = await startTestServer();
    const first = await ask(server, sessionStart(), { key });
    const second = await ask(server, sessionStart({ "media.id": "other" }), { key });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect((await server.post(`${SESSIONS}/${encodeURIComponent(key)}/events`, play)).status).toBe(404);
    expect(await openingsIn(server)).toEqual([]);
  });
});

describe("downloaded content without a key", () => {
  const whole = (params: object) => [sessionStart({ "media.downloaded": true, ...params }), eventAt(1, "play")];

  test.each([SESSIONS, DOWNLOADED])("that names a viewer is known by its body for a day: %s", async (path) => {
    await using server = await startTestServer();
    const sid = sidOf(await server.post(path, whole(ANN)));
    // At once, as a client whose connection was cut.
    expect(sidOf(await server.post(path, whole(ANN)))).toBe(sid);
    await server.restart(23 * HOUR_MS);
    expect(sidOf(await server.post(path, whole(ANN)))).toBe(sid);
    expect(sidOf(await server.post(path, whole({ "analytics.visitorId": "bob" })))).not.toBe(sid);
    server.clock.pass(HOUR_MS);
    expect(sidOf(await server.post(path, whole(ANN)))).not.toBe(sid);
  });

  test("that names none is another session each time", async () => {
    await using server = await startTestServer();
    for (let times = 0; times < 2; times += 1) await server.post(DOWNLOADED, whole({}));
    expect(await sessionsIn(server)).toBe(2);
  });
});
