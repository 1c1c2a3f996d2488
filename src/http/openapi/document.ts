/**
 * The OpenAPI document: every operation of the catalogue, with the schemas that the server validates with.
 *
 * It knows no route: a test compares the two, so that the document has every path that exists and none that doesn't.
 */

import { REQUEST_ERRORS, type RequestErrorCode } from "../../base/errors.ts";
import type { ValidationMode } from "../../protocol/mode.ts";
import { HEADERS_BY_STATUS, STATUS_BY_CODE } from "../answer/errors.ts";
import { TOKEN_HEADER } from "../guard/auth.ts";
import { FAILURE } from "./answers/failure.ts";
import { operationsOf } from "./catalogue.ts";
import { type Components, createComponents } from "./components.ts";
import type {
  DocumentedContent,
  DocumentedHeader,
  DocumentedOperation,
  DocumentedParameter,
  DocumentedResponse,
  JsonSchema,
  OpenApiDocument,
  Reference,
} from "./form.ts";
import {
  type ApiFacts,
  type Failure,
  type Operation,
  type OperationAnswer,
  type OperationBody,
  TAGS,
} from "./operation.ts";

const OPENAPI_VERSION = "3.1.1";
const JSON_TYPE = "application/json";
const TOKEN_SCHEME = "adminToken";
const TOKEN_HEADER_SCHEME = "adminTokenHeader";
/** Every path has them, so they are described once. */
const ERRORS_OF_ALL: Readonly<Record<string, RequestErrorCode>> = {
  MethodNotAllowed: "method-not-allowed",
  InternalError: "internal",
};
const MODE_WORDS: Readonly<Record<ValidationMode, string>> = {
  standard: "keeps and flags what it can, and refuses a `sessionStart` without its required keys",
  strict: "refuses whatever its schemas refuse",
};
/** What the headers of an error mean, by status. */
const HEADER_WORDS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "WWW-Authenticate": "The scheme that the path takes." },
  405: { Allow: "The methods that the path takes." },
  415: { "Accept-Encoding": "The encodings that the path takes." },
  429: { "Retry-After": "Seconds to wait before the request is repeated." },
  503: { "Retry-After": "Seconds to wait before the request is repeated." },
};

const ERRORS_OF_BODIES: readonly RequestErrorCode[] = [
  "invalid-body",
  "body-too-slow",
  "body-too-large",
  "encoding-unsupported",
  "overloaded",
];

/** Makes the document of this server. */
export function createDocument(facts: ApiFacts): OpenApiDocument {
  const components = createComponents();
  const operations = operationsOf(facts);
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: documented(operation, components) };
  }
  const responses = Object.fromEntries(
    Object.entries(ERRORS_OF_ALL).map(([name, code]) => [name, failure([code], components)]),
  );
  return {
    openapi: OPENAPI_VERSION,
    info: infoOf(facts),
    // Relative to the document, so that it is right below a prefix.
    servers: [{ url: ".", description: "This server" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.all(),
      responses,
      securitySchemes: {
        [TOKEN_SCHEME]: {
          type: "http",
          scheme: "bearer",
          description:
            "The admin token: `PLAYHEAD_ADMIN_TOKEN`, or the file `admin-token` in the data directory. A named token " +
            "does what it may.",
        },
        [TOKEN_HEADER_SCHEME]: {
          type: "apiKey",
          in: "header",
          name: TOKEN_HEADER,
          description: "The token, where a proxy in front uses `Authorization` itself.",
        },
      },
    },
  };
}

function infoOf({ version, validation }: ApiFacts): OpenApiDocument["info"] {
  return {
    title: "Playhead",
    summary: "The Media Collection API v1 and Media Edge, self-hosted.",
    version,
    description: [
      "Players report their sessions here. A player opens a session with `sessionStart`, posts its events to " +
        "`{Location}/events`, one after the other, and ends with `sessionEnd`.",
      "An answer of 2xx means that the event is on disk. 404 and 410 mean that the player opens a new session. 503 " +
        "means that nothing was stored: the request is repeated after `Retry-After` seconds.",
      `This server validates in \`${validation}\` mode, which ${MODE_WORDS[validation]}. The schemas of events are ` +
        "those of this mode.",
      "A trailing slash is ignored. HEAD is answered wherever GET is, and OPTIONS everywhere.",
    ].join("\n\n"),
    license: { name: "MIT", identifier: "MIT" },
    "x-validation": validation,
  };
}

function documented(operation: Operation, components: Components): DocumentedOperation {
  const { id, tag, summary, description, admin, body } = operation;
  const parameters = parametersOf(operation, components);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: admin ? [{ [TOKEN_SCHEME]: [] }, { [TOKEN_HEADER_SCHEME]: [] }] : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBodyOf(body, components) }),
    responses: responsesOf(operation, components),
  };
}

