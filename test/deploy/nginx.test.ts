/** The examples in deploy/ with a real nginx: TLS, a prefix, large bodies, addresses, streams, passwords, another Host. */

import { describe, expect, test } from "bun:test";
import { request as requestInPlain } from "node:http";
import { request as requestByTls } from "node:https";
import { gzipSync } from "node:zlib";
import type { Settings } from "../../src/config.ts";
import { startXdm } from "../protocol/edge/xdm.ts";
import { openBrowser } from "../support/browser.ts";
import { BASIC, findNginx, type Nginx, startNginx } from "../support/nginx.ts";
import {
  ADMIN_HEADERS,
  ADMIN_TOKEN,
  eventAt,
  sessionStart,
  sidOf,
  startTestServer,
  type TestServer,
  tempDir,
} from "../support/server.ts";

const SESSIONS = "/api/v1/sessions";
const TLS = { tls: { rejectUnauthorized: false } };

interface Stage extends AsyncDisposable {
  readonly server: TestServer;
  readonly nginx: Nginx;
  ask(path: string, init?: RequestInit): Promise<Response>;
}

async function openStage(config: Partial<Settings> = {}, example?: Parameters<typeof startNginx>[2]): Promise<Stage> {
  await using opening = new AsyncDisposableStack();
  const directory = opening.use(tempDir());
  const server = opening.use(await startTestServer({ config: { trustedProxies: ["127.0.0.1"], ...config } }));
  const nginx = opening.use(await startNginx(directory.path, server.app.port, example));
  const opened = opening.move();
  return {
    server,
    nginx,
    ask: (path, init = {}) => fetch(nginx.url + path, { ...init, ...TLS, redirect: "manual" }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", headers, body: JSON.stringify(body) };
}

/** Posts from another address of this machine, as another client would. @returns the status */
function postFrom(localAddress: string, { url }: Nginx, headers: Record<string, string> = {}): Promise<number> {
  const options = { localAddress, rejectUnauthorized: false, method: "POST", headers };
  const request = url.startsWith("https:") ? requestByTls : requestInPlain;
  return new Promise((resolve, reject) => {
    const sent = request(url + SESSIONS, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(sessionStart()));
  });
}

const hasNginx = findNginx() !== undefined;
if (!hasNginx) process.stderr.write("SKIPPED: the tests of deploy/nginx.conf need nginx and openssl\n");

describe.skipIf(!hasNginx)("behind nginx", () => {
  test("a player's session goes through TLS and the prefix, with the Location as players know it", async () => {
    await using stage = await openStage();
    const opened = await stage.ask(SESSIONS, post(sessionStart(), { Origin: "https://video.example" }));
    expect([opened.status, opened.headers.get("Access-Control-Allow-Origin")]).toEqual([201, "*"]);
    expect(opened.headers.get("Location")).toMatch(/^\/api\/v1\/sessions\/[0-9a-f]{64}$/);
    const sid = sidOf(opened);
    expect((await stage.ask(`${SESSIONS}/${sid}/events`, post(eventAt(1, "play")))).status).toBe(204);
    const preflight = await stage.ask(SESSIONS, { method: "OPTIONS", headers: { Origin: "https://video.example" } });
    expect([preflight.status, preflight.headers.get("Access-Control-Max-Age")]).toEqual([204, "86400"]);
    expect((await stage.server.admin(`/admin/api/sessions/${sid}`)).events.length).toBe(2);
  });

  test("a large body reaches the server, whose refusal a browser may read; a vast one does not", async () => {
    await using stage = await openStage();
    const sid = await stage.server.open();
    for (const [path, bytes] of [
      [SESSIONS, 4_500_000],
      [`${SESSIONS}/${sid}/events`, 1_000_000],
    ] as const) {
      // More than once: a connection that is closed too early loses an answer now and then.
      for (let n = 0; n < 5; n += 1) {
        const refused = await stage.ask(path, { method: "POST", body: " ".repeat(bytes) });
        expect([path, refused.status, refused.headers.get("Access-Control-Allow-Origin")]).toEqual([path, 413, "*"]);
      }
    }
    const vast = await stage.ask(SESSIONS, { method: "POST", body: " ".repeat(6_000_000) });
    expect([vast.status, vast.headers.get("Access-Control-Allow-Origin")]).toEqual([413, null]);
  });

  test("a body with a Content-Encoding is decoded by the server, and a bomb refused in a browser's hearing", async () => {
    await using stage = await openStage();
    const headers = { "Content-Encoding": "gzip", Origin: "https://video.example" };
    const zipped = { method: "POST", headers, body: new Uint8Array(gzipSync(JSON.stringify(sessionStart()))) };
    expect((await stage.ask(SESSIONS, zipped)).status).toBe(201);
    const bomb = await stage.ask(SESSIONS, { ...zipped, body: new Uint8Array(gzipSync(new Uint8Array(2 ** 26))) });
    expect([bomb.status, bomb.headers.get("Access-Control-Allow-Origin")]).toEqual([413, "*"]);
    const other = await stage.ask(SESSIONS, { ...zipped, headers: { ...headers, "Content-Encoding": "exi" } });
    expect([other.status, other.headers.get("Access-Control-Allow-Origin")]).toEqual([415, "*"]);
  });

  test("each client has a rate of its own, whatever it says of itself", async () => {
    await using stage = await openStage({ clientEventsPerSecond: 1, clientEventsBurst: 2 });
    const forged = (n: number) => ({ "X-Forwarded-For": `198.51.100.${n}` });
    const statuses = async (address: string) => {
      const all: number[] = [];
      for (let n = 0; n < 4; n += 1) all.push(await postFrom(address, stage.nginx, forged(n)));
      return all;
    };
    expect(await statuses("127.0.0.2")).toEqual([201, 201, 429, 429]);
    expect(await statuses("127.0.0.3")).toEqual([201, 201, 429, 429]);
  });

  test("the dashboard and its parts are found, and a browser signs in with a cookie for TLS alone", async () => {
    await using stage = await openStage();
    const page = await (await stage.ask("/admin")).text();
    const parts = [...page.matchAll(/(?:src|href)="(admin\/[^"]*)"/g)].map(([, part = ""]) => part);
    expect(parts.length).toBe(2);
    for (const part of parts) {
      const answer = await fetch(new URL(part, `${stage.nginx.url}/admin`), TLS);
      expect([part, answer.status]).toEqual([part, 200]);
    }
    const slash = await stage.ask("/admin/");
    expect([slash.status, slash.headers.get("Location")]).toEqual([308, "../admin"]);
    const signedIn = await stage.ask("/admin/api/sign-in", { method: "POST", headers: ADMIN_HEADERS });
    const cookie = signedIn.headers.get("Set-Cookie") ?? "";
    expect(cookie).toEndWith("; Secure");
    // Over plain HTTP behind it the server sees the browser's Host and Origin, port and all.
    const headers = { Cookie: cookie.split(";")[0] ?? "", Origin: stage.nginx.origin };
    const out = await stage.ask("/admin/api/sign-out", { method: "POST", headers });
    expect(out.status).toBe(204);
    const evil = { ...headers, Origin: "https://evil.example" };
    expect((await stage.ask("/admin/api/sign-out", { method: "POST", headers: evil })).status).toBe(401);
  });

  test("live numbers and events come as they happen", async () => {
    await using stage = await openStage();
    const response = await stage.ask("/admin/api/live/tail", { headers: ADMIN_HEADERS });
    expect(response.headers.get("Content-Type")).toBe("text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let seen = decoder.decode((await reader.read()).value);
    await stage.ask(SESSIONS, post(sessionStart()));
    while (!seen.includes("event: event")) seen += decoder.decode((await reader.read()).value);
    expect(seen).toContain('"type":"sessionStart"');
    await reader.cancel();
  });

  test("an export comes through whole, and metrics need the token", async () => {
    await using stage = await openStage();
    for (let n = 0; n < 5; n += 1) await stage.server.open();
    const exported = await stage.ask("/admin/api/export/sessions", { headers: ADMIN_HEADERS });
    expect((await exported.text()).trim().split("\n").length).toBe(5);
    expect((await stage.ask("/metrics")).status).toBe(401);
    expect((await stage.ask("/metrics", { headers: ADMIN_HEADERS })).status).toBe(200);
  });
});

describe.skipIf(findNginx() === undefined)("/docs and /openapi.json below a prefix", () => {
  test("are whole: style, script, links, and the address of the server", async () => {
    await using stage = await openStage();
    const page = await (await stage.ask("/docs")).text();
    const links = [...page.matchAll(/(?:src|href)="([^"#:]+)"/g)].map(([, link = ""]) => link);
    expect([...new Set(links)].toSorted()).toEqual(["docs", "docs/origin.js", "docs/style.css", "openapi.json"]);
    for (const link of links) {
      const answer = await fetch(new URL(link, `${stage.nginx.url}/docs`), TLS);
      expect([link, answer.status]).toEqual([link, 200]);
    }
    const document = (await (await stage.ask("/openapi.json")).json()) as { servers: { url: string }[] };
    const server = new URL(document.servers[0]?.url ?? "", `${stage.nginx.url}/openapi.json`).href;
    expect(server).toBe(`${stage.nginx.url}/`);
    const opened = await fetch(new URL(SESSIONS.slice(1), server), { ...post(sessionStart()), ...TLS });
    expect(opened.status).toBe(201);
  });

  test("a browser shows examples with the address that it came by", async () => {
    await using stage = await openStage();
    await using browser = await openBrowser();
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    const refused: string[] = [];
    page.on("requestfailed", (request) => refused.push(request.url()));
    page.on("pageerror", (error) => refused.push(error.message));
    await page.goto(`${stage.nginx.url}/docs`);
    await page.getByText(`${stage.nginx.url}/api/v1/sessions`, { exact: false }).first().waitFor();
    expect(await page.getByText("localhost:8080").count()).toBe(0);
    expect(refused).toEqual([]);
  });
});

describe.skipIf(findNginx() === undefined)("behind nginx with Basic authentication", () => {
  test("a browser signs in and out, and players need no password", async () => {
    await using stage = await openStage({}, "nginx-basic-auth.conf");
    expect((await stage.ask(SESSIONS, post(sessionStart()))).status).toBe(201);
    expect((await stage.ask("/tracker.js")).status).toBe(200);
    expect((await stage.ask("/admin")).status).toBe(401);
    await using browser = await openBrowser();
    const page = await browser.newPage({ ignoreHTTPSErrors: true, httpCredentials: BASIC });
    await page.goto(`${stage.nginx.url}/admin#/audience`);
    const field = page.getByLabel("Token", { exact: true });
    await field.fill(ADMIN_TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Audience", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await field.waitFor();
    await page.reload();
    await field.waitFor();
  });

  test("a script sends the token in a header of its own, and a wrong one is refused", async () => {
    await using stage = await openStage({}, "nginx-basic-auth.conf");
    const Authorization = `Basic ${btoa(`${BASIC.username}:${BASIC.password}`)}`;
    const statusWith = async (headers: Record<string, string>) =>
      (await stage.ask("/admin/api/sessions", { headers: { Authorization, ...headers } })).status;
    expect(await statusWith({ "Playhead-Token": ADMIN_TOKEN })).toBe(200);
    expect(await statusWith({ "Playhead-Token": "wrong" })).toBe(401);
    expect(await statusWith({})).toBe(401);
  });
});

describe.skipIf(findNginx() === undefined)("behind nginx that rewrites Host", () => {
  test("a browser on plain HTTP signs out and erases; another origin does not", async () => {
    await using stage = await openStage({}, "nginx-rewritten-host.conf");
    const signedIn = await stage.ask("/admin/api/sign-in", { method: "POST", headers: ADMIN_HEADERS });
    const Cookie = (signedIn.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
    const from = (origin: string) => ({ method: "POST", headers: { Cookie, Origin: origin } });
    const body = JSON.stringify({ visitorId: "eve" });
    expect((await stage.ask("/admin/api/erasures", { ...from(stage.nginx.origin), body })).status).toBe(200);
    expect((await stage.ask("/admin/api/sign-out", from("http://evil.example"))).status).toBe(401);
    expect((await stage.ask("/admin/api/sign-out", from(stage.nginx.origin))).status).toBe(204);
  });

  test("the forwarded host counts only from a trusted proxy", async () => {
    await using stage = await openStage({ trustedProxies: ["203.0.113.1"] }, "nginx-rewritten-host.conf");
    const signedIn = await stage.ask("/admin/api/sign-in", { method: "POST", headers: ADMIN_HEADERS });
    const Cookie = (signedIn.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
    const headers = { Cookie, Origin: stage.nginx.origin };
    expect((await stage.ask("/admin/api/sign-out", { method: "POST", headers })).status).toBe(401);
  });

  test("each client has a rate of its own, though its address comes with a port", async () => {
    const limits = { clientEventsPerSecond: 1, clientEventsBurst: 2 };
    await using stage = await openStage(limits, "nginx-rewritten-host.conf");
    const statuses = async (address: string) => {
      const all: number[] = [];
      for (let n = 0; n < 3; n += 1) all.push(await postFrom(address, stage.nginx));
      return all;
    };
    expect(await statuses("127.0.0.2")).toEqual([201, 201, 429]);
    expect(await statuses("127.0.0.3")).toEqual([201, 201, 429]);
  });
});

describe.skipIf(findNginx() === undefined)("Media Edge behind nginx on a host name of its own", () => {
  const START = "/ee/va/v1/sessionStart?configId=stream-1";
  const body = { events: [{ xdm: startXdm() }] };
  const headers = { Origin: "https://video.example", Host: "edge.example.com" };

  test("knows the name that it was called by, and shows nothing else of the server", async () => {
    await using stage = await openStage({}, "nginx-edge.conf");
    const opened = await stage.ask(START, post(body, headers));
    expect([opened.status, opened.headers.get("Access-Control-Allow-Origin")]).toEqual([200, headers.Origin]);
    const { sessions } = await stage.server.admin("/admin/api/sessions");
    expect(sessions[0].params["analytics.trackingServer"]).toBe("edge.example.com");
    for (const path of ["/", "/admin", "/metrics", SESSIONS, "/eel/va/v1/ping"]) {
      expect([path, (await stage.ask(path)).status]).toEqual([path, 404]);
    }
  });

  test("is answered 503 while the server is away, so that a browser shows its page the answer", async () => {
    await using stage = await openStage({}, "nginx-edge.conf");
    await stage.server.app.stop();
    const { status, headers: answered } = await stage.ask(START, post(body, headers));
    expect([status, answered.get("Retry-After")]).toEqual([503, "5"]);
    expect(answered.get("Access-Control-Allow-Origin")).toBe(headers.Origin);
    expect(answered.get("Access-Control-Allow-Credentials")).toBe("true");
  });
});
