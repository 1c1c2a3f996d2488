/** A request as a `curl` command line, from the examples of the document. */

import type { DocumentedContent, DocumentedOperation, DocumentedParameter } from "../openapi/form.ts";
import { firstExample } from "./answers.ts";

/** The server in the examples, until the page's script replaces it: the page never repeats a Host header. */
export const EXAMPLE_ORIGIN = "http://localhost:8080";
/** A longer example becomes a shell variable. */
const VALUE_CHARS_MAX = 40;
const JSON_TYPE = "application/json";
const CONTINUED = " \\\n  ";

export interface ExampleRequest {
  readonly path: string;
  /** In lower case. */
  readonly method: string;
  readonly operation: DocumentedOperation;
}

/** The command line of a request. */
export function curlOf({ path, method, operation }: ExampleRequest): string {
  const { parameters = [], security, requestBody } = operation;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => exampleOf(parameters, name));
  const query = parameters
    .filter((parameter) => parameter.in === "query" && parameter.required)
    .map(({ name }) => `${name}=${exampleOf(parameters, name)}`);
  const url = EXAMPLE_ORIGIN + filled + (query.length > 0 ? `?${query.join("&")}` : "");
  const [content] = Object.entries(requestBody?.content ?? {});
  const usual = !content ? "get" : content[0] === JSON_TYPE ? "post" : "put";
  return [
    `curl${method === "get" ? "" : " -i"}${method === usual ? "" : ` -X ${method.toUpperCase()}`} ${quoted(url)}`,
    ...(security.length > 0 ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(content ? [`-H 'Content-Type: ${content[0]}'`, bodyOf(content)] : []),
  ].join(CONTINUED);
}

/** JSON stands in the command line; any other content is a file, which may be large. */
function bodyOf([type, content]: [string, DocumentedContent]): string {
  if (type !== JSON_TYPE) return "-T FILE";
  return `-d ${literal(JSON.stringify(firstExample(content) ?? {}, null, 2))}`;
}

function exampleOf(parameters: readonly DocumentedParameter[], name: string): string {
  const { example = "" } = parameters.find((parameter) => parameter.name === name) ?? {};
  const text = String(example);
  return text === "" || text.length > VALUE_CHARS_MAX ? `$${name.toUpperCase()}` : encodeURIComponent(text);
}

/** Quotes a URL only if the shell would interpret it. */
function quoted(url: string): string {
  return /[^\w:/.-]/.test(url) ? `"${url}"` : url;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
