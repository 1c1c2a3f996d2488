/** Limits on reporting: lists of origins and report suites, the rate of a client, and proxies in front. */

import { describe, expect, test } from "bun:test";
import type { Settings } from "../../src/config.ts";
import { RateLimit } from "../../src/http/guard/rate-limit.ts";
import { createAddressOf, createClientOf } from "../../src/http/read/client-address.ts";
import { eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";

const SESSIONS = "/api/v1/sessions";
const LISTED = "https://video.example";
const OTHER = "https://elsewhere.example";

async function answerOf(server: TestServer, headers: Record<string, string>, body: unknown = sessionStart()) {
  const response = await server.post(SESSIONS, body, headers);
  return [response.status, response.headers.get("Access-Control-Allow-Origin")] as const;
}

const DOWNLOADED = [sessionStart({ "media.downloaded": true }), eventAt(1, "play"), eventAt(2, "sessionEnd")];

describe("without any list", () => {
  test("every origin and every report suite may report, as fast as it can", async () => {
    await using server = await startTestServer();
    for (let n = 0; n < 20; n += 1) expect(await answerOf(server, { Origin: OTHER })).toEqual([201, "*"]);
    expect(await answerOf(server, {}, sessionStart({ "analytics.reportSuite": "any" }))).toEqual([201, "*"]);
  });
});

describe("the list of origins", () => {
  const config: Partial<Settings> = { origins: [LISTED, "null"] };
  const rows: readonly (readonly [
    who: string,
    headers: Record<string, string>,
    status: number,
    allowed: string | null,
  ])[] = [
    ["a page that is listed", { Origin: LISTED }, 201, LISTED],
    ["a page of another origin", { Origin: OTHER }, 403, null],
    ["a page on another port", { Origin: `${LISTED}:8443` }, 403, null],
    ["a page without TLS", { Origin: "http://video.example" }, 403, null],
    ["a page whose origin only begins like it", { Origin: `${LISTED}.evil.example` }, 403, null],
    ["a page from a file, which is listed", { Origin: "null" }, 201, "null"],
    ["an app, which sends none", {}, 201, null],
  ];
  for (const [who, headers, status, allowed] of rows) {
    test(`answers ${who} ${status}`, async () => {
      await using server = await startTestServer({ config });
      expect(await answerOf(server, headers)).toEqual([status, allowed]);
    });
  }

  test("holds on every collect path, in preflights, and for unknown paths", async () => {
    await using server = await startTestServer({ config });
    const sid = await server.open();
    for (const path of [SESSIONS, `${SESSIONS}/${sid}/events`, "/api/v1/downloaded"]) {
      const refused = await server.post(path, eventAt(1, "play"), { Origin: OTHER });
      expect([path, refused.status, refused.headers.get("Vary")]).toEqual([path, 403, "Origin"]);
      expect(await refused.json()).toEqual({
        code: "origin-refused",
        message: `Cannot take this: pages of ${JSON.stringify(OTHER)} may not report here; PLAYHEAD_ORIGINS lists those that may`,
      });
      for (const [origin, allowed] of [
        [LISTED, LISTED],
        [OTHER, null],
      ] as const) {
        const preflight = await fetch(server.url + path, { method: "OPTIONS", headers: { Origin: origin } });
        expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([204, allowed]);
      }
    }
    const nothing = await fetch(`${server.url}/api/v2/x`, { headers: { Origin: OTHER } });
    expect([nothing.status, nothing.headers.get("Access-Control-Allow-Origin")]).toEqual([404, null]);
  });

  test("leaves schemas and documentation readable for every origin", async () => {
    await using server = await startTestServer({ config });
    for (const path of ["/api/v1/schemas", "/openapi.json"]) {
      const response = await fetch(server.url + path, { headers: { Origin: OTHER } });
      expect([response.status, response.headers.get("Access-Control-Allow-Origin")]).toEqual([200, "*"]);
    }
  });

  test("stores no refused request, and shows the refusal in the live tail", async () => {
    await using server = await startTestServer({ config });
    await server.post(SESSIONS, sessionStart(), { Origin: OTHER });
    expect((await server.admin("/admin/api/sessions")).sessions).toEqual([]);
    expect((await server.admin("/admin/api/live/snapshot")).rejectedPerMinute).toBe(1);
  });
});

describe("the list of report suites", () => {
  const config: Partial<Settings> = { reportSuites: ["ours", "too"] };
  const rows: readonly (readonly [suite: string, status: number])[] = [
    ["ours", 201],
    ["ours,too", 201],
    ["ours, too", 201],
    ["theirs", 403],
    ["ours,theirs", 403],
    ["OURS", 403],
    ["ours,", 403],
  ];
  for (const [suite, status] of rows) {
    test(`answers a start of ${JSON.stringify(suite)} ${status}`, async () => {
      await using server = await startTestServer({ config });
      const [start, ...rest] = DOWNLOADED;
      expect((await answerOf(server, {}, sessionStart({ "analytics.reportSuite": suite })))[0]).toBe(status);
      const params = { ...(start?.["params"] as object), "analytics.reportSuite": suite };
      const downloaded = [{ ...start, params }, ...rest];
      expect((await answerOf(server, {}, downloaded))[0]).toBe(status);
      expect((await server.post("/api/v1/downloaded", downloaded)).status).toBe(status);
    });
  }

  test("lets earlier sessions go on", async () => {
    const suites: string[] = [];
    await using server = await startTestServer({ config: { reportSuites: suites } });
    const sid = await server.open(sessionStart({ "analytics.reportSuite": "theirs" }));
    suites.push("ours");
    await server.restart();
    expect(await server.add(sid, eventAt(1, "play"))).toBe(204);
    const refused = await server.post(SESSIONS, sessionStart({ "analytics.reportSuite": "theirs" }));
    expect([refused.status, ((await refused.json()) as { message: string }).message]).toEqual([
      403,
      'Cannot start the session: the report suite "theirs" is not taken here; ' +
        "send one of PLAYHEAD_REPORT_SUITES as analytics.reportSuite",
    ]);
  });
});

describe("the number of open sessions", () => {
  test("has a bound: above it a start is 503 until a session ends; downloaded content is still taken", async () => {
    await using server = await startTestServer({ config: { openSessionsMax: 2 } });
    const sid = await server.open();
    await server.open();
    const refused = await server.post(SESSIONS, sessionStart());
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect((await server.post("/api/v1/downloaded", DOWNLOADED)).status).toBe(201);
    expect(await server.add(sid, eventAt(1, "sessionEnd"))).toBe(204);
    await server.open();
  });
});

describe("the rate of a client", () => {
  const config: Partial<Settings> = { clientEventsPerSecond: 2, clientEventsBurst: 4 };

  test("answers 429 once it is used up, readable in a browser, and recovers with time", async () => {
    await using server = await startTestServer({ config });
    const sid = await server.open();
    for (let n = 0; n < 3; n += 1) expect(await server.add(sid, eventAt(n, "play"))).toBe(204);
    const refused = await server.post(`${SESSIONS}/${sid}/events`, eventAt(4, "play"), { Origin: OTHER });
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "1"]);
    expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(refused.headers.get("Access-Control-Expose-Headers")).toBe("Location, Retry-After");
    server.clock.pass(499);
    expect(await server.add(sid, eventAt(4, "play"))).toBe(429);
    server.clock.pass(1);
    expect(await server.add(sid, eventAt(4, "play"))).toBe(204);
    expect(await server.add(sid, eventAt(5, "play"))).toBe(429);
    server.clock.pass(60_000);
    for (let n = 0; n < 4; n += 1) expect(await server.add(sid, eventAt(n, "ping"))).toBe(204);
    expect(await server.add(sid, eventAt(9, "ping"))).toBe(429);
  });

  test("counts each event of an array, takes the array whole, and says how long to wait for the next", async () => {
    await using server = await startTestServer({ config });
    const body = [...DOWNLOADED.slice(0, 1), ...Array.from({ length: 19 }, (_, n) => eventAt(n + 1, "ping"))];
    expect((await server.post("/api/v1/downloaded", body)).status).toBe(201);
    const refused = await server.post(SESSIONS, sessionStart());
    // 4 - 20 = -16 tokens: 17 more at 2 a second.
    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "9"]);
    server.clock.pass(8500);
    expect((await server.post(SESSIONS, sessionStart())).status).toBe(201);
  });

  test("depends neither on the calendar nor on other paths", async () => {
    await using server = await startTestServer({ config });
    for (let n = 0; n < 4; n += 1) await server.open();
    server.clock.jump(86_400_000);
    expect((await server.post(SESSIONS, sessionStart())).status).toBe(429);
    expect((await fetch(`${server.url}/api/v1/schemas`)).status).toBe(200);
    expect((await fetch(`${server.url}${SESSIONS}`, { method: "OPTIONS" })).status).toBe(204);
    expect((await server.admin("/admin/api/sessions")).sessions.length).toBe(4);
  });

  test("is each client's own behind a trusted proxy, and the proxy's own behind any other", async () => {
    await using trusting = await startTestServer({ config: { ...config, trustedProxies: ["127.0.0.0/8"] } });
    await using plain = await startTestServer({ config });
    const statuses = async (server: TestServer) => {
      const all: number[] = [];
      for (let n = 0; n < 6; n += 1) all.push((await answerOf(server, { "X-Forwarded-For": `203.0.113.${n}` }))[0]);
      return all;
    };
    expect(await statuses(trusting)).toEqual([201, 201, 201, 201, 201, 201]);
    expect(await statuses(plain)).toEqual([201, 201, 201, 201, 429, 429]);
  });

  test("remembers a bounded number of clients", () => {
    const limit = new RateLimit({ perSecond: 1, burst: 1, elapsedMs: () => 0 });
    limit.take("first");
    expect(() => limit.take("first")).toThrow();
    for (let n = 0; n < 100_001; n += 1) limit.take(`client ${n}`);
    // Forgotten, so it starts over: a client with so many addresses can't be limited by address anyway.
    limit.take("first");
    expect(() => limit.take("client 100000")).toThrow();
  });
});

