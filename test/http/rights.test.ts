/** What each kind of token gets at every route behind a token: nothing that it isn't for, and no one else's sessions. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readSettings } from "../../src/config.ts";
import type { Guarded } from "../../src/http/guard/auth.ts";
import type { Right } from "../../src/http/guard/caller.ts";
import { createDocument } from "../../src/http/openapi/document.ts";
import { type RouteContext, resourcesOf } from "../../src/http/routes.ts";
import { isLimited } from "../../src/protocol/realm.ts";
import type { TokenRequest } from "../../src/store/token.ts";
import {
  ADMIN_HEADERS,
  ADMIN_TOKEN,
  eventAt,
  exportCursor,
  ON_POSTGRES,
  sessionStart,
  startTestServer,
  type TestServer,
} from "../support/server.ts";

interface Asked {
  readonly right: Right;
  /** Paths with their queries; `SID` is a session of the realm, `OTHER` one outside. */
  readonly paths: readonly string[];
  readonly body?: object;
  /** Whether the answers tell of the realm's sessions by a name that players sent. */
  readonly tells?: true;
}

const BY_TITLE = "metrics=mediaStarts&dimension=media.name";
/** Every route behind a token with the right that it takes: a new one fails the test until it stands here. */
const ROUTES: Readonly<Record<string, Asked>> = {
  "GET /admin/api/sessions": {
    right: "view",
    paths: [
      "/admin/api/sessions",
      "/admin/api/sessions?status=open",
      "/admin/api/sessions?search=film",
      "/admin/api/sessions?search=OTHER",
      "/admin/api/sessions?filter=media.id=~film",
    ],
    tells: true,
  },
  "GET /admin/api/sessions/:sid": {
    right: "view",
    paths: ["/admin/api/sessions/SID", "/admin/api/sessions/SID?format=xdm"],
    tells: true,
  },
  "DELETE /admin/api/sessions/:sid": { right: "admin", paths: [`/admin/api/sessions/${"0".repeat(64)}`] },
  "GET /admin/api/sessions/:sid/events": { right: "view", paths: ["/admin/api/sessions/SID/events"], tells: true },
  "GET /admin/api/viewers/:hash": { right: "view", paths: [`/admin/api/viewers/${"0".repeat(32)}`] },
  "POST /admin/api/fold": { right: "view", paths: ["/admin/api/fold"], body: [sessionStart()] },
  "GET /admin/api/reports": {
    right: "view",
    paths: [
      `/admin/api/reports?${BY_TITLE}`,
      `/admin/api/reports?${BY_TITLE}&compare=previous&granularity=day`,
      `/admin/api/reports?${BY_TITLE}&filter=media.channel!=none`,
    ],
    tells: true,
  },
  "POST /admin/api/reports": {
    right: "view",
    paths: ["/admin/api/reports"],
    body: { metrics: ["mediaStarts"], dimension: ["media.name"] },
    tells: true,
  },
  "GET /admin/api/reports/catalogue": { right: "view", paths: ["/admin/api/reports/catalogue"] },
  "GET /admin/api/reports/keys": { right: "view", paths: ["/admin/api/reports/keys"] },
  "GET /admin/api/retention": { right: "view", paths: ["/admin/api/retention?media.id=film"] },
  "GET /admin/api/funnel": { right: "view", paths: ["/admin/api/funnel"] },
  "GET /admin/api/findings": { right: "view", paths: ["/admin/api/findings"] },
  "GET /admin/api/concurrency": { right: "view", paths: ["/admin/api/concurrency?granularity=hour"] },
  "GET /admin/api/export/:kind": {
    right: "view",
    paths: [
      ...["ndjson", "csv"].map((format) => `/admin/api/export/sessions?format=${format}`),
      ...["ads", "adBreaks", "chapters", "states", "errors"].map((kind) => `/admin/api/export/${kind}`),
    ],
    tells: true,
  },
  "GET /admin/api/live": { right: "view", paths: ["/admin/api/live"], tells: true },
  "GET /admin/api/live/snapshot": { right: "view", paths: ["/admin/api/live/snapshot"], tells: true },
  "GET /admin/api/live/tail": { right: "view", paths: ["/admin/api/live/tail"], tells: true },
  "GET /admin/api/token": { right: "view", paths: ["/admin/api/token"] },
  "POST /admin/api/sign-in": { right: "view", paths: ["/admin/api/sign-in"] },
  "POST /admin/api/sign-out": { right: "view", paths: ["/admin/api/sign-out"] },
  "GET /admin/api/nodes": { right: "operate", paths: ["/admin/api/nodes"] },
  "GET /metrics": { right: "operate", paths: ["/metrics"] },
  "POST /admin/api/import": { right: "admin", paths: ["/admin/api/import?dryRun=true"], body: {} },
  "GET /admin/api/backup": { right: "admin", paths: ["/admin/api/backup"] },
  "DELETE /admin/api/visitors/:id": { right: "admin", paths: ["/admin/api/visitors/unknown"] },
  "POST /admin/api/erasures": { right: "admin", paths: ["/admin/api/erasures"], body: { visitorId: "unknown" } },
  "GET /admin/api/tokens": { right: "admin", paths: ["/admin/api/tokens"] },
  "POST /admin/api/tokens": { right: "admin", paths: ["/admin/api/tokens"], body: { name: "made-NUMBER" } },
  "GET /admin/api/demo": { right: "admin", paths: ["/admin/api/demo"] },
  "POST /admin/api/demo": { right: "admin", paths: ["/admin/api/demo"] },
  "DELETE /admin/api/tokens/:name": { right: "admin", paths: ["/admin/api/tokens/unknown"] },
};

