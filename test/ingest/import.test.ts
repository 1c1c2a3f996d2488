/** An export of events put in again: the very same sessions, once, however often and in however many pieces. */

import { describe, expect, test } from "bun:test";
import { startTestServer, type TestServer } from "../support/server.ts";
import { exported, imported, reported, sourceServer } from "./moved.ts";

const KINDS = ["sessions", "ads", "adBreaks", "chapters", "states", "errors"];

async function emptyServer(like: TestServer): Promise<TestServer> {
  return startTestServer({ clock: like.clock });
}

describe("an import into an empty server", () => {
  test("gives the same file again, the same rows and the same reports", async () => {
    await using source = await sourceServer();
    await using target = await emptyServer(source);
    const file = await exported(source);
    const lines = file.trimEnd().split("\n").length;
    const summary = await imported(target, file);
    const { sessions, events } = summary;
    expect(summary).toMatchObject({ status: 200, lines, refused: 0, finished: true, problems: [] });
    expect(sessions.stored + events.stored).toBe(lines);
    await target.app.work();
    expect(await exported(target)).toBe(file);
    for (const kind of KINDS)
      expect([kind, await exported(target, kind)]).toEqual([kind, await exported(source, kind)]);
    expect(await reported(target)).toEqual(await reported(source));
  });
});
