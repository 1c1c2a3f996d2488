/** Access to every method of every route: without a token, with a wrong one and with the right one. */

import { describe, expect, test } from "bun:test";
import { readSettings } from "../../src/config.ts";
import { EDGE_PATHS } from "../../src/http/edge/paths.ts";
import { type RouteContext, resourcesOf } from "../../src/http/routes.ts";
import { DEMO_MONTH } from "../support/contract.ts";
import { ADMIN_HEADERS, ADMIN_TOKEN, startTestServer, type TestServer } from "../support/server.ts";

/** Routes without a token. A new route needs the token unless it is listed here. */
const PUBLIC: ReadonlySet<string> = new Set([
  "/api/v1/sessions",
  "/api/v1/sessions/:sid/events",
  "/api/v1/downloaded",
  "/api/v1/schemas",
  "/api/v1/schemas/:eventType",
  "/admin",
  "/admin/app.js",
  "/admin/app.css",
  "/healthz",
  "/readyz",
  "/",
  "/openapi.json",
  "/docs",
  "/docs/origin.js",
  "/docs/style.css",
  "/tracker.js",
  "/tracker.mjs",
  "/tracker.d.ts",
  "/tracker/:part",
  "/demo",
  "/demo/demo.js",
  "/demo/demo.css",
  "/demo/clip.mp4",
  "/demo/ad.mp4",
  "/demo/sessions/:sid",
  ...Object.values(EDGE_PATHS).map((path) => `/ee/${path}`),
]);
/** Some two hundred requests, the first of which starts the report and export threads. */
const GUARDED_MS_MAX = 120_000;
/** The public paths that pages of other origins may read. */
const CROSS_ORIGIN = /^\/(api\/v1\/|ee\/|openapi\.json$|tracker[./])/;
const FILLED: Readonly<Record<string, string>> = {
  sid: "0".repeat(64),
  eventType: "play",
  event: "play",
  id: "nobody",
  kind: "sessions",
};
const WRONG: readonly (readonly [what: string, headers: Record<string, string>])[] = [
  ["another token", { Authorization: `Bearer ${"x".repeat(ADMIN_TOKEN.length)}` }],
  ["the token and a letter", { Authorization: `Bearer ${ADMIN_TOKEN}x` }],
  ["the token without its last letter", { Authorization: `Bearer ${ADMIN_TOKEN.slice(0, -1)}` }],
  ["the token in capitals", { Authorization: `Bearer ${ADMIN_TOKEN.toUpperCase()}` }],
  ["the token by another scheme", { Authorization: `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}` }],
  ["the token alone", { Authorization: ADMIN_TOKEN }],
  ["an empty one", { Authorization: "Bearer " }],
  ["a cookie of that name", { Cookie: `playhead-000000000000=${"9".repeat(12)}.${"0".repeat(64)}` }],
];

// Handlers are made but never called: the test reads only the routes.
const context = {
  ...readSettings({}),
  demo: true,
  adminToken: ADMIN_TOKEN,
  version: "0.0.0",
} as unknown as RouteContext;
const ROUTES = Object.entries(resourcesOf(context)).flatMap(([route, { methods }]) =>
  Object.keys(methods).map((method) => ({ route, method })),
);