describe("the address of a client", () => {
  const proxies = ["10.0.0.0/8", "192.0.2.1", "fd00::/8"];
  const rows: readonly (readonly [what: string, socket: string, forwarded: string | undefined, client: string])[] = [
    ["its socket's", "203.0.113.5", undefined, "203.0.113.5"],
    ["its socket's, whatever it says of itself", "203.0.113.5", "198.51.100.1", "203.0.113.5"],
    ["what a proxy of ours says", "10.1.2.3", "198.51.100.1", "198.51.100.1"],
    ["what the proxy wrote, not what the client did", "10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
    ["behind two proxies", "10.1.2.3", "1.1.1.1, 198.51.100.1,192.0.2.1", "198.51.100.1"],
    ["a proxy's own, when it names no client", "10.1.2.3", undefined, "10.1.2.3"],
    ["the outermost when all are ours", "10.1.2.3", "10.9.9.9, 10.8.8.8", "10.9.9.9"],
    ["the last good one when what follows is no address", "10.1.2.3", "unknown", "10.1.2.3"],
    ["without the port that a proxy adds", "10.1.2.3", "203.0.113.7:51234", "203.0.113.7"],
    ["with ports behind two proxies", "10.1.2.3", "203.0.113.7:51234, 10.9.9.9:80", "203.0.113.7"],
    ["the network of an IPv6 address with a port", "10.1.2.3", "[2001:db8::1]:443", "2001:db8:0:0::/64"],
    ["the network of an IPv6 address in brackets", "10.1.2.3", "[2001:db8::1]", "2001:db8:0:0::/64"],
    ["the last good one before brackets around no address", "10.1.2.3", "[203.0.113.7", "10.1.2.3"],
    ["behind a proxy with an IPv6 address", "fd00::5", "198.51.100.1", "198.51.100.1"],
    ["IPv4 in IPv6", "::ffff:203.0.113.5", undefined, "203.0.113.5"],
    ["a proxy in IPv4 in IPv6", "::ffff:10.1.2.3", "::ffff:198.51.100.1", "198.51.100.1"],
    ["the network of an IPv6 address", "2001:db8:1:2:3:4:5:6", undefined, "2001:db8:1:2::/64"],
    ["the same network, written short", "2001:DB8:1:2::1", undefined, "2001:db8:1:2::/64"],
    ["a network with zeros", "2001:0db8::1", undefined, "2001:db8:0:0::/64"],
    ["this machine", "::1", undefined, "0:0:0:0::/64"],
  ];
  for (const [what, socket, forwarded, client] of rows) {
    test(`is ${what}`, () => {
      const headers = forwarded === undefined ? {} : { "X-Forwarded-For": forwarded };
      const server = { requestIP: () => ({ address: socket, family: "IPv4" as const, port: 1 }) };
      expect(createAddressOf(createClientOf(proxies))(new Request("http://x", { headers }), server)).toBe(client);
    });
  }
});
