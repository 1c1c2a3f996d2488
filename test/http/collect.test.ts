/** The wire contract, line by line: what each request to the public paths is answered. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTestServer, type TestServer } from "../support/server.ts";
import { DOWNLOADED } from "./scenarios/downloaded.ts";
import { ENDPOINTS } from "./scenarios/endpoints.ts";
import { ENVELOPE } from "./scenarios/envelope.ts";
import { EVENT_TYPES } from "./scenarios/event-types.ts";
import { PLAYER_STATES } from "./scenarios/player-states.ts";
import { REFUSALS } from "./scenarios/refusals.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { STRICT } from "./scenarios/strict.ts";

const MODES = [
  ["standard", [...ENDPOINTS, ...ENVELOPE, ...EVENT_TYPES, ...PLAYER_STATES, ...REFUSALS, ...DOWNLOADED]],
  ["strict", STRICT],
] as const;

for (const [validation, scenarios] of MODES) {
  describe(`${validation} mode:`, () => {
    let server: TestServer;
    let sid: string;

    beforeAll(async () => {
      server = await startTestServer({ config: { validation } });
      sid = await server.open();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    for (const scenario of scenarios) {
      test(scenario.name, async () => {
        const before = await countSessions(server);
        const response = await send(server, scenario, sid);
        await expectAnswer(response, scenario);
        expect((await countSessions(server)) - before).toBe(scenario.rows ?? 0);
      });
    }
  });
}

async function expectAnswer(
  response: Response,
  { status, has = {}, contains = [], lacks = [] }: Scenario,
): Promise<void> {
  const body = await response.text();
  // The body of an unexpected answer tells why.
  expect({ status: response.status, body: response.status === status ? "" : body }).toEqual({ status, body: "" });
  for (const [name, value] of Object.entries(has)) expect(response.headers.get(name)).toBe(value);
  for (const part of contains) expect(body).toContain(part);
  for (const part of lacks) expect(body).not.toContain(part);
  if (status >= 400) expect(JSON.parse(body)).toMatchObject({ message: expect.any(String) });
}

async function send(
  server: TestServer,
  { method = "POST", path, headers = {}, body }: Scenario,
  sid: string,
): Promise<Response> {
  const target = path.replace("{sid}", sid);
  if (method === "POST") return server.post(target, body, headers);
  return fetch(server.url + target, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
}

/** How many sessions the database holds, as the admin API tells. */
async function countSessions(server: TestServer): Promise<number> {
  return (await server.admin("/admin/api/sessions?limit=500")).sessions.length;
}
