/** What real clients of Media Edge send, and what its documents show, in both modes against a real server. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { VALIDATION_MODES } from "../../../src/protocol/mode.ts";
import { startTestServer, type TestServer } from "../../support/server.ts";
import { FURTHER_SCENARIOS } from "./further-scenarios.ts";
import { play, SCENARIOS } from "./play.ts";

for (const mode of VALIDATION_MODES) {
  describe(`Media Edge, ${mode}`, () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer({ config: { validation: mode } });
    });
    afterAll(() => server[Symbol.asyncDispose]());

    for (const scenario of [...SCENARIOS, ...FURTHER_SCENARIOS].filter((each) => (each.mode ?? mode) === mode)) {
      test(scenario.name, async () => {
        expect(await play(server.url, scenario)).toEqual([]);
      });
    }
  });
}
