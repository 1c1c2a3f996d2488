/** Checks answers against an OpenAPI document, and refuses members that the document doesn't mention. */

import Schema from "typebox/schema";
import type {
  DocumentedOperation,
  DocumentedResponse,
  JsonSchema,
  OpenApiDocument,
} from "../../src/http/openapi/form.ts";

export interface DocumentedRequest {
  readonly path: string;
  /** In lower case. */
  readonly method: string;
  readonly operation: DocumentedOperation;
}

export interface Contract {
  /** Every operation of the document, the demo month as the last: the server is busy with its making. */
  readonly requests: readonly DocumentedRequest[];
  /** Tells what is wrong with a value, if anything is. */
  problemsOf(schema: JsonSchema, value: unknown): readonly string[];
  /** An operation's documented answer with a status, if any. */
  responseOf(operation: DocumentedOperation, status: number): DocumentedResponse | undefined;
  /** Reads a real answer and tells how it differs from the documented one. */
  check(request: DocumentedRequest, response: Response): Promise<readonly string[]>;
}

interface Validator {
  Check(value: unknown): boolean;
  Errors(value: unknown): [boolean, { instancePath: string; message: string }[]];
}

/** Its post simulates a month of sessions until the server stops. */
export const DEMO_MONTH = "/admin/api/demo";

/** Whether an operation's body is JSON. */
export function takesJson({ operation }: DocumentedRequest): boolean {
  return operation.requestBody?.content["application/json"] !== undefined;
}

/** Makes the checks for a document. */
export function createContract(document: OpenApiDocument): Contract {
  const components = closed(document.components);
  const validators = new Map<string, Validator>();

  function problemsOf(schema: JsonSchema, value: unknown): string[] {
    const key = JSON.stringify(schema);
    const validator = validators.get(key) ?? (Schema.Compile({ ...closed(schema), components } as never) as Validator);
    validators.set(key, validator);
    // Only the check is compiled: telling what is wrong walks the schema, and costs many times as much.
    if (validator.Check(value)) return [];
    const [, errors] = validator.Errors(value);
    return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  function responseOf({ responses }: DocumentedOperation, status: number): DocumentedResponse | undefined {
    const found = responses[status];
    if (!found || !("$ref" in found)) return found;
    return document.components.responses[found.$ref.split("/").at(-1) ?? ""];
  }

  async function check({ operation }: DocumentedRequest, response: Response): Promise<string[]> {
    const documented = responseOf(operation, response.status);
    const text = await textOf(response);
    if (!documented) return [`status ${response.status} is not documented: ${text.slice(0, 200)}`];
    const headers = Object.entries(documented.headers ?? {}).flatMap(([name, { schema }]) =>
      problemsOf(schema, response.headers.get(name)).map((problem) => `${name}: ${problem}`),
    );
    const { content } = documented;
    if (!content) return [...headers, ...(text === "" ? [] : ["has a body, and none is documented"])];
    const sent = response.headers.get("Content-Type") ?? "nothing";
    // A documented type without parameters is meant with any.
    const body = content[sent] ?? content[sent.split(";")[0] ?? ""];
    if (!body) return [...headers, `is ${sent} rather than ${Object.keys(content).join(" or ")}`];
    return [...headers, ...problemsOf(body.schema, IS_JSON.test(sent) ? JSON.parse(text) : text)];
  }

  const requests = Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    .toSorted((a, b) => Number(a.path === DEMO_MONTH) - Number(b.path === DEMO_MONTH));
  return { requests, problemsOf, responseOf, check };
}

const IS_JSON = /^application\/(?:problem\+)?json\b/;

/** Reads the body; of an endless stream, its first chunk. */
async function textOf(response: Response): Promise<string> {
  if (response.headers.get("Content-Type") !== "text/event-stream") return response.text();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

/** Closes every object with listed keys: an undocumented member is a gap in the document. */
function closed<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(closed) as Value;
  if (typeof value !== "object" || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closed(member)]));
  const lists = typeof members["properties"] === "object" && members["additionalProperties"] === undefined;
  return (lists ? { ...members, additionalProperties: false } : members) as Value;
}
