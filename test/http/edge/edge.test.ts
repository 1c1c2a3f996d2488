/** Media Edge over HTTP: what its clients need beside the scenarios, and what bad input gets. */

import { describe, expect, test } from "bun:test";
import type { Settings } from "../../../src/config.ts";
import { decodeIdentity } from "../../../src/protocol/edge/identity.ts";
import { eventXdm, startXdm } from "../../protocol/edge/xdm.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";

const QUERY = "?configId=stream-1";
const ORG = "972C898555E9F7BC7F000101@AdobeOrg";
const IDENTITY = "kndctr_972C898555E9F7BC7F000101_AdobeOrg_identity";
const CONSENT = "kndctr_972C898555E9F7BC7F000101_AdobeOrg_consent";

interface Handle {
  readonly type: string;
  readonly eventIndex?: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the members that it looks at
  readonly payload: readonly any[];
}

interface EdgeAnswer {
  readonly requestId: string;
  readonly handle: readonly Handle[];
  readonly errors?: readonly { readonly type: string; readonly report: { readonly eventIndex: number } }[];
}

function withServer(config: Partial<Settings>, run: (server: TestServer) => Promise<void>) {
  return async () => {
    await using server = await startTestServer({ config });
    await run(server);
  };
}

async function interact(server: TestServer, body: object, headers: Record<string, string> = {}): Promise<EdgeAnswer> {
  const response = await server.post(`/ee/v1/interact${QUERY}`, body, headers);
  expect([200, 207]).toContain(response.status);
  return (await response.json()) as EdgeAnswer;
}

async function open(server: TestServer, xdm: object = startXdm()): Promise<string> {
  return sidOf(await interact(server, { events: [{ xdm }] }));
}

function sidOf({ handle }: EdgeAnswer): string {
  return handle.find(({ type }) => type === "media-analytics:new-session")?.payload[0].sessionId;
}

function send(server: TestServer, type: string, sid: string, collection: object = {}, path = "/ee/va/v1") {
  const xdm = eventXdm(type, { sessionID: sid, ...collection });
  return server.post(`${path}/${type}${QUERY}`, { events: [{ xdm }] });
}

describe("a session of Media Edge", () => {
  test(
    "is a session like any other, with its events in order",
    withServer({}, async (server) => {
      const sid = await open(server);
      for (const type of ["play", "ping", "sessionEnd"]) expect((await send(server, type, sid)).status).toBe(204);
      const { session, events } = await server.admin(`/admin/api/sessions/${sid}`);
      expect(session.status).toBe("closed");
      expect(events.map(({ type }: { type: string }) => type).slice(0, 2)).toEqual(["sessionStart", "play"]);
      expect((await server.post(`/api/v1/sessions/${sid}/events`, { eventType: "play" })).status).toBe(400);
    }),
  );

  test(
    "is found under every base and hint, and nowhere else",
    withServer({ edgeBases: ["ee", "custom"] }, async (server) => {
      const sid = await open(server);
      for (const path of ["/ee/va/v1", "/ee/or2/va/v1", "/custom/t34/va/v1", "/custom/va/v1"]) {
        expect((await send(server, "ping", sid, {}, path)).status).toBe(204);
      }
      for (const path of ["/ee/OR2/va/v1", "/ee/v1/va/v1", "/ee/va/va/v1", "/ee-pre-prd/va/v1", "/ee/a/b/va/v1"]) {
        expect((await send(server, "ping", sid, {}, path)).status).toBe(404);
      }
    }),
  );

  test(
    "may come in one batch with other events, each by itself",
    withServer({}, async (server) => {
      const sid = await open(server);
      const events = [
        { xdm: startXdm() },
        { xdm: { eventType: "web.webpagedetails.pageViews" } },
        { xdm: eventXdm("play", { sessionID: sid }) },
        { xdm: eventXdm("adStart", { sessionID: sid }) },
        { xdm: eventXdm("play", { sessionID: "f".repeat(64) }) },
        { query: { identity: { fetch: ["ECID"] } } },
      ];
      const { handle, errors } = await interact(server, { events });
      expect(handle.map(({ eventIndex }) => eventIndex)).toEqual([0]);
      expect(errors?.map(({ type, report }) => [report.eventIndex, type.slice(-16)])).toEqual([
        [3, "va-edge-0400-400"],
        [4, "va-edge-0404-404"],
      ]);
      const { events: stored } = await server.admin(`/admin/api/sessions/${sid}`);
      expect(stored).toHaveLength(2);
    }),
  );
});

