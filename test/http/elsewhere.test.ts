/** Paths that no route has: a player's page may read the answer under each part of the API that players call. */

import { expect, test } from "bun:test";
import { collectPolicy, SCHEMAS } from "../../src/http/answer/cors.ts";
import type { Resource } from "../../src/http/resource.ts";
import { headersElsewhere } from "../../src/http/server.ts";
import { startTestServer } from "../support/server.ts";

const REQUEST = new Request("http://localhost/");
const ALLOWED = "Access-Control-Allow-Origin";

test("a page may read a 404 under each wire, wherever the routing table puts it", () => {
  const cors = collectPolicy([]);
  const resources: Record<string, Resource> = {
    "/api/v1/sessions/:sid/events": { methods: {}, cors },
    "/ee/v1/interact": { methods: {}, cors },
    "/schemas": { methods: {}, cors: SCHEMAS },
    "/admin/api/live": { methods: {} },
  };
  const headersOf = headersElsewhere(resources);
  const isReadable = (path?: string) => ALLOWED in headersOf(REQUEST, path);
  expect(["/api/v2/sessions", "/ee/", "/ee/v1/x"].map(isReadable)).toEqual([true, true, true]);
  expect(["/", "/apis", "/admin/api/x", "/schemas/x", ""].map(isReadable)).toEqual([false, false, false, false, false]);
  // A fault that came before any route is told to any client it may be for.
  expect(isReadable(undefined)).toBe(true);
});

test("the server's own 404 is readable under /api alone", async () => {
  await using server = await startTestServer();
  const readable = async (path: string) => (await fetch(server.url + path)).headers.get(ALLOWED);
  expect(await Promise.all(["/api/v1/nothing", "/api", "/admin/api/nothing", "/nothing"].map(readable))).toEqual([
    "*",
    "*",
    null,
    null,
  ]);
});
