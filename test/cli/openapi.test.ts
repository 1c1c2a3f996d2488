/** `playhead openapi` in a process of its own: the same document that a server of the same settings serves. */

import { expect, test } from "bun:test";
import { VALIDATION_MODES } from "../../src/protocol/mode.ts";
import { runProcess } from "../support/process.ts";
import { startTestServer } from "../support/server.ts";

for (const validation of VALIDATION_MODES) {
  test(`openapi prints the document of a server in ${validation} mode`, async () => {
    await using server = await startTestServer({ config: { validation, bodyBytesMax: 20_000 } });
    await using playhead = runProcess(["openapi", "--validation", validation], {
      settings: { BODY_BYTES_MAX: "20000" },
    });
    expect([await playhead.exited, playhead.stderr()]).toEqual([0, ""]);
    expect(JSON.parse(playhead.stdout())).toEqual(await (await fetch(`${server.url}/openapi.json`)).json());
  });
}

test("openapi prints all of the document to a reader that takes its time", async () => {
  // A pipe holds 64 KiB: what lies beyond is there only if the process waits for the reader.
  await using playhead = runProcess(["openapi"], { through: "sleep 0.3; cat" });
  expect(await playhead.exited).toBe(0);
  expect(playhead.stdout().length).toBeGreaterThan(65_536);
  expect(JSON.parse(playhead.stdout())).toMatchObject({ openapi: "3.1.1" });
});
