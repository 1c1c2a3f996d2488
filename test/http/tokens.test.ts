/** Named tokens: made, listed and revoked; what is kept of them, and what ends with them. */

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HOUR_MS, MINUTE_MS } from "../../src/base/units.ts";
import { TOKENS_MAX } from "../../src/store/token.ts";
import { ADMIN_HEADERS, sessionStart, startTestServer, type TestServer } from "../support/server.ts";
import { waitFor } from "../support/wait-for.ts";

const PATH = "/admin/api/tokens";

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

async function create(server: TestServer, asked: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await server.post(PATH, asked, ADMIN_HEADERS);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function tokenOf(server: TestServer, asked: object): Promise<string> {
  const { body } = await create(server, asked);
  return String(body["token"]);
}

async function statusOf(server: TestServer, headers: Record<string, string>, path = "/admin/api/token") {
  return (await fetch(server.url + path, { headers })).status;
}

function revoke(server: TestServer, name: string, headers: Record<string, string> = ADMIN_HEADERS): Promise<Response> {
  return fetch(`${server.url}${PATH}/${name}`, { method: "DELETE", headers });
}

describe("a named token", () => {
  test("is made, shown once, listed without itself, and good after a restart", async () => {
    await using server = await startTestServer();
    const asked = { name: "weekly", readOnly: true, reportSuite: null, channel: "Sports" };
    const { status, body } = await create(server, asked);
    const { token, ...told } = body;
    expect([status, told]).toEqual([201, { ...asked, createdAt: server.clock.nowMs(), usedAt: null }]);
    expect(token).toMatch(/^playhead_[A-Za-z0-9_-]{43}$/);
    expect(await server.admin(PATH)).toEqual({ tokens: [told] });
    await server.restart();
    expect(await statusOf(server, bearer(String(token)))).toBe(200);
    const own = await fetch(`${server.url}/admin/api/token`, { headers: bearer(String(token)) });
    expect(await own.json()).toEqual({ ...asked, isAdmin: false });
  });

  test("is at rest a hash, in no file and no log", async () => {
    await using server = await startTestServer();
    const token = await tokenOf(server, { name: "secret" });
    await statusOf(server, bearer(token));
    await server.restart();
    const entries = readdirSync(server.dataDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((path) => readFileSync(path).includes(token.slice("playhead_".length)))).toEqual([]);
    expect(server.logged.join("\n")).not.toContain(token);
  });

  test("names itself in the log of what it did", async () => {
    await using server = await startTestServer();
    await server.open(sessionStart({ "analytics.visitorId": "ann" }));
    const token = await tokenOf(server, { name: "cleaner" });
    await fetch(`${server.url}/admin/api/visitors/ann`, { method: "DELETE", headers: bearer(token) });
    await server.post(PATH, { name: "second" }, bearer(token));
    await revoke(server, "second", bearer(token));
    const lines = server.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    const told = lines.filter(({ token: name }) => name === "cleaner").map(({ message, msg }) => message ?? msg);
    expect(told).toEqual(["Erased a visitor's sessions", "Created a token", "Revoked a token"]);
  });

  test("is noted as used by the hour, and behind the request", async () => {
    await using server = await startTestServer();
    const token = await tokenOf(server, { name: "used" });
    const usedAt = async () => (await server.admin(PATH)).tokens[0].usedAt;
    const hour = (ms: number) => Math.floor(ms / HOUR_MS) * HOUR_MS;
    expect(await usedAt()).toBeNull();
    await statusOf(server, bearer(token));
    const first = hour(server.clock.nowMs());
    await waitFor(async () => (await usedAt()) === first);
    server.clock.pass(first + HOUR_MS - server.clock.nowMs() - MINUTE_MS);
    await statusOf(server, bearer(token));
    expect(await usedAt()).toBe(first);
    server.clock.pass(MINUTE_MS);
    await statusOf(server, bearer(token));
    await waitFor(async () => (await usedAt()) === first + HOUR_MS);
  });
});

describe("a token is refused", () => {
  test.each<[string, unknown, string]>([
    ["without a name", {}, "/name"],
    ["with a name that a log line can't have", { name: "a b" }, "/name"],
    ["with a name of 65 characters", { name: "a".repeat(65) }, "/name"],
    ["with the admin token's name", { name: "admin" }, "/name"],
    ["with a right of another type", { name: "a", readOnly: "yes" }, "/readOnly"],
    ["with an empty channel", { name: "a", channel: "" }, "/channel"],
    ["with a channel of 1025 characters", { name: "a", channel: "c".repeat(1025) }, "/channel"],
    ["with a mistyped member", { name: "a", readonly: true }, "/readonly"],
    ["as a list", [], ""],
  ])("%s", async (_, asked, pointer) => {
    await using server = await startTestServer();
    const { status, body } = await create(server, asked as object);
    const [problem] = body["errors"] as { pointer: string }[];
    expect([status, body["code"], problem?.pointer]).toEqual([400, "invalid-body", pointer]);
    expect(await server.admin(PATH)).toEqual({ tokens: [] });
  });

  test("under a name that is taken, and beyond their bound", async () => {
    await using server = await startTestServer();
    const first = await tokenOf(server, { name: "t0" });
    expect(await create(server, { name: "t0" })).toMatchObject({ status: 409, body: { code: "token-refused" } });
    expect(await statusOf(server, bearer(first))).toBe(200);
    for (let at = 1; at < TOKENS_MAX; at += 1) await tokenOf(server, { name: `t${at}` });
    expect(await create(server, { name: "more" })).toMatchObject({ status: 409, body: { code: "token-refused" } });
    expect((await revoke(server, "t1")).status).toBe(204);
    expect((await create(server, { name: "more" })).status).toBe(201);
  });
});

describe("revoking", () => {
  test("refuses the token at once, and for good: its name may be another's", async () => {
    await using server = await startTestServer();
    const token = await tokenOf(server, { name: "leaked" });
    expect((await revoke(server, "leaked")).status).toBe(204);
    expect(await statusOf(server, bearer(token))).toBe(401);
    const second = await tokenOf(server, { name: "leaked" });
    expect([await statusOf(server, bearer(token)), await statusOf(server, bearer(second))]).toEqual([401, 200]);
    const unknown = await revoke(server, "unknown");
    expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, "token-not-found"]);
  });

  test("signs out the browsers that signed in with it, and no other", async () => {
    await using server = await startTestServer();
    const token = await tokenOf(server, { name: "browser", readOnly: true });
    const signIn = async (headers: Record<string, string>) => {
      const response = await fetch(`${server.url}/admin/api/sign-in`, { method: "POST", headers });
      return (response.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
    };
    const named = await signIn(bearer(token));
    const admin = await signIn(ADMIN_HEADERS);
    expect(named).not.toContain(token);
    const own = async (Cookie: string) =>
      (await (await fetch(`${server.url}/admin/api/token`, { headers: { Cookie } })).json()) as object;
    expect(await own(named)).toMatchObject({ name: "browser", readOnly: true });
    expect(await own(admin)).toMatchObject({ name: "admin", readOnly: false });
    // A sign-in with another token is of that token, whatever cookie the browser had.
    const changed = await signIn({ Cookie: admin, "Playhead-Token": token });
    expect(await own(changed)).toMatchObject({ name: "browser" });
    await revoke(server, "browser");
    expect(await Promise.all([named, changed, admin].map((Cookie) => statusOf(server, { Cookie })))).toEqual([
      401, 401, 200,
    ]);
  });

  test("ends its streams at once, and no other's", async () => {
    await using server = await startTestServer();
    const token = await tokenOf(server, { name: "streaming" });
    const other = await tokenOf(server, { name: "other" });
    const open = async (path: string, headers: Record<string, string>) => {
      const response = await fetch(server.url + path, { headers });
      const ended = Bun.readableStreamToText(response.body as ReadableStream<Uint8Array>).then(() => path);
      return { ended };
    };
    const mine = [await open("/admin/api/live", bearer(token)), await open("/admin/api/live/tail", bearer(token))];
    const others = [await open("/admin/api/live", bearer(other)), await open("/admin/api/live", ADMIN_HEADERS)];
    await revoke(server, "streaming");
    expect(await Promise.all(mine.map(({ ended }) => ended))).toHaveLength(2);
    const first = await Promise.race([...others.map(({ ended }) => ended), server.open().then(() => "still open")]);
    expect(first).toBe("still open");
    await server.app.stop();
  });
});