/** Every kind of token, all of which see the realm's sessions. */
const KINDS: Readonly<Record<string, Partial<TokenRequest>>> = {
  full: {},
  readOnly: { readOnly: true },
  suite: { reportSuite: "ours" },
  channel: { channel: "Ours" },
  both: { reportSuite: "ours", channel: "Ours" },
  readOnlySuite: { readOnly: true, reportSuite: "ours" },
};

/** What a player outside of the realm sends, in whatever it says. */
const FOREIGN = /theirs/i;
const PERSONAL = /visitor-of|customer-of/;

// Handlers are made, none is called: the routes are all that is looked at.
const context = { ...readSettings({}), adminToken: ADMIN_TOKEN, version: "0.0.0" } as unknown as RouteContext;
const GUARDED: { route: string; right: Right }[] = Object.entries(resourcesOf(context)).flatMap(
  ([route, { methods }]) =>
    Object.entries(methods).flatMap(([method, handler]) => {
      const { right } = handler as Partial<Guarded>;
      return right === undefined ? [] : [{ route: `${method} ${route}`, right }];
    }),
);

interface Scene extends AsyncDisposable {
  readonly server: TestServer;
  readonly sid: string;
  readonly other: string;
  readonly tokens: Readonly<Record<string, string>>;
  /** Before all sessions. */
  readonly cursor: string;
}

function startOf(whose: "ours" | "theirs", channel = whose): object {
  return sessionStart(
    {
      "analytics.reportSuite": whose,
      "media.channel": channel[0]?.toUpperCase() + channel.slice(1),
      "media.id": `film-${whose}`,
      "media.name": `Film ${whose}`,
      "media.playerName": `player-${whose}`,
      "analytics.visitorId": `visitor-of-${whose}`,
      "visitor.customerIDs": { crm: { id: `customer-of-${whose}`, authState: 1 } },
    },
    { customMetadata: { owner: whose } },
  );
}

