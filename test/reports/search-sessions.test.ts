/** The list of sessions with a search: by title, by visitor, by sid; among filters, pages, and after an erasure. */

import { describe, expect, test } from "bun:test";
import type { Parameters } from "../../src/protocol/event.ts";
import { isOfVisitor } from "../../src/protocol/personal.ts";
import { ADMIN_HEADERS, eventAt, sessionStart, startTestServer, type TestServer } from "../support/server.ts";
import { ask, get, LIST, type Members, pagesOf, playAll, refusalOf, type Viewing } from "../support/viewings.ts";

const HASH = "0f".repeat(32);
const UNKNOWN_SID = "ab".repeat(32);

async function found(server: TestServer, search: string, members: Members = {}): Promise<string[]> {
  return (await pagesOf(server, { ...members, search, limit: 500 })).flat();
}

/** Every other session ends; starts are a second apart. */
function viewings(params: readonly object[]): Viewing[] {
  return params.map((each, n) => ({
    at: new Date(Date.parse("2026-05-01T12:00:00Z") + n * 1000).toISOString(),
    params: each,
    moments: ["0 play", ...(n % 2 === 0 ? ["9 sessionEnd"] : [])],
  }));
}

describe("GET /admin/api/sessions with a search", () => {
  test("finds sessions open, closed and downloaded by each kind of match", async () => {
    await using server = await startTestServer();
    const played = [
      { "media.name": "The Dune Tapes", "media.id": "film-1" },
      { "media.id": "DUNE-2" },
      { "analytics.visitorId": "ann" },
      { "analytics.aid": "ann" },
      { "visitor.marketingCloudUserId": "ann" },
      { appInstallationId: "ann" },
      { "visitor.customerIDs": { crm: { id: "bob" }, login: { id: "ann", authState: 1 } } },
      { "visitor.customerIDs": { ann: { id: "x", note: "ann" }, 'an"id': { note: "ann" }, id: { name: "ann" } } },
      { "analytics.visitorId": "anna", "media.show": "dune", "media.channel": "ann" },
      { "analytics.visitorId": HASH },
    ];
    const sids = await playAll(server, [
      ...viewings(played),
      { params: { "media.name": "dune, offline" }, moments: ["0 play"], downloaded: true },
    ]);
    const cases: readonly (readonly [search: string, expected: readonly number[]])[] = [
      ["dune", [0, 1, 10]],
      ["DuNe", [0, 1, 10]],
      ["e dune t", [0]],
      ["film-1", [0]],
      ["ann", [2, 3, 4, 5, 6]],
      ["Ann", []],
      ["an", []],
      ["bob", [6]],
      [HASH, [9]],
      [HASH.slice(1), []],
      [UNKNOWN_SID, []],
      ["nobody", []],
    ];
    for (const [search, expected] of cases) {
      const newestFirst = sids.filter((_, n) => expected.includes(n)).toReversed();
      expect([search, await found(server, search)]).toEqual([search, newestFirst]);
    }
    for (const sid of sids) {
      for (const begin of [
        sid,
        sid.slice(0, 63),
        sid.slice(0, 24),
        sid.toUpperCase(),
        sid.slice(0, 24).toUpperCase(),
      ]) {
        expect([begin, await found(server, begin)]).toEqual([begin, [sid]]);
      }
      expect(await found(server, sid.slice(1))).toEqual([]);
      expect(await found(server, `${sid}0`)).toEqual([]);
    }
  });

  test("takes every character for itself, in titles and ids alike", async () => {
    await using server = await startTestServer();
    const texts = [
      "%",
      "_",
      "\\",
      "'",
      '"',
      "\\\\",
      "%%",
      "a%b",
      "a_b",
      "?",
      "*",
      "$v1",
      "$1",
      "[a-z]",
      "\t",
      " ",
      "+",
      "&x=1",
      "'; DROP TABLE sessions; --",
      '" OR 1=1 --',
      '{"id":"x"}',
      '","id":"x',
      '$.*.id"',
      "\\u0041",
      "null",
      "Ünï 🎬",
      "ÆØÅ",
      "日本語",
      "Ж",
      "\u0001",
      "\u2028",
      "e\u0301",
      "Σ",
    ];
    const played = texts.flatMap((text): Parameters[] => [
      { "media.name": `Ab${text}yz` },
      { "analytics.visitorId": text },
      { "analytics.visitorId": `${text}x` },
      { "visitor.customerIDs": { [text]: { id: `a${text}` }, other: { id: text } } },
      { "visitor.customerIDs": { [text]: { id: `x${text}`, note: text } } },
    ]);
    const sids = await playAll(server, viewings(played));
    for (const text of texts) {
      const has = (title: unknown) =>
        String(title ?? "")
          .toLowerCase()
          .includes(text.toLowerCase());
      const expected = sids.filter((_, n) => {
        const params = played[n] ?? {};
        return isOfVisitor(params, text) || has(params["media.name"]) || has(params["media.id"] ?? "content-1");
      });
      expect(expected.length).toBeGreaterThanOrEqual(3);
      expect([text, await found(server, text)]).toEqual([text, expected.toReversed()]);
    }
    expect(await found(server, "a\0b")).toEqual([]);
    expect(await found(server, "\ud800")).toEqual([]);
  });

  test("pages through every session that it finds, beside any filter", async () => {
    await using server = await startTestServer();
    const sids = await playAll(
      server,
      Array.from({ length: 24 }, (_, n) => ({
        at: new Date(Date.parse("2026-05-01T12:00:00Z") + Math.floor(n / 3) * 3000).toISOString(),
        params: { "media.name": n % 2 === 0 ? `Dune ${n}` : "Other", "media.channel": n % 4 === 0 ? "web" : "tv" },
        moments: ["0 play", "1 adBreakStart", "1 adStart =a", "2 adStart =b", ...(n < 18 ? ["9 sessionEnd"] : [])],
      })),
    );
    const passing = (passes: (n: number) => boolean) => sids.filter((_, n) => n % 2 === 0 && passes(n)).toReversed();
    const cases: readonly (readonly [members: Members, expected: string[]])[] = [
      [{}, passing(() => true)],
      [{ status: "open" }, passing((n) => n >= 18)],
      [{ status: "closed" }, passing((n) => n < 18)],
      [{ filter: "media.channel==web" }, passing((n) => n % 4 === 0)],
      [
        { filter: ["media.ad.id in a,b", "media.channel==tv"], status: "closed" },
        passing((n) => n % 4 !== 0 && n < 18),
      ],
      [{ from: "2026-05-01T12:00:03Z", to: "2026-05-01T12:00:12Z" }, passing((n) => n >= 3 && n < 12)],
    ];
    for (const [members, expected] of cases) {
      for (const limit of [1, 5, 500]) {
        const pages = await pagesOf(server, { ...members, search: "dune", limit });
        expect([members, pages.flat()]).toEqual([members, expected]);
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
    }
  });

  test("finds a session by its whole sid as soon as it has started, within what else is asked for", async () => {
    await using server = await startTestServer();
    // The facts of open sessions are of this moment now, and will be for some seconds.
    expect(await found(server, "content")).toEqual([]);
    const startedAt = server.clock.nowMs();
    const sid = await server.open();
    const later = await server.open();
    const { nextCursor: newest } = await ask(server, LIST, { limit: 1 });
    expect(await ask(server, LIST, { search: sid })).toMatchObject({
      sessions: [{ sid, status: "open" }],
      nextCursor: null,
    });
    const within: readonly Members[] = [
      { status: "open" },
      { from: startedAt },
      { to: startedAt + 1 },
      { cursor: newest },
      { limit: 1 },
    ];
    for (const members of within) expect([members, await found(server, sid, members)]).toEqual([members, [sid]]);
    const outside: readonly Members[] = [{ status: "closed" }, { from: startedAt + 1 }, { to: startedAt }];
    for (const members of outside) expect([members, await found(server, sid, members)]).toEqual([members, []]);
    expect(await found(server, later, { cursor: newest })).toEqual([]);
    await server.add(sid, eventAt(1, "sessionEnd"));
    expect(await found(server, sid, { status: "closed" })).toEqual([sid]);
    expect(await found(server, sid, { status: "open" })).toEqual([]);
    await server.app.work();
    expect(await found(server, sid, { filter: "media.channel==test-channel" })).toEqual([sid]);
    expect(await found(server, sid, { filter: "media.channel==other" })).toEqual([]);
  });

  test("finds nothing of a visitor that was erased", async () => {
    await using server = await startTestServer();
    const own = { "visitor.customerIDs": { login: { id: "ann" } }, "media.name": "Only Ann's" };
    const sids = await playAll(server, viewings([own, own, { "analytics.visitorId": "bob", "media.name": "Ours" }]));
    const [closed = "", open = "", bob = ""] = sids;
    const searches = ["ann", "only ann", closed, open, closed.slice(0, 30), open.slice(0, 30)];
    for (const search of searches) expect((await found(server, search)).length).toBeGreaterThan(0);
    const erasure = await fetch(`${server.url}/admin/api/visitors/ann`, { method: "DELETE", headers: ADMIN_HEADERS });
    expect(await erasure.json()).toEqual({ erasedSessions: 2 });
    for (const search of searches) expect([search, await found(server, search)]).toEqual([search, []]);
    expect(await found(server, "bob")).toEqual([bob]);
  });

  test("keeps what is searched for out of the log", async () => {
    await using server = await startTestServer();
    await server.open(sessionStart({ "analytics.visitorId": "secret-visitor" }));
    expect(await found(server, "secret-visitor")).toHaveLength(1);
    await get(server, LIST, { search: `secret-visitor${"x".repeat(200)}` });
    expect(server.logged.join("")).not.toContain("secret-visitor");
  });

  test("takes a text of 1 to 200 characters, whatever these are made of", async () => {
    await using server = await startTestServer();
    for (const search of ["x", "x".repeat(200), "🎬".repeat(200), "\0"])
      expect(await found(server, search)).toEqual([]);
    for (const search of ["", "x".repeat(201), "🎬".repeat(201)]) {
      const refusal = await refusalOf(get(server, LIST, { search }));
      expect(refusal).toEqual([400, "search must have 1 to 200 characters"]);
    }
  });
});
