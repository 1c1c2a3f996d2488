/** The dashboard's cookie: what it opens, for how long, and which pages may send it. */

import { describe, expect, test } from "bun:test";
import { DAY_MS } from "../../src/base/units.ts";
import { ADMIN_TOKEN, startTestServer, type TestServer } from "../support/server.ts";

const LIST = "/admin/api/sessions";
const ERASE = "/admin/api/visitors/no-one";
const OTHER_TOKEN = "another-token-for-tests-of-32-characters-too";

async function signIn(server: TestServer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/admin/api/sign-in`, {
    method: "POST",
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
  });
}

/** `NAME=VALUE`, as a browser sends it back. */
async function cookieOf(server: TestServer): Promise<string> {
  return ((await signIn(server)).headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
}

async function statusOf(server: TestServer, path: string, headers: Record<string, string>, method = "GET") {
  return (await fetch(server.url + path, { method, headers })).status;
}

describe("signing in", () => {
  test("gives a cookie that scripts can't read, for the admin API alone, without the token in it", async () => {
    await using server = await startTestServer();
    const answer = await signIn(server);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    const cookie = answer.headers.get("Set-Cookie") ?? "";
    expect(cookie).toMatch(
      /^playhead-[0-9a-f]{12}=\d+\.[0-9a-f]{32}\.[0-9a-f]{64}; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(ADMIN_TOKEN);
  });

  test("gives a cookie for TLS alone behind a proxy that speaks TLS", async () => {
    await using server = await startTestServer();
    const answer = await signIn(server, { "X-Forwarded-Proto": "https" });
    expect(answer.headers.get("Set-Cookie")).toEndWith("; Secure");
  });

  test("needs the token", async () => {
    await using server = await startTestServer();
    const answer = await signIn(server, { Authorization: `Bearer ${OTHER_TOKEN}` });
    expect([answer.status, answer.headers.get("Set-Cookie")]).toEqual([401, null]);
  });

  test("renews a cookie, and signing out ends both, even after a restart", async () => {
    await using server = await startTestServer();
    const cookie = await cookieOf(server);
    const headers = { Cookie: cookie, Origin: server.url };
    server.clock.pass(DAY_MS);
    const renewed = await fetch(`${server.url}/admin/api/sign-in`, { method: "POST", headers });
    expect(renewed.status).toBe(204);
    expect(renewed.headers.get("Set-Cookie")?.startsWith(cookie)).toBe(false);
    const out = await fetch(`${server.url}/admin/api/sign-out`, { method: "POST", headers });
    expect(out.headers.get("Set-Cookie")).toContain("=; Max-Age=0;");
    const renewedCookie = renewed.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    const another = await cookieOf(server);
    for (const restarts of [0, 1]) {
      if (restarts > 0) await server.restart();
      expect(await statusOf(server, LIST, { Cookie: cookie })).toBe(401);
      expect(await statusOf(server, LIST, { Cookie: renewedCookie })).toBe(401);
      expect(await statusOf(server, LIST, { Cookie: another })).toBe(200);
    }
  });
});

describe("the cookie", () => {
  test("opens what the token opens, even after a restart and among other cookies", async () => {
    await using server = await startTestServer();
    const cookie = await cookieOf(server);
    expect(await statusOf(server, LIST, { Cookie: cookie })).toBe(200);
    expect(await statusOf(server, LIST, { Cookie: `a=b; ${cookie}; c=d` })).toBe(200);
    await server.restart();
    expect(await statusOf(server, LIST, { Cookie: cookie })).toBe(200);
  });

  test("ends after thirty days", async () => {
    await using server = await startTestServer();
    const cookie = await cookieOf(server);
    server.clock.jump(30 * DAY_MS - 1000);
    expect(await statusOf(server, LIST, { Cookie: cookie })).toBe(200);
    server.clock.jump(1001);
    expect(await statusOf(server, LIST, { Cookie: cookie })).toBe(401);
  });

  test("of another token, or changed in any place, opens nothing", async () => {
    await using server = await startTestServer();
    await using other = await startTestServer({ config: { adminToken: OTHER_TOKEN } });
    const cookie = await cookieOf(server);
    expect(await statusOf(other, LIST, { Cookie: cookie })).toBe(401);
    const [name = "", value = ""] = cookie.split("=");
    const [expires = "", id = "", mac = ""] = value.split(".");
    const flipped = mac.startsWith("0") ? `1${mac.slice(1)}` : `0${mac.slice(1)}`;
    const changed = [
      `${Number(expires) + 1}.${id}.${mac}`,
      `${expires}.${id.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}.${mac}`,
      `${expires}.${id}.${flipped}`,
      `${expires}.${id}.`,
      `.${id}.${mac}`,
      `${expires}.${mac}`,
      "",
      `${expires}.${id}.${mac}0`,
      `${expires}.${id}.${mac.toUpperCase()}x`,
    ];
    for (const each of changed)
      expect([each, await statusOf(server, LIST, { Cookie: `${name}=${each}` })]).toEqual([each, 401]);
    expect(await statusOf(server, LIST, { Cookie: `other=${value}` })).toBe(401);
  });

  /** Senders, with the status of a request that reads and of one that changes. */
  const senders: readonly (readonly [
    string,
    (url: string) => Record<string, string>,
    reads: number,
    erases: number,
  ])[] = [
    ["the page itself", (url) => ({ "Sec-Fetch-Site": "same-origin", Origin: url }), 200, 200],
    ["the page itself, over plain HTTP", (url) => ({ Origin: url }), 200, 200],
    ["a typed address", () => ({ "Sec-Fetch-Site": "none" }), 200, 401],
    ["another port of this host", () => ({ "Sec-Fetch-Site": "same-site", Origin: "http://127.0.0.1:1" }), 401, 401],
    ["another site", () => ({ "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" }), 401, 401],
    ["another site, over plain HTTP", () => ({ Origin: "http://evil.example" }), 401, 401],
    ["a page without an origin", () => ({ Origin: "null" }), 401, 401],
    ["a client that says nothing about itself", () => ({}), 200, 401],
  ];
  for (const [name, headersOf, reads, erases] of senders) {
    test(`sent by ${name}: ${reads} for reading, ${erases} for erasing`, async () => {
      await using server = await startTestServer();
      const headers = { Cookie: await cookieOf(server), ...headersOf(server.url) };
      expect(await statusOf(server, LIST, headers)).toBe(reads);
      expect(await statusOf(server, ERASE, headers, "DELETE")).toBe(erases);
    });
  }
});

describe("the page", () => {
  const parts = [
    ["/admin", "text/html; charset=utf-8"],
    ["/admin/app.js", "text/javascript; charset=utf-8"],
    ["/admin/app.css", "text/css; charset=utf-8"],
  ] as const;
  for (const [path, type] of parts) {
    test(`${path} is public, may load from this server alone, and is sent again only when it changes`, async () => {
      await using server = await startTestServer();
      const answer = await fetch(server.url + path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("Content-Type")).toBe(type);
      expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'; script-src 'self';");
      expect(answer.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
      expect(answer.headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(answer.headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBeNull();
      expect(answer.headers.get("Cache-Control")).toBe("no-cache");
      const text = await answer.text();
      const etag = answer.headers.get("ETag") ?? "";
      const again = await fetch(server.url + path, { headers: { "If-None-Match": etag } });
      expect([again.status, await again.text()]).toEqual([304, ""]);
      const plain = await fetch(server.url + path, { headers: { "Accept-Encoding": "identity" } });
      expect([plain.headers.get("Content-Encoding"), await plain.text()]).toEqual([null, text]);
    });
  }

  test("names its parts relative to itself", async () => {
    await using server = await startTestServer();
    const text = await (await fetch(`${server.url}/admin`)).text();
    const named = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address = ""]) => address);
    expect(named.filter((address) => !address.startsWith("data:")).toSorted()).toEqual([
      "admin/app.css",
      "admin/app.js",
    ]);
  });

  test("weighs less than 150 kB on the wire", async () => {
    await using server = await startTestServer();
    let bytes = 0;
    for (const [path] of parts) {
      const answer = await fetch(server.url + path, { headers: { "Accept-Encoding": "gzip" }, decompress: false });
      expect(answer.headers.get("Content-Encoding")).toBe("gzip");
      bytes += (await answer.arrayBuffer()).byteLength;
    }
    expect(bytes).toBeLessThan(150_000);
    expect(bytes).toBeGreaterThan(10_000);
  });
});
