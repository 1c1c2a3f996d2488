/** Viewers: counted in reports, named in sessions by a hash, listed by it, and gone with an erasure. */

import { describe, expect, test } from "bun:test";
import { startTestServer, type TestServer } from "../support/server.ts";
import { get, playAll, post, refusalOf } from "../support/viewings.ts";

const PERSON = { "analytics.visitorId": "ann", "visitor.marketingCloudUserId": "one-of-her-browsers" };

async function filled(server: TestServer): Promise<void> {
  const moments = ["0 play, 5 sessionEnd"];
  await playAll(server, [
    { at: "2026-05-01T01:00:00Z", params: { ...PERSON, "media.name": "first" }, moments },
    { at: "2026-05-03T01:00:00Z", params: { ...PERSON, "media.name": "second" }, moments },
    { at: "2026-05-03T02:00:00Z", params: { "visitor.marketingCloudUserId": "bob", "media.name": "second" }, moments },
    { at: "2026-05-03T03:00:00Z", params: { "media.name": "second" }, moments },
  ]);
}

interface Sessions {
  readonly sessions: readonly { readonly viewer?: string; readonly params: Readonly<Record<string, string>> }[];
}

const METRICS = "uniqueViewers,newViewers,returningViewers,sessionsPerViewer";

describe("viewers", () => {
  test("are counted once, and are new in the period of their first session", async () => {
    await using server = await startTestServer();
    await filled(server);
    const asked = `/admin/api/reports?metrics=${METRICS}&from=2026-05-03&to=2026-05-04&filter=media.name==second`;
    const { totals, sessionsWithoutViewer } = await server.admin(asked);
    expect(totals).toEqual({ uniqueViewers: 2, newViewers: 1, returningViewers: 1, sessionsPerViewer: 1 });
    expect(sessionsWithoutViewer).toBe(1);
  });

  test("are identified by the keys that a setting lists", async () => {
    await using server = await startTestServer({ config: { viewerKeys: ["visitor.marketingCloudUserId"] } });
    await filled(server);
    const { sessions } = (await server.admin("/admin/api/sessions")) as Sessions;
    expect(new Set(sessions.map(({ viewer }) => viewer)).size).toBe(3);
  });

  test("have a list of what they watched, until an erasure", async () => {
    await using server = await startTestServer();
    await filled(server);
    const { sessions } = (await server.admin("/admin/api/sessions")) as Sessions;
    const hash = sessions.find(({ params }) => params["media.name"] === "first")?.viewer;
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
    const watched = async () => {
      const page = (await server.admin(`/admin/api/viewers/${hash}`)) as Sessions;
      return page.sessions.map(({ params }) => params["media.name"]);
    };
    expect(await watched()).toEqual(["second", "first"]);
    await post(server, "/admin/api/erasures", { visitorId: "ann" });
    expect(await watched()).toEqual([]);
    const { totals } = await server.admin(`/admin/api/reports?metrics=uniqueViewers&from=2026-05-01&to=2026-05-04`);
    expect(totals).toEqual({ uniqueViewers: 1 });
  });

  test("have a hash, which no other text is taken for", async () => {
    await using server = await startTestServer();
    const refusal = await refusalOf(get(server, "/admin/api/viewers/'; DROP", {}));
    expect(refusal).toEqual([400, expect.stringContaining("32 digits")]);
    expect(await server.admin(`/admin/api/viewers/${"0".repeat(32)}`)).toEqual({ sessions: [], nextCursor: null });
  });
});