interface Seen {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a request. Reads only the head of an endless answer. */
async function ask(server: TestServer, route: string, method: string, headers: Record<string, string>): Promise<Seen> {
  const filled = route.replace(/:(\w+)/g, (_, name: string) => FILLED[name] ?? name);
  // Media Edge makes an id for each request without one.
  const path = route.startsWith("/ee/") ? `${filled}?requestId=00000000-0000-4000-8000-000000000000` : filled;
  const response = await fetch(server.url + path, { method, headers });
  const isStream = response.headers.get("Content-Type") === "text/event-stream";
  const text = isStream ? "" : await response.text();
  if (isStream) await response.body?.cancel();
  const { date: _, ...rest } = Object.fromEntries(response.headers);
  return { status: response.status, text, headers: rest };
}

describe("every route", () => {
  test("is found", () => {
    expect(ROUTES.length).toBeGreaterThan(25);
    const paths = new Set(ROUTES.map(({ route }) => route));
    expect([...PUBLIC].filter((path) => !paths.has(path))).toEqual([]);
  });

  test(
    "behind the token answers the same 401 without it, and another status with it",
    async () => {
      await using server = await startTestServer({ config: { demo: true, signInFailuresMax: 1000 } });
      const guarded = ROUTES.filter(({ route }) => !PUBLIC.has(route));
      expect(guarded.length).toBeGreaterThan(15);
      guarded.sort((a, b) => Number(a.route === DEMO_MONTH) - Number(b.route === DEMO_MONTH));
      for (const { route, method } of guarded) {
        const without = await ask(server, route, method, {});
        expect([route, method, without.status]).toEqual([route, method, 401]);
        expect(without.headers["cache-control"]).toBe("no-store");
        expect(Object.keys(without.headers).filter((name) => /^(access-control|set-cookie)/.test(name))).toEqual([]);
        for (const [what, headers] of WRONG) {
          expect([what, route, await ask(server, route, method, headers)]).toEqual([what, route, without]);
        }
        const right = await ask(server, route, method, ADMIN_HEADERS);
        expect([route, method, [200, 204, 400, 404].includes(right.status), right.status]).toEqual([
          route,
          method,
          true,
          right.status,
        ]);
      }
    },
    GUARDED_MS_MAX,
  );

  test("behind the token allows no other origin, even in a preflight", async () => {
    await using server = await startTestServer({ config: { demo: true } });
    for (const { route } of ROUTES.filter((each) => !CROSS_ORIGIN.test(each.route))) {
      const headers = { Origin: "https://evil.example", "Access-Control-Request-Method": "GET" };
      const answer = await ask(server, route, "OPTIONS", headers);
      const allowed = Object.keys(answer.headers).filter((name) => name.startsWith("access-control"));
      expect([route, answer.status, allowed]).toEqual([route, 204, []]);
    }
  });

  test("that is public answers alike with any token and without one", async () => {
    await using server = await startTestServer({ config: { demo: true, signInFailuresMax: 1 } });
    for (const { route, method } of ROUTES.filter((each) => PUBLIC.has(each.route))) {
      const without = await ask(server, route, method, {});
      expect([route, [401, 403, 429].includes(without.status)]).toEqual([route, false]);
      for (const headers of [ADMIN_HEADERS, WRONG[0]?.[1] ?? {}]) {
        expect([route, await ask(server, route, method, headers)]).toEqual([route, without]);
      }
    }
  });

  test("has the same guard with a slash behind it, and for HEAD", async () => {
    await using server = await startTestServer({ config: { demo: true } });
    for (const { route, method } of ROUTES.filter(({ route }) => !PUBLIC.has(route))) {
      expect([route, (await ask(server, `${route}/`, method, {})).status]).toEqual([route, 401]);
      if (method === "GET") expect([route, (await ask(server, route, "HEAD", {})).status]).toEqual([route, 401]);
    }
  });
});

describe("wrong tokens", () => {
  const LIST = "/admin/api/sessions";
  const SIGN_IN = "/admin/api/sign-in";
  const WRONG_TOKEN = { Authorization: `Bearer ${"x".repeat(40)}` };

  /** Gives as many wrong tokens as the server counts, on various paths. */
  async function fail(server: TestServer, headers: Record<string, string> = {}): Promise<void> {
    for (let n = 0; n < 10; n += 1) {
      const [path, method] = n % 2 === 0 ? [LIST, "GET"] : [SIGN_IN, "POST"];
      expect((await ask(server, path, method, { ...WRONG_TOKEN, ...headers })).status).toBe(401);
    }
  }

  test("are answered 429 after ten, and so is the right one, until the window has passed", async () => {
    await using server = await startTestServer();
    await fail(server);
    for (const headers of [WRONG_TOKEN, ADMIN_HEADERS]) {
      for (const [path, method] of [
        [LIST, "GET"],
        [SIGN_IN, "POST"],
        ["/metrics", "GET"],
      ] as const) {
        const answer = await ask(server, path, method, headers);
        expect([path, answer.status, answer.headers["retry-after"]]).toEqual([path, 429, "60"]);
        expect(answer.text).not.toContain("x".repeat(40));
      }
    }
    expect((await ask(server, LIST, "GET", {})).status).toBe(401);
    server.clock.jump(3_600_000);
    server.clock.pass(59_999);
    const last = await ask(server, LIST, "GET", ADMIN_HEADERS);
    expect([last.status, last.headers["retry-after"]]).toEqual([429, "1"]);
    server.clock.pass(1);
    expect((await ask(server, LIST, "GET", ADMIN_HEADERS)).status).toBe(200);
  });

  test("are forgotten after a while, when they are few", async () => {
    await using server = await startTestServer();
    for (let n = 0; n < 30; n += 1) {
      expect((await ask(server, LIST, "GET", WRONG_TOKEN)).status).toBe(401);
      server.clock.pass(7000);
    }
  });

  test("lock out neither the right one from another address nor a signed-in browser", async () => {
    await using server = await startTestServer({ config: { trustedProxies: ["127.0.0.1"] } });
    const signedIn = await ask(server, SIGN_IN, "POST", ADMIN_HEADERS);
    const cookie = signedIn.headers["set-cookie"]?.split(";")[0] ?? "";
    await fail(server, { "X-Forwarded-For": "203.0.113.7" });
    const from = (address: string) => ({ "X-Forwarded-For": address });
    expect((await ask(server, LIST, "GET", { ...ADMIN_HEADERS, ...from("203.0.113.7") })).status).toBe(429);
    expect((await ask(server, LIST, "GET", { ...ADMIN_HEADERS, ...from("203.0.113.8") })).status).toBe(200);
    expect((await ask(server, LIST, "GET", { Cookie: cookie, ...from("203.0.113.7") })).status).toBe(200);
  });

  test("are logged once for each lockout, without the address or the token", async () => {
    await using server = await startTestServer({ config: { trustedProxies: ["127.0.0.1"] } });
    await fail(server, { "X-Forwarded-For": "203.0.113.7" });
    await ask(server, LIST, "GET", { ...WRONG_TOKEN, "X-Forwarded-For": "203.0.113.7" });
    const warned = server.logged.filter((line) => line.includes("wrong admin tokens"));
    expect(warned.length).toBe(1);
    expect(server.logged.join("")).not.toMatch(/203\.0\.113\.7|xxxx/);
  });

  test("are not counted for a request without any token", async () => {
    await using server = await startTestServer();
    for (let n = 0; n < 30; n += 1) expect((await ask(server, LIST, "GET", {})).status).toBe(401);
    expect((await ask(server, LIST, "GET", ADMIN_HEADERS)).status).toBe(200);
  });
});
