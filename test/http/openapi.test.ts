/** The OpenAPI document against the server: the same routes, and answers that are what it says. */

import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { AppError } from "../../src/base/errors.ts";
import { readSettings } from "../../src/config.ts";
import { createDocument } from "../../src/http/openapi/document.ts";
import type { DocumentedParameter, JsonSchema, OpenApiDocument } from "../../src/http/openapi/form.ts";
import { type RouteContext, resourcesOf } from "../../src/http/routes.ts";
import { CATALOGUE } from "../../src/protocol/catalogue.ts";
import { schemaOf } from "../../src/protocol/collection/envelope.ts";
import { EVENT_EXAMPLES } from "../../src/protocol/collection/examples.ts";
import { eventSchemaName } from "../../src/protocol/collection/openapi.ts";
import { EVENT_TYPES } from "../../src/protocol/event.ts";
import { VALIDATION_MODES, type ValidationMode } from "../../src/protocol/mode.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import { createContract, type DocumentedRequest, takesJson } from "../support/contract.ts";
import { eventOf, inSession, namesSession, valuesBeyond } from "../support/documented.ts";
import { ADMIN_TOKEN, exportCursor, ON_POSTGRES, sidOf, startTestServer, type TestServer } from "../support/server.ts";

const UNKNOWN_SID = "0".repeat(64);

function documentIn(validation: ValidationMode, demo = false): OpenApiDocument {
  const document = createDocument({ ...readSettings({}), validation, demo, version: "0.0.0" });
  return JSON.parse(JSON.stringify(document));
}

/** The document as a server serves it. */
async function documentOf(server: TestServer): Promise<OpenApiDocument> {
  const response = await fetch(`${server.url}/openapi.json`);
  expect(response.status).toBe(200);
  return response.json() as Promise<OpenApiDocument>;
}

