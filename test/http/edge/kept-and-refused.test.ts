/** What is kept of an event of Media Edge beside its numbers, and what a client is told that comes too soon. */

import { expect, test } from "bun:test";
import { newSid } from "../../../src/base/ids.ts";
import { isOfOther } from "../../../src/protocol/edge/datastream-mark.ts";
import { exported, imported } from "../../ingest/moved.ts";
import { AT, eventXdm, startXdm } from "../../protocol/edge/xdm.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";

const HEADERS = { Origin: "https://player.example" };

function send(server: TestServer, path: string, xdm: object, query = "?configId=stream-1"): Promise<Response> {
  return server.post(`/ee/va/v1/${path}${query}`, { events: [{ xdm }] }, HEADERS);
}

async function open(server: TestServer, xdm: object): Promise<string> {
  const { handle } = (await (await send(server, "sessionStart", xdm)).json()) as {
    handle: readonly { type: string; payload: readonly [{ sessionId: string }] }[];
  };
  return handle.find(({ type }) => type === "media-analytics:new-session")?.payload[0].sessionId ?? "";
}

test("an event's XDM is kept, without whose it is, where it says more than is stored anyway", async () => {
  await using server = await startTestServer();
  const identityMap = { ECID: [{ id: "123" }] };
  const sid = await open(server, startXdm({}, { identityMap }));
  const bare = eventXdm("ping", { sessionID: sid }, { _id: "id-1", identityMap });
  const told = eventXdm("ping", { sessionID: sid, playhead: 2, qoeDataDetails: { bitrate: 3200 } }, { _id: "id-2" });
  for (const xdm of [bare, told]) expect((await send(server, "ping", xdm)).status).toBe(204);
  const { events } = await server.admin(`/admin/api/sessions/${sid}`);
  expect(events.map(({ xdm }: { xdm?: object }) => xdm)).toEqual([startXdm(), undefined, told]);
});

test("an event just as the Web SDK sends it is told like any other, though its XDM is not stored", async () => {
  await using server = await startTestServer();
  const sid = await open(server, startXdm());
  const mediaCollection = { playhead: 7, sessionID: sid, qoeDataDetails: { timeToStart: 1364, bitrate: 3200 } };
  const usual = { timestamp: AT, eventType: "media.ping", mediaCollection };
  const envelope = {
    query: { identity: { fetch: ["ECID"] } },
    meta: { queueTimeMillis: 1, state: { domain: "player.example", cookiesEnabled: true } },
  };
  const ping = async (configId: string, Cookie = "theme=dark") => {
    const headers = { ...HEADERS, Cookie };
    const path = `/ee/va/v1/ping?configId=${configId}&requestId=r-1`;
    expect((await server.post(path, { events: [{ xdm: usual }], ...envelope }, headers)).status).toBe(204);
  };
  await ping("stream-1");
  await ping("stream-2");
  await ping("stream-1", "kndctr_A_AdobeOrg_consent=general%3Dout");
  const { events } = await server.admin(`/admin/api/sessions/${sid}`);
  expect(events.slice(1)).toMatchObject([
    { playhead: 7, requestId: "r-1#0", qoeData: { "media.qoe.bitrate": 3_200_000 }, flags: ["ts-implausible"] },
    { flags: ["config-mismatch", "ts-implausible"] },
  ]);
  for (const { xdm } of events.slice(1)) expect(JSON.stringify(xdm)).toBe(JSON.stringify(usual));
  const file = await exported(server);
  expect(file).toContain(JSON.stringify(usual));
  expect(await imported(server, file)).toMatchObject({ events: { stored: 0, present: 2 } });
});

test("a client is told after how many whole seconds to come again, where a browser may read it", async () => {
  const config = { openSessionsMax: 1, clientEventsPerSecond: 1, clientEventsBurst: 3 };
  await using server = await startTestServer({ config });
  const sid = await open(server, startXdm());
  const start = await send(server, "sessionStart", startXdm());
  expect([start.status, start.headers.get("Retry-After")]).toEqual([503, "1"]);
  expect((await send(server, "play", eventXdm("play", { sessionID: sid }))).status).toBe(204);
  const refused = await send(server, "ping", eventXdm("ping", { sessionID: sid }));
  expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "1"]);
  expect(refused.headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
  expect(await refused.json()).toMatchObject({ status: 429, title: "Too Many Requests" });
});

test("an event that names another datastream than its session's start is flagged, over a restart too", async () => {
  await using server = await startTestServer();
  const sid = await open(server, startXdm());
  const ping = async (query?: string) => {
    expect((await send(server, "ping", eventXdm("ping", { sessionID: sid }), query)).status).toBe(204);
  };
  await ping();
  await ping("");
  await ping("?configId=stream-2");
  await server.restart(1000);
  await ping();
  await ping("?datastreamId=stream-2");
  const { events } = await server.admin(`/admin/api/sessions/${sid}`);
  const isFlagged = ({ flags }: { flags: string[] }) => flags.includes("config-mismatch");
  expect(events.map(isFlagged)).toEqual([false, false, false, true, false, true]);
});

test("a session of the other dialect is of no datastream", () => {
  expect(isOfOther(newSid(Date.now()), "stream-1")).toBe(false);
});