const EVENTS = [
  ["play", {}],
  ["chapterStart", { params: { "media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 9 } }],
  ["stateStart", { params: { "media.state.name": "mute" } }],
  ["error", { qoeData: { "media.qoe.errorID": "E1", "media.qoe.errorSource": "player" } }],
] as const;

/** A session with something for every export; one is open, with the player's ids where no key has a place for them. */
async function play(server: TestServer, whose: "ours" | "theirs", closes: boolean): Promise<string> {
  const sid = await server.open(startOf(whose));
  for (const [at, [type, members]] of EVENTS.entries()) {
    const params = "params" in members ? { ...members.params, "analytics.aid": `visitor-of-${whose}` } : {};
    expect(await server.add(sid, eventAt(at + 1, type, { ...members, params }))).toBe(204);
  }
  if (closes) await server.add(sid, eventAt(9, "sessionEnd"));
  return sid;
}

async function openScene(): Promise<Scene> {
  const server = await startTestServer({ config: { signInFailuresMax: 1000, lateGraceMs: 0 } });
  const tokens: Record<string, string> = {};
  for (const [name, rights] of Object.entries(KINDS)) tokens[name] = await create(server, { name, ...rights });
  const cursor = await exportCursor(server);
  const sid = await play(server, "ours", true);
  const other = await play(server, "theirs", true);
  await play(server, "ours", false);
  await play(server, "theirs", false);
  await server.app.work();
  return { server, sid, other, tokens, cursor, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function create(server: TestServer, asked: object): Promise<string> {
  const response = await server.post("/admin/api/tokens", asked, ADMIN_HEADERS);
  expect(response.status).toBe(201);
  return ((await response.json()) as { token: string }).token;
}

let made = 0;

interface Seen {
  readonly status: number;
  readonly text: string;
}

async function ask({ server, sid, other }: Scene, token: string, method: string, asked: string, body?: object) {
  const path = asked.replace("SID", sid).replace("OTHER", other);
  made += 1;
  const text = body && JSON.stringify(body).replace("NUMBER", String(made));
  const headers = { Authorization: `Bearer ${token}` };
  const response = await fetch(server.url + path, { method, headers, ...(text && { body: text }) });
  const isStream = response.headers.get("Content-Type") === "text/event-stream";
  return { status: response.status, text: isStream ? await someOf(server, response) : await response.text() };
}

/** What a stream says while both play. */
async function someOf(server: TestServer, response: Response): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  // Refused, with both names in it; then both start.
  await server.post("/api/v1/sessions", { ...startOf("theirs"), params: { "media.name": "visitor-of-ours" } });
  await server.open(startOf("theirs"));
  await server.open(startOf("ours"));
  let text = "";
  // Both kinds of snapshots: the first, and those of each second.
  const isShort = () => !/film ours/i.test(text) || [2, 3].includes(text.split("event: snapshot").length);
  while (isShort()) {
    await server.app.work();
    text += decoder.decode((await reader.read()).value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function expectedStatus(right: Right, rights: Partial<TokenRequest>): RegExp {
  if (right === "admin" && rights.readOnly) return /^403$/;
  return right !== "view" && isLimited(rights) ? /^403$/ : /^(20[014]|404)$/;
}

async function checkRoute(scene: Scene, kind: string, route: string, { right, paths, body, tells }: Asked) {
  const [method = ""] = route.split(" ");
  const rights = KINDS[kind] ?? {};
  const seen: Seen[] = [];
  for (const path of paths) seen.push(await ask(scene, scene.tokens[kind] ?? "", method, path, body));
  const told = seen.map(({ text }) => text).join("\n");
  const status = expectedStatus(right, rights);
  for (const each of seen) expect([route, String(each.status)]).toEqual([route, expect.stringMatching(status)]);
  if (tells) expect([route, told]).toEqual([route, expect.stringMatching(/ours/i)]);
  if (isLimited(rights)) expect([route, FOREIGN.exec(told)]).toEqual([route, null]);
  if (rights.readOnly) expect([route, PERSONAL.exec(told)]).toEqual([route, null]);
}

test("every route that a token may not use documents its 403", () => {
  const { paths } = createDocument({ ...readSettings({}), version: "0.0.0" });
  for (const [route, { right }] of Object.entries(ROUTES)) {
    const [method = "", path = ""] = route.split(" ");
    const { responses } = paths[path.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()] ?? {};
    const isRefused = right !== "view" || path.includes("export");
    expect([route, Object.hasOwn(responses ?? {}, "403")]).toEqual([route, isRefused]);
  }
});

test("every route behind a token stands in the table, with its right", () => {
  const stated = Object.entries(ROUTES).map(([route, { right }]) => ({ route, right }));
  const sorted = (each: typeof stated) => each.toSorted((a, b) => (a.route < b.route ? -1 : 1));
  expect(sorted(GUARDED)).toEqual(sorted(stated));
  const open = Object.keys(resourcesOf(context)).filter((path) => path.startsWith("/admin/api/"));
  expect(open.filter((path) => !GUARDED.some(({ route }) => route.endsWith(` ${path}`)))).toEqual([]);
});

/** A scene for the tests of a block, which change nothing that another one of them counts. */
function sharedScene(): () => Scene {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene[Symbol.asyncDispose]());
  return () => scene;
}

describe("at any route", () => {
  const sceneOf = sharedScene();
  for (const [kind, rights] of Object.entries(KINDS)) {
    test(`a token of the kind ${kind} gets what its right says, of its sessions alone`, async () => {
      for (const [route, asked] of Object.entries(ROUTES)) {
        if (ON_POSTGRES && route.endsWith("/backup")) continue;
        await checkRoute(sceneOf(), kind, route, asked);
      }
    }, 60_000);

    test(`a token of the kind ${kind} sees a session outside of its realm nowhere`, async () => {
      const scene = sceneOf();
      for (const path of ["/admin/api/sessions/OTHER", "/admin/api/sessions/OTHER/events"]) {
        const { status } = await ask(scene, scene.tokens[kind] ?? "", "GET", path);
        expect([path, status]).toEqual([path, isLimited(rights) ? 404 : 200]);
      }
    });
  }
});

describe("in a scene of its own", () => {
  const sceneOf = sharedScene();
  // In a PostgreSQL live numbers begin with the first look at them.
  test.if(!ON_POSTGRES)(
    "a limited token counts its sessions alone: in reports, their totals, curves and what is live",
    async () => {
      const scene = sceneOf();
      const read = async (kind: string, path: string) =>
        JSON.parse((await ask(scene, scene.tokens[kind] ?? "", "GET", path)).text);
      for (const [kind, sessions] of [
        ["suite", 2],
        ["channel", 2],
        ["both", 2],
        ["full", 4],
      ] as const) {
        const report = await read(kind, `/admin/api/reports?${BY_TITLE}`);
        expect([kind, report.totals.mediaStarts]).toEqual([kind, sessions]);
        const live = await read(kind, "/admin/api/live/snapshot");
        expect([kind, live.openSessions, live.playing, live.startsPerMinute]).toEqual([
          kind,
          sessions / 2,
          sessions / 2,
          sessions,
        ]);
        expect(live.topTitles).toHaveLength(sessions / 2);
        expect([kind, live.rejectedPerMinute]).toEqual([kind, kind === "full" ? 0 : null]);
      }
    },
  );

  test("a limited token exports its own events, and a read-only one none", async () => {
    const scene = sceneOf();
    const path = "/admin/api/export/events";
    const ours = await ask(scene, scene.tokens["both"] ?? "", "GET", path);
    expect([ours.status, ours.text.trim().split("\n").length, FOREIGN.test(ours.text)]).toEqual([200, 11, false]);
    for (const kind of ["readOnly", "readOnlySuite"]) {
      const refused = await ask(scene, scene.tokens[kind] ?? "", "GET", path);
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([403, "forbidden"]);
    }
  });

  test("exports of changes keep to what a token sees, and none of a limited token reveals erased sessions", async () => {
    const scene = sceneOf();
    const changed = (kind: string, token: string) =>
      ask(scene, scene.tokens[token] ?? "", "GET", `/admin/api/export/${kind}?changed-since=${scene.cursor}`);
    for (const kind of ["sessions", "events", "chapters"]) {
      const { status, text } = await changed(kind, "both");
      expect([kind, status, /ours|chapter/i.test(text), FOREIGN.test(text)]).toEqual([kind, 200, true, false]);
      expect([kind, FOREIGN.test((await changed(kind, "full")).text)]).toEqual([kind, true]);
    }
    for (const kind of ["sessions", "chapters"]) {
      const { status, text } = await changed(kind, "readOnly");
      expect([kind, status, PERSONAL.test(text)]).toEqual([kind, 200, false]);
    }
    expect((await changed("erased", "both")).status).toBe(403);
    expect((await changed("erased", "readOnly")).status).toBe(200);
  });

  test("a read-only token sees one hash for one person, another for another, and no way to look for an id", async () => {
    const scene = sceneOf();
    const token = scene.tokens["readOnly"] ?? "";
    const { sessions } = JSON.parse((await ask(scene, token, "GET", "/admin/api/sessions")).text);
    const hashes = sessions.map(({ params }: { params: Record<string, string> }) => params["analytics.visitorId"]);
    expect(hashes).toHaveLength(4);
    expect(new Set(hashes).size).toBe(2);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{32}$/);
    const [{ params }] = sessions;
    expect(params["visitor.customerIDs"].crm).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/), authState: 1 });
    const found = await ask(scene, token, "GET", "/admin/api/sessions?search=visitor-of-ours");
    expect(JSON.parse(found.text).sessions).toEqual([]);
    for (const query of [
      "metrics=mediaStarts&dimension=analytics.visitorId",
      "metrics=mediaStarts&filter=analytics.visitorId==visitor-of-ours",
    ]) {
      const refused = await ask(scene, token, "GET", `/admin/api/reports?${query}`);
      expect([refused.status, JSON.parse(refused.text).code]).toEqual([400, "invalid-query"]);
      expect(JSON.parse(refused.text).message).toContain(
        "it identifies people, and the token is read-only; leave it out",
      );
    }
    const filtered = await ask(scene, token, "GET", "/admin/api/sessions?filter=appInstallationId==x");
    expect(filtered.status).toBe(400);
  });

  test("a read-only token has no column of a personal key, neither in an export nor in the catalogue", async () => {
    const scene = sceneOf();
    const token = scene.tokens["readOnly"] ?? "";
    const keys = /analytics\.visitorId|analytics\.aid|marketingCloudUserId|customerIDs|appInstallationId/;
    for (const path of [
      "/admin/api/export/sessions?format=csv",
      "/admin/api/export/sessions",
      "/admin/api/export/chapters",
      "/admin/api/reports/catalogue",
      "/admin/api/reports/keys",
    ]) {
      expect([path, keys.exec((await ask(scene, token, "GET", path)).text)]).toEqual([path, null]);
      expect(keys.test((await ask(scene, ADMIN_TOKEN, "GET", path)).text)).toBe(true);
    }
    const csv = (await ask(scene, token, "GET", "/admin/api/export/sessions?format=csv")).text.trim().split("\n");
    expect(new Set(csv.map((line) => line.replace(/"(?:[^"]|"")*"/g, "x").split(",").length)).size).toBe(1);
  });
});
