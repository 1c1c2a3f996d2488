/** Which keys occur, and what an answer says of a name that none does. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestServer, type TestServer } from "../support/server.ts";
import { ask, playAll, REPORTS } from "../support/viewings.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const end = "9 sessionEnd";
  const ad = { params: { "media.ad.podIndex": 0 } };
  const chapter = { params: { "media.chapter.index": 1 }, customMetadata: { scene: "chase" } };
  await playAll(server, [
    { params: { "media.name": "Dune" }, customMetadata: { plan: "pro" }, moments: ["0 play", end] },
    { params: { "media.name": "Dune" }, customMetadata: { plan: "free" }, moments: ["0 play", end] },
    {
      params: { "media.name": "Heat", "media.season": "2" },
      customMetadata: { plan: "pro", "plan.old": "x" },
      moments: [
        "0 play",
        ["1 adBreakStart", ad],
        "2 adBreakComplete",
        ["3 chapterStart", chapter],
        "8 chapterComplete",
      ],
    },
  ]);
});

afterAll(() => server[Symbol.asyncDispose]());

interface Key {
  readonly name: string;
  readonly scope: string;
  readonly count: number;
  readonly examples: readonly string[];
}

async function keysOf(prefix: string): Promise<unknown[]> {
  const { keys } = await ask(server, `${REPORTS}/keys`, { prefix });
  return keys.map(({ name, scope, count, examples }: Key) => [name, scope, count, ...examples]);
}

describe("the keys that occur", () => {
  test("have how often, and the most frequent values first", async () => {
    expect(await keysOf("media.name")).toEqual([["media.name", "session", 3, "Dune", "Heat"]]);
    expect(await keysOf("media.s")).toContainEqual(["media.season", "session", 1, "2"]);
    expect(await keysOf("media.ad.podI")).toEqual([["media.ad.podIndex", "adBreak", 1, "0"]]);
  });

  test("are those of the player's own too, each with what has it", async () => {
    expect(await keysOf("customMetadata.")).toEqual([
      ["customMetadata.plan", "session", 3, "pro", "free"],
      ["customMetadata.plan.old", "session", 1, "x"],
      ["customMetadata.scene", "chapter", 1, "chase"],
    ]);
    expect(await keysOf("customMetadata.plan.")).toHaveLength(1);
    expect(await keysOf("nothing")).toEqual([]);
  });

  test("are none of those that no session has", async () => {
    expect(await keysOf("media.rating")).toEqual([]);
  });
});

describe("a report by a name that never occurred", () => {
  const seenBy = async (members: Record<string, string>) =>
    (await ask(server, REPORTS, { metrics: "mediaStarts", ...members })).neverSeen;

  test("says so, and what was most likely meant", async () => {
    const misspelt = [{ name: "customMetadata.plna", didYouMean: "customMetadata.plan" }];
    expect(await seenBy({ dimension: "customMetadata.plna" })).toEqual(misspelt);
    expect(await seenBy({ filter: "customMetadata.plna==pro" })).toEqual(misspelt);
    expect(await seenBy({ dimension: "customMetadata.scnee" })).toEqual([
      { name: "customMetadata.scnee", didYouMean: "customMetadata.scene" },
    ]);
    expect(await seenBy({ dimension: "media.rating" })).toEqual([{ name: "media.rating" }]);
  });

  test("says nothing where a key is known, even if its value is not", async () => {
    expect(await seenBy({ dimension: "customMetadata.plan" })).toBeUndefined();
    expect(await seenBy({ filter: "customMetadata.plan==gold" })).toBeUndefined();
    expect(await seenBy({ dimension: "customMetadata.scene" })).toBeUndefined();
    expect(await seenBy({ dimension: "customMetadata.plan", from: "2001-01-01", to: "2001-01-02" })).toBeUndefined();
    expect(await seenBy({ filter: "status==open" })).toBeUndefined();
  });
});