describe("the OpenAPI document", () => {
  for (const demo of [false, true]) {
    test(`has ${demo ? "with" : "without"} the demo every route that exists and none that doesn't`, () => {
      // Handlers are made, none is called: the routes are all that is looked at.
      const context = {
        ...readSettings({}),
        demo,
        adminToken: ADMIN_TOKEN,
        version: "0.0.0",
      } as unknown as RouteContext;
      const routes = Object.entries(resourcesOf(context)).flatMap(([path, { methods }]) =>
        Object.keys(methods).map((method) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`),
      );
      const documented = createContract(documentIn("standard", demo)).requests;
      expect(documented.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(
        routes.toSorted(),
      );
      expect(routes.includes("GET /demo")).toBe(demo);
    });
  }

  for (const mode of VALIDATION_MODES) {
    test(`is valid OpenAPI 3.1 in ${mode} mode`, async () => {
      const { valid, errors } = await new Validator().validate({ ...documentIn(mode) });
      expect(errors).toBeUndefined();
      expect(valid).toBe(true);
    });

    test(`has in ${mode} mode the schemas that validate, but for the types of undocumented members`, () => {
      const { components } = documentIn(mode);
      for (const entry of CATALOGUE) {
        const { $schema, $id, title, ...served } = JSON.parse(JSON.stringify(schemaOf(entry, mode)));
        const { title: name, examples, ...documented } = components.schemas[eventSchemaName(entry.type)] ?? {};
        expect([name, title]).toEqual([eventSchemaName(entry.type), entry.type]);
        const expected = withTypedMembers(inlined(served, components.schemas));
        expect(inlined(documented, components.schemas)).toEqual(expected as typeof documented);
      }
    });

    test(`has in ${mode} mode examples that its schemas accept`, () => {
      const document = documentIn(mode);
      const { problemsOf } = createContract(document);
      const found = examplesIn(document);
      expect(found.length).toBeGreaterThan(EVENT_TYPES.length * 2);
      for (const { schema, value } of found) expect([value, problemsOf(schema, value)]).toEqual([value, []]);
    });
  }

  test("is refused by the validator when it is broken", async () => {
    const document = documentIn("standard");
    const { valid } = await new Validator().validate({ ...document, paths: { nothing: { get: {} } } });
    expect(valid).toBe(false);
  });

  test("names operations once, and answers each with its group's tag", () => {
    const document = documentIn("standard");
    const operations = createContract(document).requests.map(({ operation }) => operation);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    expect(operations.flatMap((operation) => operation.tags).filter((tag) => !tags.has(tag))).toEqual([]);
    expect([...tags].filter((tag) => !operations.some((operation) => operation.tags.includes(tag)))).toEqual([]);
  });

  test("is served to every origin, in the mode and with the limits in force", async () => {
    await using server = await startTestServer({ config: { validation: "strict", arrayEventsMax: 123 } });
    const response = await fetch(`${server.url}/openapi.json`);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const document = (await response.json()) as OpenApiDocument;
    expect(document.info["x-validation"]).toBe("strict");
    expect(document.components.schemas["DownloadedContent"]?.maxItems).toBe(123);
  });
});

describe("answers", () => {
  test("to every documented request are what the document says", async () => {
    await using server = await startTestServer();
    const { requests: all, check } = createContract(await documentOf(server));
    const requests = all.filter(({ path }) => !(ON_POSTGRES && path.endsWith("/backup")));
    const sid = await playedSession(server);
    await server.open({ ...EVENT_EXAMPLES.sessionStart });
    const counts = new Map<string, number>();
    for (const request of requests) {
      for (const variant of await variantsOf(request, server)) {
        const own = request.method !== "get" && namesSession(request.path, variant.body) ? await server.open() : sid;
        const filled = request.path.replace("{sid}", own).replace("{name}", "sports");
        const path = filled.replace("{event}", eventOf(variant.body));
        const response = await send(server, { ...request, path: path + variant.search }, inSession(variant.body, own));
        const about = `${request.method} ${path}${variant.search}`;
        expect([about, response.status < 300]).toEqual([about, true]);
        expect([about, await check(request, response)]).toEqual([about, []]);
        counts.set(request.path, (counts.get(request.path) ?? 0) + 1);
      }
    }
    expect([...counts.keys()].length).toBe(new Set(requests.map(({ path }) => path)).size);
    expect(counts.get("/api/v1/sessions/{sid}/events")).toBe(EVENT_TYPES.length - 1);
  });

  test("are in every documented content type what the document says", async () => {
    await using server = await startTestServer();
    const { requests, responseOf, check } = createContract(await documentOf(server));
    await playedSession(server);
    const types = requests.flatMap((request) =>
      Object.keys(responseOf(request.operation, 200)?.content ?? {}).map((type) => ({ request, type })),
    );
    const others = types.filter(({ type, request }) => type.startsWith("text/csv") && !request.path.includes("{kind}"));
    expect(others.map(({ request }) => `${request.method} ${request.path}`)).toEqual([
      "get /admin/api/reports",
      "post /admin/api/reports",
    ]);
    for (const { request, type } of others) {
      const [variant] = await variantsOf(request, server);
      const path = request.path + (variant?.search ?? "");
      const response = await send(server, { ...request, path }, variant?.body, { accept: "text/csv" });
      expect(response.headers.get("content-type")).toStartWith(`${type};`);
      expect(await check(request, response)).toEqual([]);
    }
  });

  test("that the document doesn't describe are found", async () => {
    await using server = await startTestServer();
    const document = await documentOf(server);
    const { requests, check } = createContract(document);
    const list = requests.find(({ path }) => path === "/admin/api/sessions") as DocumentedRequest;
    const answer = (body: unknown, status = 200) =>
      check(list, new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }));
    expect(await answer({ sessions: [], nextCursor: null })).toEqual([]);
    expect(await answer({ sessions: [], nextCursor: null, more: 1 })).not.toEqual([]);
    expect(await answer({ sessions: [{ sid: "x" }], nextCursor: null })).not.toEqual([]);
    expect(await answer({ sessions: [] })).not.toEqual([]);
    expect(await answer({}, 418)).not.toEqual([]);
    expect(await answer({ wrong: "member" }, 400)).not.toEqual([]);
  });

  const refusals: readonly (readonly [string, number, (request: DocumentedRequest) => Attempt | undefined])[] = [
    ["no token", 401, (request) => (request.operation.security.length > 0 ? { request, token: "" } : undefined)],
    [
      "an unknown query parameter",
      400,
      (request) => (takesQuery(request) ? { request, search: "?nonsense=1" } : undefined),
    ],
    ["a body that isn't JSON", 400, (request) => (takesJson(request) ? { request, body: "{" } : undefined)],
    [
      "an unknown session",
      404,
      (request) =>
        request.path.includes("{sid}")
          ? { request, sid: UNKNOWN_SID, ...(request.operation.requestBody && { body: EVENT_EXAMPLES.play }) }
          : undefined,
    ],
    ["an unknown name", 404, (request) => (request.path.includes("{eventType}") ? { request, name: "x" } : undefined)],
    [
      "a body over its bound",
      413,
      (request) => (takesJson(request) ? { request, body: " ".repeat(5_000_000) } : undefined),
    ],
    ["another method", 405, (request) => ({ request: { ...request, method: "patch" } })],
  ];
  for (const [name, status, attemptOf] of refusals) {
    test(`to ${name} are ${status}, as documented`, async () => {
      await using server = await startTestServer();
      const { requests, check } = createContract(await documentOf(server));
      const attempts = requests.flatMap((request) => attemptOf(request) ?? []);
      expect(attempts.length).toBeGreaterThan(0);
      const sid = await server.open();
      for (const { request, token, search = "", body, sid: other = sid, name: filled } of attempts) {
        const path = request.path.replace("{sid}", other).replace(/\{(\w+)\}/, filled ?? "adStart") + search;
        const response = await send(server, { ...request, path }, body, { token });
        expect([path, response.status]).toEqual([path, status]);
        expect([path, await check(request, response)]).toEqual([path, []]);
      }
    });
  }

  test("to an event of a closed session are 410, as documented", async () => {
    await using server = await startTestServer({ config: { lateGraceMs: 0 } });
    const { requests, check } = createContract(await documentOf(server));
    const add = requests.find(({ path }) => path.endsWith("/events")) as DocumentedRequest;
    const sid = await playedSession(server);
    server.clock.pass(1);
    const response = await server.post(`/api/v1/sessions/${sid}/events`, EVENT_EXAMPLES.play);
    expect(response.status).toBe(410);
    expect(await check(add, response)).toEqual([]);
  });

  test("of a full disk are 503, as documented", async () => {
    await using server = await startTestServer({
      openStore: (config) => {
        const store = openSqliteStore({ path: join(config.dataDir, "playhead.db"), synchronous: "FULL" });
        const full = () =>
          Promise.reject(new AppError("store-full", "Cannot write the database: the disk is full; make room"));
        return Object.assign(store, { append: full });
      },
    });
    const { requests, check } = createContract(await documentOf(server));
    const open = requests.find(({ path }) => path === "/api/v1/sessions") as DocumentedRequest;
    const response = await server.post("/api/v1/sessions", EVENT_EXAMPLES.sessionStart);
    expect(response.status).toBe(503);
    expect(await check(open, response)).toEqual([]);
  });
});

describe("documented parameters", () => {
  test("are all that a path takes", async () => {
    await using server = await startTestServer();
    const { requests } = createContract(await documentOf(server));
    const sid = await server.open();
    for (const request of requests.filter(takesQuery)) {
      const path = `${request.path.replace("{sid}", sid)}?nonsense=1`;
      const { message } = (await (await send(server, { ...request, path })).json()) as { message: string };
      expect(message).toEndWith(
        `this path takes ${queryOf(request)
          .map(({ name }) => name)
          .join(", ")}`,
      );
    }
  });

  test("have the ranges in force", async () => {
    await using server = await startTestServer();
    const { requests } = createContract(await documentOf(server));
    const sid = await server.open();
    const beyond = requests.flatMap((request) =>
      queryOf(request).flatMap(({ name, schema }) =>
        valuesBeyond(schema).map((value) => ({
          ...request,
          path: `${request.path.replace("{sid}", sid)}?${[...neededOf(request), `${name}=${value}`].join("&")}`,
        })),
      ),
    );
    expect(beyond.length).toBeGreaterThan(3);
    for (const request of beyond) {
      expect([request.path, (await send(server, request)).status]).toEqual([request.path, 400]);
    }
  });
});

interface Attempt {
  readonly request: DocumentedRequest;
  readonly token?: string;
  readonly search?: string;
  readonly body?: unknown;
  readonly sid?: string;
  /** In the place of any other path parameter. */
  readonly name?: string;
}

interface Variant {
  readonly search: string;
  readonly body?: unknown;
}

/** Every way in which the document says that an operation may be called: each body, each value of each parameter. */
async function variantsOf({ operation, ...request }: DocumentedRequest, server: TestServer): Promise<Variant[]> {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const bodies = Object.values(content?.examples ?? {}).map(({ value }) => ({ search: "", body: value }));
  const parameters = queryOf({ operation, ...request });
  const needed = neededOf({ operation, ...request });
  if (content) return bodies.map((each) => ({ ...each, search: needed.length > 0 ? `?${needed.join("&")}` : "" }));
  // By the minute a long range is too many rows: the documented one is taken.
  const range = parameters.filter(({ name }) => ["from", "to"].includes(name));
  const within = range.map(({ name, example }) => `${name}=${example}`);
  const queries = await Promise.all(
    parameters.map(async ({ name, schema, example }) => {
      const { nextCursor } = name === "cursor" ? await server.admin(`${request.path}?limit=1`) : { nextCursor: null };
      if (name === "changed-since") return [{ name, value: await exportCursor(server) }];
      const values = [example, schema.default, schema.minimum, schema.maximum, nextCursor, ...(schema.enum ?? [])];
      return values.filter((value) => value !== undefined && value !== null).map((value) => ({ name, value }));
    }),
  );
  const searches = queries.flat().map(({ name, value }) => {
    // A byte order mark is for csv alone.
    const beside = name === "bom" ? ["format=csv"] : ["granularity", "from"].includes(name) ? within : [];
    return [...needed, `${name}=${value}`, ...beside].join("&");
  });
  return [needed.join("&"), ...searches].map((search) => ({ search: search && `?${search}` }));
}

/** The parameters without which nothing is answered, with their examples. */
function neededOf(request: DocumentedRequest): readonly string[] {
  const needed = queryOf(request).filter(({ required }) => required);
  return needed.map(({ name, example }) => `${name}=${example}`);
}

function queryOf({ operation }: DocumentedRequest): readonly DocumentedParameter[] {
  return (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
}

/** Clients of Media Edge add parameters of their own: none is refused there. */
function takesQuery(request: DocumentedRequest): boolean {
  return queryOf(request).length > 0 && !request.operation.tags.includes("Media Edge");
}

/** Sends a request of the document; what is left of its path's parameters takes the example. */
function send(
  server: TestServer,
  { path, method, operation }: DocumentedRequest,
  body?: unknown,
  { token = ADMIN_TOKEN, accept = "*/*" }: { token?: string | undefined; accept?: string } = {},
) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(operation.parameters?.find((parameter) => parameter.name === name)?.example),
  );
  return fetch(server.url + filled, {
    method: method.toUpperCase(),
    headers: { Accept: accept, ...(operation.security.length > 0 && { Authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

/** A closed session with an event of every type: the examples, in the order of their times. */
async function playedSession(server: TestServer): Promise<string> {
  const [start, ...rest] = Object.values(EVENT_EXAMPLES).toSorted((a, b) => a.playerTime.ts - b.playerTime.ts);
  const sid = sidOf(await server.post("/api/v1/sessions", start));
  for (const event of rest) expect(await server.add(sid, event)).toBe(204);
  return sid;
}

/** Every example in a document with the schema that it stands for. */
function examplesIn({ components, paths }: OpenApiDocument): { schema: JsonSchema; value: unknown }[] {
  const named = Object.values(components.schemas).flatMap(exampleOf);
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const parameters = operations.flatMap((operation) => operation.parameters ?? []);
  const contents = operations.flatMap(({ requestBody, responses }) => [
    ...Object.values(requestBody?.content ?? {}),
    ...Object.values({ ...responses, ...components.responses }).flatMap((response) =>
      "$ref" in response ? [] : Object.values(response.content ?? {}),
    ),
  ]);
  return [
    ...named,
    ...parameters.flatMap(({ schema, example }) => (example === undefined ? [] : [{ schema, value: example }])),
    ...contents.flatMap(({ schema, example, examples = {} }) => [
      ...(example === undefined ? [] : [{ schema, value: example }]),
      ...Object.values(examples).map(({ value }) => ({ schema, value })),
    ]),
  ];
}

function exampleOf(schema: JsonSchema): { schema: JsonSchema; value: unknown }[] {
  const own = (schema.examples ?? []).map((value) => ({ schema, value }));
  return [...own, ...Object.values(schema.properties ?? {}).flatMap(exampleOf)];
}

/** A schema with what it refers to in place of the references. */
function inlined(value: unknown, schemas: OpenApiDocument["components"]["schemas"]): unknown {
  if (Array.isArray(value)) return value.map((each) => inlined(each, schemas));
  if (typeof value !== "object" || value === null) return value;
  const { $ref } = value as JsonSchema;
  if ($ref !== undefined) return inlined(schemas[$ref.split("/").at(-1) ?? ""], schemas);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inlined(member, schemas)]));
}

/** A schema whose objects with documented members take others of any type, as generated types need it. */
function withTypedMembers(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.properties && typeof value.additionalProperties === "object"
      ? { ...value, additionalProperties: true }
      : value,
  );
}