describe("what is asked for again", () => {
  const start = { events: [{ xdm: startXdm({}, { _id: "0e1b2c3d-0000-4000-8000-00000000abcd" }) }] };

  test(
    "as a start is the same session while that is open, over a restart too",
    withServer({}, async (server) => {
      const sid = sidOf(await interact(server, start));
      expect(sidOf(await interact(server, start))).toBe(sid);
      await server.restart(1000);
      expect(sidOf(await interact(server, start))).toBe(sid);
      expect((await send(server, "sessionEnd", sid)).status).toBe(204);
      expect(sidOf(await interact(server, start))).not.toBe(sid);
    }),
  );

  test(
    "as a start after ten minutes, or at another datastream, is a session of its own",
    withServer({}, async (server) => {
      const sid = sidOf(await interact(server, start));
      const elsewhere = await server.post("/ee/v1/interact?configId=stream-2", start);
      expect(sidOf((await elsewhere.json()) as EdgeAnswer)).not.toBe(sid);
      await server.restart(0, { idleTimeoutMs: 60 * 60_000 });
      server.clock.pass(10 * 60_000);
      expect(sidOf(await interact(server, start))).not.toBe(sid);
    }),
  );

  test(
    "as an event is its duplicate; another id makes another event",
    withServer({}, async (server) => {
      const sid = await open(server);
      const ping = (id: string, members: object = {}) => {
        return { events: [{ xdm: eventXdm("ping", { sessionID: sid }, { _id: id, ...members }) }] };
      };
      for (const body of [
        ...[ping("id-1"), ping("id-1"), ping("id-2")],
        ...[ping("id-3", { timestamp: null }), ping("id-3", { timestamp: null })],
      ]) {
        server.clock.pass(1000);
        expect((await server.post(`/ee/va/v1/ping${QUERY}`, body)).status).toBe(204);
      }
      const { events } = await server.admin(`/admin/api/sessions/${sid}`);
      const verdicts = events.map(({ requestId, verdict }: Record<string, string>) => [requestId ?? null, verdict]);
      expect(verdicts.slice(1)).toEqual([
        ["id-1", "counted"],
        ["id-1", "duplicate"],
        ["id-2", "counted"],
        ["id-3", "counted"],
        ["id-3", "duplicate"],
      ]);
    }),
  );

  test(
    "as downloaded content that names its viewer is stored once",
    withServer({}, async (server) => {
      const element = (mediaEventType: string, second: number, mediaCollection: object) => {
        const mediaEventTimestamp = new Date(Date.UTC(2026, 2, 4, 13, 0, second)).toISOString();
        return { mediaEventType: `media.${mediaEventType}`, mediaEventTimestamp, mediaCollection };
      };
      const { mediaCollection } = startXdm() as { mediaCollection: object };
      const xdm = {
        identityMap: { ECID: [{ id: "123" }] },
        mediaDownloadedEvents: [element("sessionStart", 0, mediaCollection), element("play", 1, { playhead: 0 })],
      };
      for (let time = 0; time < 2; time += 1) {
        const response = await server.post(`/ee/va/v1/downloaded${QUERY}`, { events: [{ xdm }] });
        expect(response.status).toBe(200);
      }
      const { sessions } = await server.admin("/admin/api/sessions");
      expect(sessions).toHaveLength(1);
      expect(sessions[0]).toMatchObject({ downloaded: true, derived: { "edge.configId": "stream-1" } });
    }),
  );
});