function parametersOf(
  { parameters = {}, headers = {}, query }: Operation,
  components: Components,
): DocumentedParameter[] {
  const inPath = Object.entries(parameters).map(([name, schema]) =>
    parameter({ name, in: "path", required: true }, components.use(schema)),
  );
  const needed = new Set(query?.required ?? []);
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) =>
    parameter({ name, in: "query", required: needed.has(name) }, components.use(schema)),
  );
  const inHeader = Object.entries(headers).map(([name, schema]) =>
    parameter({ name, in: "header", required: false }, components.use(schema)),
  );
  return [...inPath, ...inQuery, ...inHeader];
}

/** Where tools look for them, the words and the example stand beside the schema rather than in it. */
function parameter(
  place: Pick<DocumentedParameter, "name" | "in" | "required">,
  { description, examples, ...schema }: JsonSchema,
): DocumentedParameter {
  return {
    ...place,
    ...(description !== undefined && { description }),
    schema,
    ...(examples && { example: examples[0] }),
  };
}

function requestBodyOf(
  { description, schema, contentType = JSON_TYPE, examples }: OperationBody,
  components: Components,
) {
  return {
    description,
    required: true as const,
    content: { [contentType]: { schema: components.use(schema), examples } },
  };
}

function responsesOf(operation: Operation, components: Components): Record<string, DocumentedResponse | Reference> {
  const responses: Record<string, DocumentedResponse | Reference> = {};
  for (const [status, answer] of Object.entries(operation.answers)) responses[status] = response(answer, components);
  const { failure: own } = operation;
  const codes = [...errorsOf(operation), ...(own ? Object.values(ERRORS_OF_ALL) : [])];
  for (const [status, each] of Map.groupBy(codes, (code) => own?.statuses?.[code] ?? STATUS_BY_CODE[code])) {
    responses[status] ??= own ? ownFailure(status, each, own, components) : failure(each, components);
  }
  for (const [name, code] of Object.entries(ERRORS_OF_ALL)) {
    responses[STATUS_BY_CODE[code]] ??= { $ref: `#/components/responses/${name}` };
  }
  return responses;
}

/** An error answer of an operation that has its own form. */
function ownFailure(
  status: number,
  codes: readonly RequestErrorCode[],
  { schema, contentType, example }: Failure,
  components: Components,
): DocumentedResponse {
  const [code = "internal"] = codes;
  return {
    ...described(status, codes),
    content: { [contentType]: contentOf(components.use(schema), example(status, REQUEST_ERRORS[code])) },
  };
}

function described(status: number, codes: readonly RequestErrorCode[]) {
  const words = HEADER_WORDS[status];
  return {
    description: codes.map((each) => REQUEST_ERRORS[each]).join("\n\n"),
    ...(words && { headers: mapEntries(words, (name, description) => errorHeader(status, name, description)) }),
  };
}

/** An operation's errors: its own, and those that its token, query and body bring. */
function errorsOf({ admin, query, body, errors = [] }: Operation): RequestErrorCode[] {
  return [
    ...(body ? ERRORS_OF_BODIES : []),
    ...(query ? (["invalid-query"] as const) : []),
    ...(admin ? (["unauthorized", "too-many-failures"] as const) : []),
    ...errors,
  ];
}

function response(answer: OperationAnswer, components: Components): DocumentedResponse {
  const { description, headers, schema, contentType = JSON_TYPE, example, examples, others = {} } = answer;
  return {
    description,
    ...(headers && { headers: mapEntries(headers, (_, schema) => header(components.use(schema))) }),
    ...(schema && {
      content: {
        [contentType]: { ...contentOf(components.use(schema), example), ...(examples && { examples }) },
        ...mapEntries(others, (_, other) => contentOf(components.use(other.schema), other.example)),
      },
    }),
  };
}

/** An error answer, with the meaning of each of its codes. */
function failure(codes: readonly RequestErrorCode[], components: Components): DocumentedResponse {
  const [code = "internal"] = codes;
  const status = STATUS_BY_CODE[code];
  const problem = { pointer: "/params/media.length", code: "type", message: "must be number" };
  const refusedMember = { code, message: `${problem.pointer} ${problem.message}`, errors: [problem] };
  const example = code === "invalid-body" ? refusedMember : { code, message: REQUEST_ERRORS[code] };
  return { ...described(status, codes), content: { [JSON_TYPE]: contentOf(components.use(FAILURE), example) } };
}

function errorHeader(status: number, name: string, description: string): DocumentedHeader {
  const example = HEADERS_BY_STATUS[status]?.[name];
  return { description, required: true, schema: { type: "string", ...(example && { examples: [example] }) } };
}

function header({ description, ...schema }: JsonSchema): DocumentedHeader {
  return { ...(description !== undefined && { description }), required: true, schema };
}

function contentOf(schema: JsonSchema, example: unknown): DocumentedContent {
  return { schema, ...(example !== undefined && { example }) };
}

function mapEntries<In, Out>(entries: Readonly<Record<string, In>>, of: (name: string, value: In) => Out) {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, of(name, value)]));
}