describe("an origin", () => {
  test(
    "is named in every answer, with leave to send cookies",
    withServer({}, async (server) => {
      const paths = ["/ee/v1/interact", "/ee/va/v1/play", "/ee/va/v1/unheardOf", "/ee/v1/collect"];
      for (const path of paths) {
        for (const origin of ["https://player.example", "null"]) {
          const { headers } = await server.post(path, "", { Origin: origin });
          expect(headers.get("Access-Control-Allow-Origin")).toBe(origin);
          expect(headers.get("Access-Control-Allow-Credentials")).toBe("true");
          expect(headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
          expect(headers.get("Vary")).toBe("Origin");
        }
        const fromApp = [...(await server.post(path, "")).headers.keys()];
        expect(fromApp.filter((name) => name.startsWith("access-control-"))).toEqual([]);
      }
    }),
  );

  test(
    "that isn't listed is refused, and may not read why",
    withServer({ origins: ["https://player.example"] }, async (server) => {
      const body = { events: [{ xdm: startXdm() }] };
      const refused = await server.post(`/ee/v1/interact${QUERY}`, body, { Origin: "https://other.example" });
      expect(refused.status).toBe(403);
      expect(refused.headers.get("Access-Control-Allow-Origin")).toBeNull();
      expect(refused.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    }),
  );
});

describe("an identity", () => {
  test(
    "is given where an organisation is configured, once, and is the session's",
    withServer({ edgeOrg: ORG }, async (server) => {
      const answer = await interact(server, { events: [{ xdm: startXdm() }] });
      const [kept] = answer.handle.find(({ type }) => type === "state:store")?.payload ?? [];
      expect(kept).toMatchObject({ key: IDENTITY, maxAge: 34_128_000 });
      const ecid = decodeIdentity(kept.value);
      const stored = await server.admin(`/admin/api/sessions/${sidOf(answer)}`);
      expect(stored.session.params["visitor.marketingCloudUserId"]).toBe(ecid);
      expect(stored.session.params["visitor.marketingCloudOrgId"]).toBe(ORG);
      const again = await interact(server, {
        events: [{ xdm: startXdm() }],
        meta: { state: { entries: [kept] } },
        query: { identity: { fetch: ["ECID"] } },
      });
      expect(again.handle.filter(({ type }) => type === "state:store")).toEqual([]);
      expect(again.handle.find(({ type }) => type === "identity:result")?.payload[0].id).toBe(ecid);
    }),
  );

  test(
    "is given to no client where none is",
    withServer({}, async (server) => {
      const { handle } = await interact(server, { query: { identity: { fetch: ["ECID"] } } });
      expect(handle).toEqual([]);
    }),
  );
});

describe("a consent", () => {
  test(
    "is kept by the client, and one that refuses keeps everything away",
    withServer({ edgeOrg: ORG }, async (server) => {
      const consent = [{ standard: "Adobe", version: "1.0", value: { general: "out" } }];
      const response = await server.post(`/ee/v1/privacy/set-consent${QUERY}`, { consent });
      const { handle } = (await response.json()) as EdgeAnswer;
      expect(handle).toEqual([
        {
          type: "state:store",
          payload: [{ key: CONSENT, value: "general=out", maxAge: 15_552_000, attrs: { SameSite: "None" } }],
        },
      ]);
      const answer = await interact(server, { events: [{ xdm: startXdm() }] }, { Cookie: `${CONSENT}=general%3Dout` });
      const sid = sidOf(answer);
      expect(sid).toMatch(/^[0-9a-f]{64}$/);
      const { events: _, ...rest } = { events: 0 };
      const body = { events: [{ xdm: eventXdm("play", { sessionID: sid }) }], ...rest };
      const play = await server.post(`/ee/va/v1/play${QUERY}`, body, { Cookie: `${CONSENT}=general=out` });
      expect(play.status).toBe(204);
      expect((await server.admin("/admin/api/sessions")).sessions).toEqual([]);
    }),
  );
});

describe("a datastream", () => {
  const config = { edgeDatastreams: [`known:suite:${ORG}`] };

  test(
    "that isn't listed is refused; one that is has its report suite",
    withServer(config, async (server) => {
      const body = { events: [{ xdm: startXdm() }] };
      const refused = await server.post("/ee/va/v1/sessionStart?configId=other", body);
      expect(refused.status).toBe(400);
      expect((await refused.json()) as object).toMatchObject({ type: expect.stringMatching(/EXEG-0003-400$/) });
      const taken = await server.post("/ee/va/v1/sessionStart?datastreamId=known", body);
      const { session } = await server.admin(`/admin/api/sessions/${sidOf((await taken.json()) as EdgeAnswer)}`);
      expect(session.params["analytics.reportSuite"]).toBe("suite");
    }),
  );
});

describe("a start that is refused", () => {
  const body = { events: [{ xdm: startXdm({ sessionDetails: {} }) }] };

  test(
    "is answered 207, or 400 where that is wanted",
    withServer({}, async (server) => {
      expect((await server.post(`/ee/va/v1/sessionStart${QUERY}`, body)).status).toBe(207);
      await server.restart(0, { edgeStartErrors: "400" });
      const refused = await server.post(`/ee/v1/interact${QUERY}`, body);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({ type: expect.stringMatching(/va-edge-0400-400$/) });
    }),
  );

  test(
    "shows in the live tail with its JSONPath, and is counted",
    withServer({}, async (server) => {
      const answer = await fetch(`${server.url}/admin/api/live/tail`, {
        headers: { Authorization: "Bearer a-token-for-tests-of-32-characters-or-more" },
      });
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      const utf8 = new TextDecoder();
      await server.post(`/ee/va/v1/sessionStart${QUERY}`, body);
      let text = "";
      while (!text.includes("sessionDetails.name")) text += utf8.decode((await reader.read()).value, { stream: true });
      expect(text).toContain("$.xdm.mediaCollection.sessionDetails.name");
      await reader.cancel();
      const metrics = await (
        await fetch(`${server.url}/metrics`, {
          headers: { Authorization: "Bearer a-token-for-tests-of-32-characters-or-more" },
        })
      ).text();
      expect(metrics).toContain('route="/ee/va/v1/:event"');
    }),
  );
});

describe("an event of a session that another server opened", () => {
  const stray = (xdm: object, meta: object) => ({ events: [{ xdm }], meta });
  const ofWebSdk = { state: { domain: "player.example", cookiesEnabled: true } };
  const told = ({ logged }: TestServer) => logged.filter((line) => line.includes("thirdPartyCookiesEnabled"));

  test(
    "is explained in the log, if the Web SDK sent it, once a minute",
    withServer({}, async (server) => {
      for (const sid of ["f".repeat(64), "Z".repeat(64)]) {
        const body = stray(eventXdm("play", { sessionID: sid }), ofWebSdk);
        expect((await server.post(`/ee/va/v1/play${QUERY}`, body)).status).toBe(404);
      }
      expect(told(server).length).toBe(1);
      expect(told(server)[0]).toContain('"level":"info"');
      expect(told(server)[0]).not.toContain("fff");
      server.clock.pass(60_000);
      await interact(server, stray(eventXdm("play", { sessionID: "f".repeat(64) }), ofWebSdk));
      expect(told(server).length).toBe(2);
    }),
  );

  test(
    "is not, if another client sent it, or its session is closed",
    withServer({}, async (server) => {
      const unknown = stray(eventXdm("play", { sessionID: "f".repeat(64) }), { state: { entries: [] } });
      expect((await server.post(`/ee/va/v1/play${QUERY}`, unknown)).status).toBe(404);
      const sid = await open(server);
      await send(server, "sessionEnd", sid);
      server.clock.pass(3_600_000);
      const late = stray(eventXdm("play", { sessionID: sid }), ofWebSdk);
      expect((await server.post(`/ee/va/v1/play${QUERY}`, late)).status).toBe(410);
      expect(told(server)).toEqual([]);
    }),
  );
});

describe("bad input", () => {
  const deep = JSON.stringify({ events: [{ xdm: eventXdm("ping") }] }).replace(
    '"playhead":1',
    `"x":${"[".repeat(40)}${"]".repeat(40)}`,
  );
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`k${at}`, 0]));
  const rows: readonly (readonly [name: string, path: string, body: unknown, status: number])[] = [
    ["nesting", "/ee/va/v1/ping", deep, 400],
    ["5,000 members", "/ee/va/v1/ping", { events: [{ xdm: eventXdm("ping", many) }] }, 400],
    ["a key named __proto__", "/ee/va/v1/ping", '{"events":[{"xdm":{"__proto__":{}}}]}', 400],
    ["a text with NUL", "/ee/va/v1/sessionStart", { events: [{ xdm: startXdm({}, { "a\0": 1 }) }] }, 400],
    ["a megabyte of identities", "/ee/v1/interact", { xdm: { identityMap: { ECID: "x".repeat(2 ** 20) } } }, 413],
    ["a list for a body", "/ee/v1/interact", [], 400],
    ["a number for events", "/ee/v1/interact", { events: 1 }, 400],
    ["two events on the path of one", "/ee/va/v1/ping", { events: [{}, {}] }, 400],
    ["no event on the path of one", "/ee/va/v1/ping", { events: [] }, 400],
    ["a start for downloaded", "/ee/va/v1/downloaded", { events: [{ xdm: startXdm() }] }, 207],
    ["version 2", "/ee/v2/interact", { events: [] }, 404],
  ];
  for (const mode of ["standard", "strict"] as const) {
    for (const [name, path, body, status] of rows) {
      test(
        `as ${name} gets its answer and stores nothing, in ${mode}`,
        withServer({ validation: mode }, async (server) => {
          const response = await server.post(`${path}${QUERY}`, body);
          expect(response.status).toBe(status);
          expect(((await response.text()) ?? "").length).toBeLessThan(2000);
          expect((await server.admin("/admin/api/sessions")).sessions).toEqual([]);
        }),
      );
    }
  }

  test(
    "in a client's own cookies doesn't keep its events away",
    withServer({ edgeOrg: ORG }, async (server) => {
      const entries = [{ key: IDENTITY, value: "bm8gcHJvdG9idWY=" }, { key: 1 }, null];
      const answer = await interact(server, { events: [{ xdm: startXdm() }], meta: { state: { entries } } });
      expect(sidOf(answer)).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});
